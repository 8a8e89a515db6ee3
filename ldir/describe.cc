// SPDX-License-Identifier: Apache-2.0
#include "ldir/describe.h"

#include <fmt/format.h>

#include <functional>

#include "ldir/conf/words.h"

namespace ldir {
namespace {

using model::CheckType;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += '\\', out += c;
    else if (byte < 0x20 || byte >= 0x7f)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out + '"';
}

template <typename List, typename Make>
std::string list(const List& of, Make make) {
  std::string out = "[";
  for (const auto& one : of) out += (out.size() > 1 ? ", " : "") + std::string(std::invoke(make, one));
  return out + "]";
}

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
      quoted(check_type(c.type)), quoted(conf::service_word(c.service).name), c.port, quoted(c.request),
      quoted(c.receive), quoted(c.virtualhost), quoted(c.http_method), quoted(c.command), quoted(c.login),
      c.timeout().count(), c.interval.count());
}

std::string real(const model::RealServer& r) {
  return fmt::format("\n    {{\"address\": {}, \"port\": {}, \"method\": {}, \"weight\": {}, \"line\": {}, \"check\": {}}}",
                     quoted(r.endpoint.address.str()), r.endpoint.port,
                     quoted(ipvs::method_word(r.dest.forward, r.dest.tunnel)), r.dest.weight, r.at.line, check(r.check));
}

std::string fallback(const model::VirtualService& s) {
  if (!s.fallback) return "null";
  return fmt::format("{{\"address\": {}, \"port\": {}}}", quoted(s.fallback->endpoint.address.str()),
                     s.fallback->endpoint.port);
}

std::string service(const model::VirtualService& s) {
  const auto* protocol = s.key.protocol == ipvs::Protocol::tcp ? "tcp" : s.key.protocol == ipvs::Protocol::udp ? "udp" : "fwm";
  return fmt::format(
      "\n  {{\"protocol\": {}, \"address\": {}, \"port\": {}, \"fwmark\": {}, \"name\": {}, \"line\": {}, "
      "\"scheduler\": {}, \"persistent\": {}, \"quiescent\": {}, \"failurecount\": {}, \"fallback\": {}, "
      "\"fallbackcommand\": {}, \"emailalert\": {}, \"reals\": {}}}",
      quoted(protocol), quoted(s.key.fwmark ? "" : s.key.address.str()), s.key.port, s.key.fwmark,
      quoted(s.key.log_name()), s.at.line, quoted(s.options.scheduler), s.options.persistent_s, s.quiescent,
      s.failure_count, fallback(s), quoted(s.fallback_command), quoted(s.email_alert), list(s.reals, real));
}

std::string finding(const base::Diagnostic& d) {
  using Severity = base::Diagnostic::Severity;
  return fmt::format("\n  {{\"severity\": {}, \"file\": {}, \"line\": {}, \"column\": {}, \"message\": {}, \"rendered\": {}}}",
                     quoted(d.severity == Severity::error     ? "error"
                            : d.severity == Severity::warning ? "warning"
                                                              : "note"),
                     quoted(d.file), d.at.line, d.at.column, quoted(d.message), quoted(d.render()));
}

}  // namespace

std::string describe(const conf::Loaded& loaded) {
  const auto& c = loaded.config;
  return fmt::format(
      "{{\"config\": {}, \"checkinterval\": {}, \"autoreload\": {}, \"cleanstop\": {}, \"logfile\": {}, "
      "\"callback\": {}, \"execute\": {}, \"maintenancedir\": {},\n \"services\": {},\n \"findings\": {}}}\n",
      quoted(c.path), c.check_interval.count(), c.autoreload, c.cleanstop, quoted(c.logfile), quoted(c.callback),
      list(c.execute, quoted), quoted(c.maintenance_dir), list(c.services, service),
      list(loaded.findings.all(), finding));
}

}  // namespace ldir
