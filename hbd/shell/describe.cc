// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/describe.h"

#include <fmt/format.h>

#include <type_traits>

#include "base/json_ascii.h"

namespace hbd::shell {
namespace {

using base::json_ascii;
using base::json_list;

std::string words(const std::vector<std::string>& of) { return json_list(of, json_ascii); }

std::string medium(const model::MediumEntry& entry) {
  auto out = fmt::format("{{\"kind\": {}, \"line\": {}, \"port\": {}", json_ascii(entry.kind()), entry.at.line, entry.udpport);
  std::visit(
      [&out](const auto& m) {
        using M = std::decay_t<decltype(m)>;
        if constexpr (requires { m.interface; }) out += fmt::format(", \"interface\": {}", json_ascii(m.interface));
        if constexpr (requires { m.peer; }) out += fmt::format(", \"peer\": {}", json_ascii(m.peer));
        if constexpr (std::is_same_v<M, model::Mcast> || std::is_same_v<M, model::Mcast6>)
          out += fmt::format(", \"group\": {}", json_ascii(m.group));
        if constexpr (std::is_same_v<M, model::Serial>) out += fmt::format(", \"tty\": {}", json_ascii(m.tty));
        if constexpr (std::is_same_v<M, model::Ping>) out += fmt::format(", \"name\": {}, \"hosts\": [{}]", json_ascii(m.host), json_ascii(m.host));
        if constexpr (std::is_same_v<M, model::PingGroup>)
          out += fmt::format(", \"name\": {}, \"hosts\": {}", json_ascii(m.name), words(m.hosts));
      },
      entry.medium);
  return out + "}";
}

std::string_view method(model::AuthKey::Method m) {
  using Method = model::AuthKey::Method;
  switch (m) {
    case Method::crc: return "crc";
    case Method::md5: return "md5";
    case Method::sha1: return "sha1";
    case Method::sha256: return "sha256";
  }
  return "";
}

std::string resource(const model::Resource& r) {
  return fmt::format("{{\"script\": {}, \"args\": {}, \"text\": {}, \"line\": {}}}", json_ascii(r.script), words(r.args),
                     json_ascii(r.text), r.at.line);
}

std::string group(const model::ResourceGroup& g) {
  return fmt::format("\n  {{\"node\": {}, \"line\": {}, \"resources\": {}}}", json_ascii(g.node), g.at.line,
                     json_list(g.resources, resource));
}

std::string_view severity(base::Diagnostic::Severity s) {
  using Severity = base::Diagnostic::Severity;
  return s == Severity::error ? "error" : s == Severity::warning ? "warning" : "note";
}

std::string finding(const base::Diagnostic& d) {
  return fmt::format("\n  {{\"severity\": {}, \"file\": {}, \"line\": {}, \"column\": {}, \"message\": {}, \"rendered\": {}}}",
                     json_ascii(severity(d.severity)), json_ascii(d.file), d.at.line, d.at.column, json_ascii(d.message),
                     json_ascii(d.render()));
}

}  // namespace

std::string describe(const Config& config) {
  const auto& c = config.cluster;
  const auto& t = c.timing;
  auto key = c.auth.keys.find(c.auth.sign_with);
  std::string parameters;
  for (const auto& [name, value] : c.parameters)
    parameters += fmt::format("{}{}: {}", parameters.empty() ? "" : ", ", json_ascii(name), json_ascii(value));
  return fmt::format(
      "{{\"nodes\": {}, \"self\": {},\n"
      " \"timing\": {{\"keepalive\": {}, \"deadtime\": {}, \"warntime\": {}, \"initdead\": {}, \"deadping\": {}}},\n"
      " \"failback\": {}, \"ipfail\": {}, \"watchdog\": {}, \"stonith\": {}, \"respawn\": {},\n"
      " \"logfile\": {}, \"debugfile\": {}, \"auth\": {}, \"keys\": {},\n"
      " \"parameters\": {{{}}},\n"
      " \"media\": {},\n \"groups\": {},\n \"findings\": {}}}\n",
      words(c.nodes), json_ascii(c.self), t.keepalive.count(), t.deadtime.count(), t.warntime.count(), t.initdead.count(),
      t.deadping.count(),
      json_ascii(c.failback == model::Failback::on ? "on" : c.failback == model::Failback::off ? "off" : "legacy"),
      c.uses_ipfail(), json_ascii(c.watchdog),
      json_list(c.stonith, [](const model::StonithDevice& d) { return json_ascii(d.type); }),
      json_list(c.respawn, [](const model::Respawn& r) { return json_ascii(r.command); }), json_ascii(c.log.logfile),
      json_ascii(c.log.debugfile), json_ascii(key == c.auth.keys.end() ? "" : method(key->second.method)), c.auth.keys.size(),
      parameters, json_list(c.media, medium), json_list(config.haresources.groups, group),
      json_list(config.diagnostics.all(), finding));
}

}  // namespace hbd::shell
