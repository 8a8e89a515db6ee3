// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/rc_hooks.h"

#include "hbd/shell/agents.h"
#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd;
using shell::ipc::RunHook;

namespace {

struct Bench {
  Bench() {
    hook("status");
    targets.logfile = dir.path + "/log";
    targets.facility = "none";
    report.retarget(targets, false);
    model::Cluster cluster;
    cluster.self = "alice";
    hooks.set_environment(shell::script_environment(cluster, paths));
  }
  void hook(const std::string& type, const std::string& text = "") {
    dir.file("etc/ha.d/rc.d/" + type,
             "#!/bin/sh\necho \"$1 $HA_src $HA_st $HA_OSTATUS $HA_CURHOST $HA_DIR\" >> " + dir.path +
                 "/ran\n" + text,
             0755);
  }
  std::size_t ran() const {
    auto text = dir.read("ran");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  Scratch dir;
  shell::Paths paths{dir.path, {}};
  io::Loop loop;
  model::LogTargets targets;
  shell::Report report{targets, "alice", false};
  bool busy = false;
  shell::RcHooks hooks{loop.context(), report, paths, [this] { return busy; }};
};

RunHook news(const std::string& node, const std::string& status) {
  return {"status", {"ostatus", "active", "t", "status", "src", node, "st", status}};
}

}  // namespace

TEST_CASE("a hook gets the message's fields, in the order in which things happened") {
  Bench b;
  b.hooks.add(news("bob", "up"));
  b.hooks.add(news("bob", "active"));
  b.hooks.add(news("bob", "dead"));
  REQUIRE(until(b.loop, [&] { return b.ran() == 3; }));
  auto line = [&](const char* status) {
    return std::string("status bob ") + status + " active alice " + b.dir.path + "/etc/ha.d\n";
  };
  CHECK(b.dir.read("ran") == line("up") + line("active") + line("dead"));
}

TEST_CASE("a hook goes through harc where there is one") {
  Bench b;
  b.dir.file("etc/ha.d/harc", "#!/bin/sh\necho harc >> $HA_DIR/../../ran\nexec $HA_RCDIR/$1 \"$@\"\n", 0755);
  b.hooks.add(news("bob", "up"));
  REQUIRE(until(b.loop, [&] { return b.ran() == 2; }));
  CHECK(b.dir.read("ran").starts_with("harc\nstatus bob up"));
}

TEST_CASE("without a file in rc.d nothing runs, whatever the message is called") {
  Bench b;
  b.dir.file("etc/ha.d/rc.d/quiet", "#!/bin/sh\n", 0644);
  b.dir.file("etc/ha.d/other", "#!/bin/sh\ntouch $HA_DIR/evil\n", 0755);
  for (const char* type : {"quiet", "absent", "../other", "", "-x", "a b"}) b.hooks.add({type, {}});
  CHECK(b.hooks.waiting() == 0);
}

TEST_CASE("resource scripts come first, but not for ever") {
  Bench b;
  b.busy = true;
  b.hooks.add(news("bob", "dead"));
  b.loop.run_for(std::chrono::milliseconds(300));
  CHECK(b.ran() == 0);
  b.busy = false;
  REQUIRE(until(b.loop, [&] { return b.ran() == 1; }));
  b.busy = true;
  b.hooks.add(news("bob", "up"));
  REQUIRE(until(b.loop, [&] { return b.ran() == 2; }));
}

TEST_CASE("a flood of messages is bounded, and said once") {
  Bench b;
  b.busy = true;
  for (int i = 0; i < 1000; ++i) b.hooks.add(news("bob", "up"));
  CHECK(b.hooks.waiting() == 64);
  b.loop.run_for(std::chrono::milliseconds(50));
  b.report.flush(std::chrono::seconds(5));
  auto log = b.dir.read("log");
  auto first = log.find("Too many hooks are waiting");
  CHECK(first != std::string::npos);
  CHECK(log.find("Too many hooks are waiting", first + 1) == std::string::npos);
  b.hooks.stop();
  CHECK(b.hooks.waiting() == 0);
}

TEST_CASE("no field replaces a variable that scripts trust") {
  wire::Message m("status");
  m.add("src", "bob")
      .add("FUNCS", "/tmp/evil")
      .add("DIR", "/tmp")
      .add("st", "up\nLD_PRELOAD=x")
      .add("BASH_FUNC_x%%", "()");
  m.add("blob", "\x01", wire::FieldType::binary).add("ostatus", "lie");
  auto hook = shell::hook_for(m, "active");
  REQUIRE(hook);
  CHECK(hook->fields ==
        std::vector<std::string>{"ostatus", "active", "t", "status", "src", "bob", "st", "up LD_PRELOAD=x"});
  // And not if the child itself lies.
  Bench b;
  b.hook("status", "echo \"$HA_FUNCS\" >> " + b.dir.path + "/ran\n");
  b.hooks.add({"status", {"FUNCS", "/tmp/evil", "src", "bob"}});
  REQUIRE(until(b.loop, [&] { return b.ran() == 2; }));
  CHECK(b.dir.read("ran").find("/tmp/evil") == std::string::npos);
}

TEST_CASE("types that Heartbeat kept to itself call no hook") {
  for (const char* type :
       {"resource", "starting", "shutdone", "ask_resources", "reqnodes", "addnode", "delnode", "setweight", "setsite",
        "query-cstatus", "NS_st", "hbapi-clstat"})
    CHECK_FALSE(shell::hook_for(wire::Message(type), "active"));
  for (const char* type :
       {"status", "ifstat", "hb_takeover", "ip-request", "ip-request-resp", "respond-cstatus", "stonith", "mytype"})
    CHECK(shell::hook_for(wire::Message(type), "active"));
  CHECK_FALSE(shell::hook_for(wire::Message("../status"), "active"));
  wire::Message big("mytype");
  for (int i = 0; i < 200; ++i) big.add("f" + std::to_string(i), std::string(9000, 'x'));
  auto hook = shell::hook_for(big, "active");
  REQUIRE(hook);
  CHECK(shell::ipc::decode(shell::ipc::encode(*hook)));
}
