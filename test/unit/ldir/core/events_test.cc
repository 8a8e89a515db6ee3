// SPDX-License-Identifier: Apache-2.0
// The historic texts, row by row: monitoring scripts match them.
#include "ldir/core/events.h"

#include <map>
#include <set>

#include "ldir/core/narrate.h"
#include "test/support/catch.h"

using namespace ldir::core;

TEST_CASE("every event has its text") {
  const std::map<std::string_view, std::string> expected{
      {"added_virtual", "Added virtual server: 10.9.9.100:80"},
      {"changed_virtual", "Changed virtual server: 10.9.9.100:80"},
      {"purged_virtual", "Purged virtual server (start): 10.9.9.100:80"},
      {"added", "Added real server: 10.9.9.2:80 (10.9.9.100:80) (Weight set to 3)"},
      {"restored", "Restored real server: 10.9.9.2:80 (10.9.9.100:80) (Weight set to 3)"},
      {"deleted", "Deleted real server: 10.9.9.2:80 (10.9.9.100:80)"},
      {"quiescent", "Quiescent real server: 10.9.9.2:80 (10.9.9.100:80) (Weight set to 0)"},
      {"readd_quiescent", "Readd Quiescent real server: 10.9.9.2:80 (10.9.9.100:80) (Weight set to 0)"},
      {"purged_real", "Purged real server (start): 10.9.9.2:80 (10.9.9.100:80)"},
      {"drift", "Repairing the table of 10.9.9.100:80, changed from outside: -A x"},
      {"weight_by_hand",
       "Weight of 10.9.9.2:80 (10.9.9.100:80) was set to 3 by hand: kept until its state changes or the next reload"},
      {"op_failed", "ipvsadm -A x failed: no; will be tried again"},
      {"read_failed", "Can not read the IPVS table: no"},
      {"read_again", "The IPVS table can be read again"},
      {"soft_failure", "Soft failure real server: 10.9.9.2:80 (tcp:10.9.9.100:80) failure 1/2"},
      {"soft_failure_reset", "Resetting soft failure count: 10.9.9.2:80 (tcp:10.9.9.100:80)"},
      {"real_up", "Real server 10.9.9.2:80 (tcp:10.9.9.100:80) is up: 200 OK"},
      {"real_down", "Real server 10.9.9.2:80 (tcp:10.9.9.100:80) is down: 200 OK"},
      {"maintenance_on", "Real server 10.9.9.2:80 (tcp:10.9.9.100:80) is in maintenance: file /etc/ha.d/t.cf"},
      {"maintenance_off", "Real server 10.9.9.2:80 (tcp:10.9.9.100:80) is back from maintenance"},
      {"mail_held_back", "emailalert: too many mails to a@b within a short time, holding back; what happens stands in "
                         "this log"},
      {"invoking", "Invoking ldirectord invoked as: /usr/sbin/ldirectord start "},
      {"starting_daemon", "Starting Linux Director v1.186-ha as daemon"},
      {"starting", "Starting Linux Director v1.186-ha with pid: 42"},
      {"reloading", "Reloading Linux Director Daemon config on signal"},
      {"file_changed", "Configuration file '/etc/ha.d/t.cf' has changed on disk"},
      {"reread", " - reread new configuration"},
      {"ignore_change", " - ignore new configuration"},
      {"config_error", "Error [42] reading file /etc/ha.d/t.cf at line 7: bad"},
      {"config_warning", "Warning [42] reading file /etc/ha.d/t.cf at line 7: bad"},
      {"config_gone", "Warning [42]: can not open file /etc/ha.d/t.cf for checking"},
      {"terminated", "Linux Director Daemon terminated on signal: TERM"},
      {"command_failed", "system(/bin/x) failed: no"},
      {"mail_alert", "emailalert: hello"},
      {"exit", "Exiting with exit_status 2: 200 OK"},
      {"exit_plain", "Exiting from ldirectord status"},
      {"running", "ldirectord for /etc/ha.d/t.cf is running with pid: 42"},
      {"stopped", "ldirectord is stopped for /etc/ha.d/t.cf"},
      {"stale_pid", "ldirectord stale pid file /var/run/ldirectord.t.pid for /etc/ha.d/t.cf"},
      {"no_config", "Config file /etc/ha.d/t.cf not found"},
  };
  std::set<std::string_view> seen;
  for (const auto* kind : all_event_kinds()) {
    INFO(kind->id);
    CHECK(seen.insert(kind->id).second);
    const base::Event e(*kind, {{"virtual", "10.9.9.100:80"}, {"id", "tcp:10.9.9.100:80"}, {"real", "10.9.9.2:80"},
                                {"role", "real"}, {"weight", "3"}, {"phase", "start"}, {"op", "-A x"}, {"error", "no"},
                                {"count", "1"}, {"limit", "2"}, {"reason", "200 OK"}, {"path", "/etc/ha.d/t.cf"},
                                {"command_line", "/usr/sbin/ldirectord start"}, {"pid", "42"}, {"line", "7"}, {"message", "bad"},
                                {"signal", "TERM"}, {"to", "a@b"}, {"command", "/bin/x"}, {"text", "hello"}, {"status", "2"},
                                {"verb", "status"}, {"pid_file", "/var/run/ldirectord.t.pid"}});
    REQUIRE(expected.count(kind->id));
    CHECK(e.text() == expected.at(kind->id));
  }
  CHECK(seen.size() == expected.size());
}

TEST_CASE("mail goes out for the statuses that were asked for") {
  CHECK(mail_wanted("all", "running"));
  CHECK_FALSE(mail_wanted("none", "running"));
  CHECK(mail_wanted("starting, running", "running"));
  CHECK_FALSE(mail_wanted("starting,stopping", "running"));
  CHECK_FALSE(mail_wanted("", "running"));
}
