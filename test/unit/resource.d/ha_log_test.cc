// SPDX-License-Identifier: Apache-2.0
#include "resource.d/ha_log.h"

#include <stdlib.h>
#include <unistd.h>

#include "io/files.h"
#include "test/support/catch.h"
#include "test/support/logd_stand_in.h"
#include "test/unit/io/scratch.h"

TEST_CASE("with HA_LOGD a script's lines go to ha_logd while it is there, else to the files") {
  test::Scratch dir;
  ::setenv("HA_LOGFILE", (dir / "log").c_str(), 1);
  ::setenv("HA_DEBUGLOG", (dir / "debug").c_str(), 1);
  ::setenv("HA_LOGFACILITY", "none", 1);
  ::setenv("HA_LOGD", "yes", 1);
  auto text_of = [&](const char* name) { return io::read_file(dir / name, 1 << 20).value_or(""); };
  auto ends = [](const std::string& text, std::string_view with) { return text.ends_with(with); };
  resource::HaLog log("IPaddr[7]", dir / "log_daemon");
  log.line("INFO: one");
  log.debug("INFO: two");
  CHECK(ends(text_of("log"), "  IPaddr[7]:    INFO: one\n"));
  CHECK(ends(text_of("debug"), " INFO: two\n"));
  test::LogdStandIn logd(dir / "log_daemon");
  auto pid = std::to_string(::getpid());
  log.line("INFO: three");
  CHECK(logd.lines() == std::vector<std::string>{"6 IPaddr[7][" + pid + "] 0 INFO: three"});
  test::LogdStandIn other(dir / "another");  // one connection each
  resource::HaLog("IPaddr[7]", dir / "another").debug("INFO: four");
  CHECK(other.lines() == std::vector<std::string>{"7 IPaddr[7][" + pid + "] 0 INFO: four"});
  CHECK(text_of("log").find("three") == std::string::npos);
  ::setenv("HA_LOGD", "no", 1);
  log.line("INFO: five");
  CHECK(ends(text_of("log"), "  IPaddr[7]:    INFO: five\n"));
  ::unsetenv("HA_LOGD");
  ::unsetenv("HA_LOGFILE");
  ::unsetenv("HA_DEBUGLOG");
}
