// SPDX-License-Identifier: Apache-2.0
// The model as text: the kernel's part in ipvsadm's words, then what is not at its default.
#pragma once

#include <fmt/format.h>

#include "ldir/model/service.h"

namespace ldir::conf {

inline std::string service_id(const ipvs::ServiceKey& k) {
  bool v6 = k.address.family() == base::Family::v6;
  if (k.protocol == ipvs::Protocol::fwm) return fmt::format("-f {}{}", k.fwmark, v6 ? " -6" : "");
  return fmt::format("-{} {}:{}", k.protocol == ipvs::Protocol::tcp ? "t" : "u", k.address.bracketed(),
                     k.port);
}

inline std::string method(ipvs::Forward f) {
  return f == ipvs::Forward::masq     ? "-m"
         : f == ipvs::Forward::tunnel ? "-i"
         : f == ipvs::Forward::route  ? "-g"
                                      : "?";
}

/// "-A ..." and a "-a ..." per real server, as ipvsadm -Sn shows a table where all of them are up.
inline std::string dump_table(const model::VirtualService& s) {
  std::string out = fmt::format("-A {} -s {}", service_id(s.key), s.options.scheduler);
  if (s.options.persistent_s) out += fmt::format(" -p {}", s.options.persistent_s);
  if (s.options.netmask)
    out += " -M " + (s.key.address.is_v4() ? base::IpAddress::v4(s.options.netmask).str()
                                           : std::to_string(s.options.netmask));
  if (s.options.ops) out += " -o";
  if (s.options.sched_flags) out += fmt::format(" -b {}", s.options.sched_flags);
  out += "\n";
  auto line = [&](const char* what, const ipvs::DestKey& d, ipvs::Forward f, std::uint32_t weight) {
    out += fmt::format("{} {} -r {}:{} {} -w {}", what, service_id(s.key), d.address.bracketed(), d.port,
                       method(f), weight);
  };
  for (const auto& r : s.reals) {
    line("-a", r.endpoint, r.dest.forward, r.dest.weight);
    if (r.dest.upper || r.dest.lower) out += fmt::format(" -x {} -y {}", r.dest.upper, r.dest.lower);
    out += "\n";
  }
  if (s.fallback) {
    line("fallback", s.fallback->endpoint, s.fallback->forward, 1);
    out += "\n";
  }
  return out;
}

inline std::string dump_check(const model::CheckSpec& c) {
  return fmt::format(
      "type={} n={} service={} proto={} {}:{} request={} receive={} vhost={} {} login={} passwd={} db={} "
      "secret={} verify={} cmd={} args={},{},{},{} ct={} nt={} every={} tries={}",
      int(c.type), c.combined_connects, int(c.service), int(c.protocol), c.address.str(), c.port, c.request,
      c.receive, c.virtualhost, c.http_method, c.login, c.passwd, c.database, c.secret, c.ssl_verify, c.command,
      c.external_args[0], c.external_args[1], c.external_args[2], c.external_args[3], c.check_timeout.count(),
      c.negotiate_timeout.count(), c.interval.count(), c.ping_attempts);
}

/// Everything but the places in the file.
inline std::string dump(const model::Config& c) {
  std::string out = fmt::format(
      "every={} autoreload={} supervised={} fork={} readd={} cleanstop={} callback={} log={} "
      "execute={} maintenance={} from={} page={}\n",
      c.check_interval.count(), c.autoreload, c.supervised, c.fork, c.readdquiescent, c.cleanstop, c.callback,
      c.logfile, c.execute.size(), c.maintenance_dir, c.email_alert_from,
      c.status_page ? c.status_page->str() : "");
  for (const auto& s : c.services) {
    out += dump_table(s);
    out += fmt::format(
        "command={} quiescent={} cleanstop={} failures={} monitor={} name={} comment={} mail={} {} {} {}\n",
        s.fallback_command, s.quiescent, s.cleanstop, s.failure_count, s.monitorfile, s.service_name,
        s.comment, s.email_alert, s.email_alert_status, s.smtp, s.email_alert_freq.count());
    for (const auto& r : s.reals) out += fmt::format("port={} {}\n", r.configured_port, dump_check(r.check));
  }
  return out;
}

}  // namespace ldir::conf
