// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/report.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "hbd/shell/events.h"
#include "test/support/logd_stand_in.h"
#include "test/unit/hbd/shell/scratch.h"
#include "test/support/catch.h"

using namespace hbd;

TEST_CASE("daemon lines, script lines and script output each have their shape and place") {
  Scratch dir;
  model::LogTargets targets;
  targets.logfile = dir.path + "/log";
  targets.debugfile = dir.path + "/debug";
  targets.facility = "none";
  shell::Report report(targets, "alice", false);
  report.say({shell::kVersion, {{"version", "7"}}});
  report.say({shell::kRunning, {{"command", "/etc/ha.d/resource.d/IPaddr 172.16.60.111 start"}}});
  report.say({shell::kScriptOutput, {{"line", "raw words"}}});
  report.relay(base::Level::warn, "node_dead", "node bob: is dead");
  auto pid = std::to_string(::getpid());
  auto log = dir.read("log"), debug = dir.read("debug");
  CHECK(log.find(" alice heartbeat: [" + pid + "]: info: heartbeat: version 7\n") != std::string::npos);
  CHECK(log.find("  ResourceManager(default)[" + pid +
                 "]:    info: Running /etc/ha.d/resource.d/IPaddr 172.16.60.111 start\n") != std::string::npos);
  CHECK(log.find("raw words") == std::string::npos);
  CHECK(log.find("]: WARN: node bob: is dead\n") != std::string::npos);
  CHECK(debug.find("\nraw words\n") != std::string::npos);
  CHECK(debug.find("ResourceManager(default)[" + pid + "]:\t20") != std::string::npos);
  struct stat info{};
  REQUIRE(::stat((dir.path + "/log").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0644);  // monitoring reads it, and is not root
}

TEST_CASE("with use_logd all lines go to ha_logd while it is there, but what scripts print") {
  Scratch dir;
  auto path = dir.path + "/log_daemon";
  model::LogTargets targets;
  targets.logfile = dir.path + "/log";
  targets.debugfile = dir.path + "/debug";
  targets.facility = "none";
  targets.use_logd = true;
  targets.logd_retry = base::Millis(0);
  shell::Report report(targets, "alice", false, path);
  report.relay(base::Level::warn, "node_dead", "early");
  CHECK(dir.read("log").find("early") != std::string::npos);
  {
    test::LogdStandIn logd(path);
    report.relay(base::Level::warn, "node_dead", "node bob: is dead");
    report.relay(base::Level::info, "ipfail_us_better", "TEXT");
    report.say({shell::kRunning, {{"command", "/etc/ha.d/resource.d/IPaddr 172.16.60.111 start"}}});
    report.say({shell::kScriptOutput, {{"line", "raw words"}}});
    auto pid = std::to_string(::getpid());
    CHECK(logd.lines() == std::vector<std::string>{"4 heartbeat[" + pid + "] 1 node bob: is dead", "6 ipfail[" + pid + "] 1 TEXT",
                                                   "6 ResourceManager(default)[" + pid + "][" + pid +
                                                       "] 0 info: Running /etc/ha.d/resource.d/IPaddr 172.16.60.111 start"});
  }
  CHECK(dir.read("log").find("bob") == std::string::npos);
  CHECK(dir.read("debug").find("\nraw words\n") != std::string::npos);
  report.relay(base::Level::warn, "node_dead", "late");
  auto log = dir.read("log");
  CHECK(log.find("WARN: ha_logd is gone: until it is back, log lines are written here\n") < log.find("WARN: late\n"));
}

TEST_CASE("the date of a script line is as scripts write it") {
  io::LogRecord record{base::Wall(std::chrono::seconds(0)), base::Level::crit, 39, "taking_group", "TEXT"};
  auto line = shell::script_line(record, false);
  CHECK(line.size() == std::string("1970/01/01_00:00:00  mach_down(default)[39]:    CRIT: TEXT").size());
  CHECK(line[4] == '/');
  CHECK(line[10] == '_');
  CHECK(line.substr(19) == "  mach_down(default)[39]:    CRIT: TEXT");
  record.id = "ip_request_answer";  // its script said no weight
  CHECK(shell::script_line(record, false).substr(19) == "  ip-request-resp(default)[39]:    TEXT");
}

TEST_CASE("syslog gets the tags that the original and its scripts had") {
  auto text = [](std::string_view id) {
    return shell::syslog_text({base::Wall(std::chrono::seconds(0)), base::Level::warn, 39, id, "TEXT"});
  };
  CHECK(text("node_dead") == "heartbeat: [39]: WARN: TEXT");
  CHECK(text("ipfail_us_better") == "ipfail: [39]: WARN: TEXT");
  CHECK(text("rm_running") == "ResourceManager(default)[39]: WARN: TEXT");
  CHECK(text("taking_group") == "mach_down(default)[39]: WARN: TEXT");
  CHECK(text("ip_request_answer") == "ip-request-resp(default)[39]: TEXT");
}
