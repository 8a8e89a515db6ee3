// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/table.h"

#include <algorithm>
#include <array>

#include "ldir/conf/setters.h"

namespace ldir::conf {

namespace {

// Name, global setter, section setter, default, sample, doc. In the order of the manual page.
// clang-format off
constexpr std::array kRows{
    // Opening a section
    Directive{"virtual", nullptr, nullptr, "", "192.168.6.240:80",
              "a virtual service: HOST:PORT or a firewall mark; opens a section", true},
    Directive{"virtual6", nullptr, nullptr, "", "[fd00::240]:80",
              "the same in IPv6: [ADDRESS]:PORT or a firewall mark", true},

    // Global only
    Directive{"autoreload", set::autoreload, nullptr, "no", "yes", "reload when this file has changed"},
    Directive{"callback", set::callback, nullptr, "", "\"/usr/local/bin/sync_cf\"",
              "program to run after this file has changed"},
    Directive{"logfile", set::logfile, nullptr, "\"/var/log/ldirectord.log\"", "\"local0\"",
              "a log file, or the name of a syslog facility"},
    Directive{"execute", set::execute, nullptr, "", "other.cf",
              "another configuration whose ldirectord starts and stops with this one", true},
    Directive{"supervised", set::supervised, nullptr, "no", "no", "stay in the foreground, log to stdout"},
    Directive{"fork", set::fork, nullptr, "no", "no", "one process per service; only enables checkinterval in sections"},
    Directive{"readdquiescent", set::readdquiescent, nullptr, "no", "yes",
              "re-add a failed real server with weight 0 where the table lacks it"},
    Directive{"maintenancedir", set::maintenance_dir, nullptr, "", "/etc/ha.d/maintenance",
              "a file here named like a real server takes it out"},
    Directive{"statuspage", set::status_page, nullptr, "", "127.0.0.1:9695",
              "loopback address and port where the status page and its numbers are served"},
    Directive{"emailalertfrom", set::email_from, nullptr, "", "ldirectord@example.com", "sender of mails"},

    // Both; a section inherits what it does not say
    Directive{"checktimeout", set::check_timeout, set::check_timeout, "5", "3",
              "seconds for connect, ping and external checks"},
    Directive{"negotiatetimeout", set::negotiate_timeout, set::negotiate_timeout, "30", "3",
              "seconds for negotiate checks"},
    Directive{"checkinterval", set::check_interval, set::check_interval, "10", "1", "seconds between two checks"},
    Directive{"checkcount", set::check_count, set::check_count, "1", "1", "attempts of a ping check (deprecated)"},
    Directive{"failurecount", set::failure_count, set::failure_count, "1", "1",
              "consecutive failures before a real server is taken out"},
    Directive{"sslverify", set::ssl_verify, set::ssl_verify, "no", "yes",
              "let checks over TLS fail where the certificate is not right"},
    Directive{"quiescent", set::quiescent, set::quiescent, "no", "no",
              "keep a failed real server with weight 0 instead of deleting it"},
    Directive{"cleanstop", set::cleanstop, set::cleanstop, "yes", "yes", "take the services out of the kernel at stop"},
    Directive{"fallback", set::fallback, set::fallback, "", "127.0.0.1:80 gate",
              "server for the time when no real server is left"},
    Directive{"fallback6", set::fallback, set::fallback, "", "[::1]:80 gate", "the same for IPv6 services"},
    Directive{"fallbackcommand", set::fallback_command_global, set::fallback_command_section, "",
              "\"/usr/local/bin/fallback\"", "command run as COMMAND start|stop ADDRESS:PORT PROTOCOL with the fallback"},
    Directive{"emailalert", set::email_alert, set::email_alert, "", "\"admin@example.com\"", "recipient of mails"},
    Directive{"emailalertfreq", set::email_freq, set::email_freq, "0", "3600",
              "seconds until a mail is repeated while a real server is down; 0 never"},
    Directive{"emailalertstatus", set::email_status, set::email_status, "all", "running,stopping",
              "states of the daemon in which mails are sent"},
    Directive{"smtp", set::smtp, set::smtp, "", "mail.example.com", "mail server; default is the local sendmail"},

    // Section only
    Directive{"real", nullptr, set::real, "", "192.168.6.2:80 gate 1", "a real server, IPv4", true},
    Directive{"real6", nullptr, set::real, "", "[fd00::2]:80 gate 1", "a real server, IPv6", true},
    Directive{"checktype", nullptr, set::check_type, "negotiate", "negotiate",
              "connect, negotiate, ping, external, external-perl, off, on, or a number N"},
    Directive{"service", nullptr, set::service, "", "http", "the protocol a negotiate check speaks; default by port"},
    Directive{"checkport", nullptr, set::check_port, "", "80", "port to check instead of the real server's"},
    Directive{"checkcommand", nullptr, set::check_command, "\"/bin/true\"", "\"/usr/local/bin/check\"",
              "program of an external check"},
    Directive{"request", nullptr, set::request, "\"/\"", "\"index.html\"", "what a negotiate check asks for"},
    Directive{"receive", nullptr, set::receive, "", "\"Test Page\"", "regular expression the answer must match"},
    Directive{"virtualhost", nullptr, set::virtual_host, "", "\"www.example.com\"", "Host header of http checks"},
    Directive{"httpmethod", nullptr, set::http_method, "GET", "GET", "GET or HEAD"},
    Directive{"login", nullptr, set::login, "", "\"monitor\"", "user name for the check"},
    Directive{"passwd", nullptr, set::passwd, "", "\"secret\"", "password for the check"},
    Directive{"database", nullptr, set::database, "", "\"mydb\"", "data base for the check"},
    Directive{"secret", nullptr, set::secret, "", "\"shared\"", "shared secret of a radius check"},
    Directive{"load", nullptr, set::load, "", "\"uptime\"", "accepted, never had an effect"},
    Directive{"scheduler", nullptr, set::scheduler, "wrr", "wlc", "IPVS scheduler"},
    Directive{"schedflags", nullptr, set::sched_flags, "", "flag-1", "flags of the scheduler"},
    Directive{"persistent", nullptr, set::persistent, "", "600", "seconds a client stays with its real server"},
    Directive{"netmask", nullptr, set::netmask, "", "255.255.255.255", "how much of a client's address counts for that"},
    Directive{"protocol", nullptr, set::protocol, "tcp", "tcp", "tcp, udp, or fwm for a mark"},
    Directive{"ops", nullptr, set::ops, "no", "no", "schedule each datagram anew (udp only)"},
    Directive{"monitorfile", nullptr, set::monitorfile, "", "\"/var/log/ldirectord.monitor\"",
              "file that gets a line per check"},
    Directive{"servicename", nullptr, set::service_name, "", "Web shop", "name of the service in mails"},
    Directive{"comment", nullptr, set::comment, "", "first floor, rack 3", "remark in mails"},

    // Withdrawn long ago
    Directive{"connecttimeout", set::connect_timeout, set::connect_timeout, "", "", "use negotiatetimeout", false, true},
    Directive{"timeout", set::timeout, nullptr, "", "", "use checktimeout and negotiatetimeout", false, true},
};
// clang-format on

}  // namespace

std::span<const Directive> directives() {
  return kRows;
}

const Directive* find_directive(std::string_view name) {
  auto at = std::find_if(kRows.begin(), kRows.end(), [&](auto& row) { return row.name == name; });
  return at == kRows.end() ? nullptr : &*at;
}

}  // namespace ldir::conf
