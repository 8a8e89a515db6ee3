// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/agents.h"

#include <algorithm>

#include "hbd/core/effect.h"
#include "hbd/core/input.h"
#include "test/unit/hbd/shell/scratch.h"
#include "test/support/catch.h"

using namespace hbd;
using namespace std::chrono_literals;
using shell::ipc::JobDone;
using shell::ipc::RunJob;
using End = core::JobDone::End;

namespace {

constexpr std::string_view kScript =
    "#!/bin/sh\n"
    "echo \"$(basename $0) $*\" >> $HA_DIR/ran\n"
    "eval verb=\\${$#}\n"
    "case $verb in\n"
    "  status) echo not running >&2; [ -e $HA_DIR/up ] && echo running ;;\n"
    "  start) touch $HA_DIR/up; echo started ;;\n"
    "  stop) rm -f $HA_DIR/up ;;\n"
    "esac\n";

model::Resource resource(const std::string& script, std::vector<std::string> args = {}) {
  return {script, std::move(args), script, {}};
}

struct Bench {
  Bench() {
    dir.file("etc/ha.d/resource.d/Good", std::string(kScript), 0755);
    dir.file("etc/ha.d/resource.d/Fail", "#!/bin/sh\nexit 3\n", 0755);
    dir.file("etc/ha.d/resource.d/Hang", "#!/bin/sh\nsleep 60\n", 0755);
    dir.file("etc/ha.d/resource.d/Plain", "#!/bin/sh\n", 0644);
    dir.file("etc/init.d/Lsb", std::string(kScript), 0755);
    targets.logfile = dir.path + "/log";
    targets.facility = "none";
    report.retarget(targets, false);
    model::Haresources groups;
    groups.groups.push_back({"alice", {resource("Good", {"1.2.3.4", "a b"}), resource("Lsb"), resource("Fail")}, {}});
    groups.groups.push_back({"alice", {resource("Hang"), resource("Plain"), resource("../../etc/passwd")}, {}});
    agents.set_table(1, groups);
    model::Cluster cluster;
    cluster.self = "alice";
    agents.set_environment(shell::script_environment(cluster, {dir.path, {}}), "");
  }
  const JobDone* of(std::uint64_t id) const {
    auto at = std::find_if(done.begin(), done.end(), [id](const auto& d) { return d.id == id; });
    return at == done.end() ? nullptr : &*at;
  }
  JobDone run(RunJob job) {
    REQUIRE(agents.run(job));
    REQUIRE(until(loop, [&] { return of(job.id) != nullptr; }));
    return *of(job.id);
  }
  std::ptrdiff_t count(std::uint64_t id) const {
    return std::count_if(done.begin(), done.end(), [id](const auto& d) { return d.id == id; });
  }

  Scratch dir;
  io::Loop loop;
  model::LogTargets targets;
  shell::Report report{targets, "alice", false};
  std::vector<JobDone> done;
  shell::Agents agents{loop.context(), report, {dir.path, {}}, [this](const JobDone& d) { done.push_back(d); }};
};

constexpr std::uint8_t kStatus = 0, kStart = 1, kStop = 2;

}  // namespace

TEST_CASE("a resource script gets its arguments and the verb; only stdout of status counts") {
  Bench b;
  CHECK(b.run({1, 1, 0, 0, kStatus, 5000}).output.empty());
  CHECK(b.run({2, 1, 0, 0, kStart, 5000}).output == "started\n");
  CHECK(b.run({3, 1, 0, 0, kStatus, 5000}).output == "running\n");
  CHECK(b.run({4, 1, 0, 1, kStop, 5000}).code == 0);
  CHECK(b.dir.read("etc/ha.d/ran") == "Good 1.2.3.4 a b status\nGood 1.2.3.4 a b start\nGood 1.2.3.4 a b status\nLsb stop\n");
  auto log = b.dir.read("log");
  CHECK(log.find("info: Running " + b.dir.path + "/etc/ha.d/resource.d/Good 1.2.3.4 a b start\n") != std::string::npos);
  CHECK(log.find("info: Running " + b.dir.path + "/etc/init.d/Lsb stop\n") != std::string::npos);
  CHECK(log.find("status\n") == std::string::npos);
}

TEST_CASE("of a long answer to status the words count that are anywhere in it") {
  Bench b;
  const auto talk = [&](const std::string& last) {
    b.dir.file("etc/ha.d/resource.d/Good",
               "#!/bin/sh\ni=0\nwhile [ $i -lt 3000 ]; do i=$((i + 1)); echo \"looked at volume $i of the array\"; done\n" + last, 0755);
  };
  talk("echo it is running\n");
  CHECK(b.run({1, 1, 0, 0, kStatus, 20000}).output == "running\n");  // after some 90 KiB
  talk("echo it is not running\n");
  CHECK(b.run({2, 1, 0, 0, kStatus, 20000}).output == "not running\n");
  talk("");
  CHECK(b.run({3, 1, 0, 0, kStatus, 20000}).output.empty());
  b.dir.file("etc/ha.d/resource.d/Good", "#!/bin/sh\nprintf '%01100d\\n' 0\necho running\n", 0755);
  CHECK(b.run({4, 1, 0, 0, kStatus, 20000}).output == "running\n");
}

TEST_CASE("failures keep their kind") {
  Bench b;
  auto failed = b.run({1, 1, 0, 2, kStart, 5000});
  CHECK(failed.end == static_cast<std::uint8_t>(End::exited));
  CHECK(failed.code == 3);
  CHECK(b.dir.read("log").find("ERROR: Return code 3 from ") != std::string::npos);
  CHECK(b.run({2, 1, 1, 0, kStart, 50}).end == static_cast<std::uint8_t>(End::timed_out));
  CHECK(b.run({3, 1, 1, 1, kStart, 5000}).end == static_cast<std::uint8_t>(End::could_not_run));  // not executable
  CHECK(b.run({4, 1, 1, 2, kStart, 5000}).end == static_cast<std::uint8_t>(End::could_not_run));  // not a name
}

TEST_CASE("a script that runs and runs is told of, less and less often") {
  Bench b;
  b.agents.warn_after(50ms);
  REQUIRE(b.agents.run({1, 1, 1, 0, kStart, 60000}));
  auto told = [&] {
    auto log = b.dir.read("log");
    int count = 0;
    for (auto at = log.find("WARN: " + b.dir.path + "/etc/ha.d/resource.d/Hang start is still running after 0 s; it is killed after 60 s (env START_LIMIT_Hang in ha.cf)\n");
         at != std::string::npos; at = log.find(" is still running after ", at + 1))
      ++count;
    return count;
  };
  REQUIRE(until(b.loop, [&] { return told() >= 3; }));
  b.agents.cancel(1);
  REQUIRE(until(b.loop, [&] { return b.of(1) != nullptr; }));
  auto before = told();
  b.loop.run_for(500ms);
  CHECK(told() == before);
}

TEST_CASE("what haresources does not name is not run at all") {
  Bench b;
  CHECK_FALSE(b.agents.run({1, 2, 0, 0, kStart, 0}));   // no such table
  CHECK_FALSE(b.agents.run({1, 1, 2, 0, kStart, 0}));   // no such group
  CHECK_FALSE(b.agents.run({1, 1, 0, 3, kStart, 0}));   // no such resource
  CHECK_FALSE(b.agents.run({1, 1, 0, 0, 3, 0}));        // no such verb
}

TEST_CASE("one group, one script at a time; another group is not held up") {
  Bench b;
  REQUIRE(b.agents.run({1, 1, 1, 0, kStart, 30000}));  // hangs
  REQUIRE(b.agents.run({2, 1, 1, 1, kStart, 5000}));   // same group
  CHECK(b.run({3, 1, 0, 0, kStart, 5000}).code == 0);
  CHECK_FALSE(b.of(2));
  b.agents.cancel(1);
  REQUIRE(until(b.loop, [&] { return b.of(1) && b.of(2); }));
  CHECK(b.of(1)->end == static_cast<std::uint8_t>(End::killed_by_signal));
}

TEST_CASE("a job asked for twice runs once; its result comes again until it is acknowledged") {
  Bench b;
  RunJob job{9, 1, 0, 0, kStart, 5000};
  b.run(job);
  REQUIRE(b.agents.run(job));
  CHECK(b.count(9) == 2);
  b.agents.redeliver();
  CHECK(b.count(9) == 3);
  CHECK(b.dir.read("etc/ha.d/ran") == "Good 1.2.3.4 a b start\n");
  b.agents.acknowledge(9);
  b.agents.redeliver();
  CHECK(b.count(9) == 3);
}

TEST_CASE("releasing everything stops all resources from last to first") {
  Bench b;
  b.dir.file("etc/ha.d/resource.d/Hang", std::string(kScript), 0755);
  bool released = false;
  b.agents.release_all([&] { released = true; });
  REQUIRE(until(b.loop, [&] { return released; }));
  CHECK(b.dir.read("etc/ha.d/ran") == "Hang stop\nLsb stop\nGood 1.2.3.4 a b stop\n");
}

TEST_CASE("scripts get the environment that Heartbeat gave them") {
  model::Cluster cluster;
  cluster.self = "alice";
  cluster.failback = model::Failback::on;
  cluster.log.debugfile = "/var/log/ha-debug";
  cluster.parameters = {{"keepalive", "2"}, {"bad-name", "x"}};
  cluster.env = {{"MINE", "yes"}};
  auto env = shell::script_environment(cluster, {});
  auto has = [&env](const std::string& entry) { return std::find(env.begin(), env.end(), entry) != env.end(); };
  CHECK(has("HA_CURHOST=alice"));
  CHECK(has("HA_keepalive=2"));
  CHECK(has("HA_MINE=yes"));
  CHECK(has("HA_NICEFAILBACK=yes"));
  CHECK(has("HA_DEBUGLOG=/var/log/ha-debug"));
  CHECK(has("HA_RESOURCEDIR=/etc/ha.d/resource.d"));
  CHECK(has("HA_debug=0"));
  CHECK(has("HA_COMPRESSION=zlib"));
  CHECK(std::none_of(env.begin(), env.end(), [](const auto& e) { return e.starts_with("HA_DONTASK"); }));
  auto alone = shell::script_environment(cluster, {}, true);
  CHECK(std::find(alone.begin(), alone.end(), "HA_DONTASK=yes") != alone.end());
  CHECK(std::none_of(env.begin(), env.end(), [](const auto& e) { return e.starts_with("HA_bad"); }));
}
