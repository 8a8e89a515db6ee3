// SPDX-License-Identifier: Apache-2.0
// What ldirectord.cf says, as plain data with every default and derivation already resolved. Any dialect maps
// onto this; policy and probes read nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/addr.h"
#include "base/diag.h"
#include "ldir/ipvs/table.h"

namespace ldir::model {

using std::chrono::seconds;

enum class CheckType { connect, negotiate, ping, external, external_perl, off, on, combined };

/// Application protocol of a negotiate check. `none` always passes.
enum class ServiceType {
  none, dns, ftp, http, https, http_proxy, imap, imaps, ldap, ldaps, mysql, nntp, oracle, pgsql, pop, pops,
  radius, simpletcp, sip, smtp, submission
};

/// One check, complete: two real servers with equal CheckSpecs share one running check.
struct CheckSpec {
  CheckType type = CheckType::negotiate;
  unsigned combined_connects = 0;  ///< checktype=N: N connects after each negotiate
  ServiceType service = ServiceType::none;
  ipvs::Protocol protocol = ipvs::Protocol::tcp;  ///< of the virtual service
  base::IpAddress address;                        ///< of the real server
  std::uint16_t port = 0;                         ///< checkport, else the real's, else the service's standard one
  std::string request;                            ///< as used: http has its leading "/"
  std::string receive;                            ///< Perl regular expression, empty = none
  std::string virtualhost;
  std::string http_method = "GET";
  bool ssl_verify = false;                        ///< of services over TLS: chain and name must be right
  std::string login, passwd, database, secret;
  std::string command = "/bin/true";   ///< checktype external: the program
  std::string external_args[4];        ///< external: virtual address or mark, virtual port, real address, real port
  seconds check_timeout{5};            ///< connect, ping, external
  seconds negotiate_timeout{30};
  seconds interval{10};
  unsigned ping_attempts = 1;          ///< checkcount
  auto operator<=>(const CheckSpec&) const = default;
  /// The time one run may take: the timeout that belongs to the type.
  seconds timeout() const { return type == CheckType::negotiate ? negotiate_timeout : check_timeout; }
};

struct RealServer {
  ipvs::DestKey endpoint;  ///< as it stands in the kernel: gate and ipip already use the virtual's port
  std::uint16_t configured_port = 0;  ///< as written, 0 = none: names in maintenancedir and logs use it
  ipvs::Dest dest;         ///< forwarding method, configured weight, thresholds
  CheckSpec check;
  std::string monitor_id;  ///< what stands for it in a monitorfile
  base::Location at;       ///< where in the file
};

struct Fallback {
  ipvs::DestKey endpoint;
  ipvs::Forward forward = ipvs::Forward::route;
  auto operator<=>(const Fallback&) const = default;
};

struct VirtualService {
  ipvs::ServiceKey key;
  ipvs::ServiceOptions options;
  std::vector<RealServer> reals;
  std::optional<Fallback> fallback;  ///< own, else global (with this virtual's port where the global has none)
  std::string fallback_command;      ///< run as CMD start|stop VADDR:VPORT PROTO; empty = none
  bool quiescent = false;            ///< keep a failed real at weight 0 instead of deleting it
  bool cleanstop = true;             ///< take this service out of the kernel when stopping
  unsigned failure_count = 1;        ///< consecutive failures before a real is down
  std::string monitorfile;
  std::string service_name, comment;
  std::string email_alert, email_alert_status = "all", smtp;
  seconds email_alert_freq{0};
  base::Location at;
};

struct Config {
  std::string path;
  std::vector<VirtualService> services;  ///< in file order
  seconds check_interval{10};            ///< global one: pace of the config file watch
  bool autoreload = false;
  bool supervised = false;
  bool fork = false;
  bool readdquiescent = false;
  bool cleanstop = true;
  std::string callback;
  std::string logfile = "/var/log/ldirectord.log";  ///< a path, else the name of a syslog facility
  std::vector<std::string> execute;
  std::string maintenance_dir;
  std::string email_alert_from;
  std::optional<base::Endpoint> status_page;  ///< a loopback address
};

}  // namespace ldir::model
