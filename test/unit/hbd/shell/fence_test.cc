// SPDX-License-Identifier: Apache-2.0
// The program that resets nodes is a script here that writes down how it was called.
#include "hbd/shell/fence.h"

#include "hbd/shell/report.h"
#include "io/loop.h"
#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd;
using namespace hbd::shell;
using namespace std::chrono_literals;

namespace {

/// Says what it was asked, fails for type "bad", resets otherwise.
constexpr std::string_view kStonith =
    "#!/bin/sh\n"
    "echo \"$*\" >> $(dirname $0)/asked\n"
    "echo \"Host reset: talking to $2\" >&2\n"
    "[ \"$2\" != bad ]\n";

struct Bench {
  explicit Bench(std::vector<model::StonithDevice> devices, std::string reboot = "no") {
    dir.file("stonith", std::string(kStonith), 0755);
    targets.logfile = dir.path + "/log";
    targets.facility = "none";
    report.retarget(targets, false);
    report.start();
    model::Cluster cluster;
    cluster.self = "alice";
    cluster.nodes = {"alice", "bob"};
    cluster.stonith = std::move(devices);
    if (!reboot.empty()) cluster.env = {{"REBOOT", std::move(reboot)}};
    fencer.configure(cluster);
  }
  std::string log() {
    report.flush(10s);
    return dir.read("log");
  }
  Scratch dir;
  io::Loop loop;
  model::LogTargets targets;
  Report report{targets, "alice", false};
  std::vector<ipc::JobDone> done;
  Fencer fencer{loop.context(), report, [this](const ipc::JobDone& d) { done.push_back(d); },
                dir.path + "/stonith"};
};

}  // namespace

TEST_CASE("a device is called as cluster-glue's program wants it, with parameters or with a file") {
  Bench b({{"bad", "10.0.0.9 user secret", {}, {}},
           {"good", {}, "/etc/ha.d/ipmi.conf", {}},
           {"spare", "x", {}, {}}});
  REQUIRE(b.fencer.fence({7, "bob"}));
  REQUIRE(until(b.loop, [&] { return !b.done.empty(); }));
  CHECK(b.done.front().id == 7);
  CHECK(b.done.front().end == 0);
  CHECK(b.done.front().code == 0);
  CHECK(b.dir.read("asked") == "-t bad -p 10.0.0.9 user secret bob\n-t good -F /etc/ha.d/ipmi.conf bob\n");
  const auto log = b.log();
  CHECK(log.find("bad could not reset node bob: exit code 1") != std::string::npos);
  CHECK(log.find("secret") == std::string::npos);
}

TEST_CASE("an order is carried out once, and its answer kept until it was taken") {
  Bench b({{"good", "p", {}, {}}});
  REQUIRE(b.fencer.fence({7, "bob"}));
  REQUIRE(b.fencer.fence({7, "bob"}));
  REQUIRE(until(b.loop, [&] { return !b.done.empty(); }));
  b.fencer.redeliver();
  REQUIRE(b.fencer.fence({7, "bob"}));
  CHECK(b.done.size() == 3);
  CHECK(b.dir.read("asked") == "-t good -p p bob\n");
  b.fencer.acknowledge(7);
  b.fencer.redeliver();
  CHECK(b.done.size() == 3);
}

TEST_CASE("what the child calls a node becomes no option of the device's program") {
  Bench b({{"good", "p", {}, {}}});
  b.fencer.set_nodes({"alice", "bob", "carol", "-F", "-Fx", "", "a b", "a/b", std::string(100, 'x')});
  for (const auto* name : {"-F", "-Fx", "", "a b", "a/b", "alice"}) CHECK_FALSE(b.fencer.fence({1, name}));
  CHECK_FALSE(b.fencer.fence({1, std::string(100, 'x')}));
  REQUIRE(b.fencer.fence({2, "carol"}));
  REQUIRE(until(b.loop, [&] { return !b.done.empty(); }));
  CHECK(b.dir.read("asked") == "-t good -p p carol\n");
  std::vector<std::string> many;
  for (int i = 0; i < 101; ++i) many.push_back("n" + std::to_string(i));
  b.fencer.set_nodes(many);
  CHECK_FALSE(b.fencer.fence({3, "n7"}));
  CHECK(b.fencer.fence({4, "bob"}));
}

TEST_CASE("when every device fails, or there is none, the answer says so") {
  Bench b({{"bad", "p", {}, {}}});
  REQUIRE(b.fencer.fence({8, "bob"}));
  REQUIRE(until(b.loop, [&] { return !b.done.empty(); }));
  CHECK(b.done.front().end != 0);
  CHECK(b.log().find("Host bob not reset!") != std::string::npos);
  Bench none({});
  REQUIRE(none.fencer.fence({9, "bob"}));
  REQUIRE(none.done.size() == 1);
  CHECK(none.done.front().end != 0);
}

TEST_CASE("only other nodes of the cluster can be reset") {
  Bench b({{"good", "p", {}, {}}});
  CHECK_FALSE(b.fencer.fence({1, "alice"}));
  CHECK_FALSE(b.fencer.fence({2, "eve; reboot"}));
  b.fencer.set_nodes({"alice", "carol"});  // after hb_addnode and hb_delnode
  CHECK_FALSE(b.fencer.fence({3, "alice"}));
  CHECK_FALSE(b.fencer.fence({4, "bob"}));
  CHECK(b.fencer.fence({5, "carol"}));
  REQUIRE(until(b.loop, [&] { return !b.done.empty(); }));
}

TEST_CASE("a machine that must reset itself runs what ha.cf says, once at a time, or does not") {
  Scratch dir;
  SECTION("a command") {
    Bench b({}, "echo now >> " + dir.path + "/rebooted");
    b.fencer.reboot("web can not be stopped");
    b.fencer.reboot("web can not be stopped");
    REQUIRE(until(b.loop, [&] { return !dir.read("rebooted").empty(); }));
    CHECK(dir.read("rebooted") == "now\n");
    CHECK(b.log().find("web can not be stopped") != std::string::npos);
  }
  SECTION("a command that fails is said") {
    Bench b({}, "false");
    b.fencer.reboot("web can not be stopped");
    CHECK(until(b.loop, [&] { return b.log().find("Unable to force reboot.") != std::string::npos; }));
  }
  SECTION("not at all") {
    Bench b({}, "no");
    b.fencer.reboot("web can not be stopped");
    CHECK(b.log().find("REBOOT=no") != std::string::npos);
  }
}
