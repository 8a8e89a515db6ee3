// SPDX-License-Identifier: Apache-2.0
#include "ldir/describe.h"

#include <fmt/format.h>


#include "base/json_ascii.h"
#include "ldir/conf/words.h"

namespace ldir {
namespace {

using base::json_ascii;
using base::json_list;

using model::CheckType;

std::string_view check_type(CheckType type) {
  switch (type) {
    case CheckType::connect: return "connect";
    case CheckType::negotiate: return "negotiate";
    case CheckType::ping: return "ping";
    case CheckType::external: return "external";
    case CheckType::external_perl: return "external-perl";
    case CheckType::off: return "off";
    case CheckType::on: return "on";
    case CheckType::combined: return "combined";
  }
  return "";
}

std::string check(const model::CheckSpec& c) {
  return fmt::format(
      "{{\"type\": {}, \"service\": {}, \"port\": {}, \"request\": {}, \"receive\": {}, \"virtualhost\": {}, "
      "\"httpmethod\": {}, \"command\": {}, \"login\": {}, \"timeout\": {}, \"interval\": {}}}",
      json_ascii(check_type(c.type)), json_ascii(conf::service_word(c.service).name), c.port, json_ascii(c.request),
      json_ascii(c.receive), json_ascii(c.virtualhost), json_ascii(c.http_method), json_ascii(c.command), json_ascii(c.login),
      c.timeout().count(), c.interval.count());
}

std::string real(const model::RealServer& r) {
  return fmt::format("\n    {{\"address\": {}, \"port\": {}, \"method\": {}, \"weight\": {}, \"line\": {}, \"check\": {}}}",
                     json_ascii(r.endpoint.address.str()), r.endpoint.port,
                     json_ascii(ipvs::method_word(r.dest.forward, r.dest.tunnel)), r.dest.weight, r.at.line, check(r.check));
}

std::string fallback(const model::VirtualService& s) {
  if (!s.fallback) return "null";
  return fmt::format("{{\"address\": {}, \"port\": {}}}", json_ascii(s.fallback->endpoint.address.str()),
                     s.fallback->endpoint.port);
}

std::string service(const model::VirtualService& s) {
  const auto* protocol = s.key.protocol == ipvs::Protocol::tcp ? "tcp" : s.key.protocol == ipvs::Protocol::udp ? "udp" : "fwm";
  return fmt::format(
      "\n  {{\"protocol\": {}, \"address\": {}, \"port\": {}, \"fwmark\": {}, \"name\": {}, \"line\": {}, "
      "\"scheduler\": {}, \"persistent\": {}, \"quiescent\": {}, \"failurecount\": {}, \"fallback\": {}, "
      "\"fallbackcommand\": {}, \"emailalert\": {}, \"reals\": {}}}",
      json_ascii(protocol), json_ascii(s.key.fwmark ? "" : s.key.address.str()), s.key.port, s.key.fwmark,
      json_ascii(s.key.log_name()), s.at.line, json_ascii(s.options.scheduler), s.options.persistent_s, s.quiescent,
      s.failure_count, fallback(s), json_ascii(s.fallback_command), json_ascii(s.email_alert), json_list(s.reals, real));
}

std::string finding(const base::Diagnostic& d) {
  using Severity = base::Diagnostic::Severity;
  return fmt::format("\n  {{\"severity\": {}, \"file\": {}, \"line\": {}, \"column\": {}, \"message\": {}, \"rendered\": {}}}",
                     json_ascii(d.severity == Severity::error     ? "error"
                            : d.severity == Severity::warning ? "warning"
                                                              : "note"),
                     json_ascii(d.file), d.at.line, d.at.column, json_ascii(d.message), json_ascii(d.render()));
}

}  // namespace

std::string describe(const conf::Loaded& loaded) {
  const auto& c = loaded.config;
  return fmt::format(
      "{{\"config\": {}, \"checkinterval\": {}, \"autoreload\": {}, \"cleanstop\": {}, \"logfile\": {}, "
      "\"callback\": {}, \"execute\": {}, \"maintenancedir\": {},\n \"services\": {},\n \"findings\": {}}}\n",
      json_ascii(c.path), c.check_interval.count(), c.autoreload, c.cleanstop, json_ascii(c.logfile), json_ascii(c.callback),
      json_list(c.execute, json_ascii), json_ascii(c.maintenance_dir), json_list(c.services, service),
      json_list(loaded.findings.all(), finding));
}

}  // namespace ldir
