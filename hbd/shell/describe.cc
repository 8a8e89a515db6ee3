// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/describe.h"

#include <fmt/format.h>

#include <functional>
#include <type_traits>

namespace hbd::shell {
namespace {

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

std::string words(const std::vector<std::string>& of) { return list(of, quoted); }

std::string medium(const model::MediumEntry& entry) {
  auto out = fmt::format("{{\"kind\": {}, \"line\": {}, \"port\": {}", quoted(entry.kind()), entry.at.line, entry.udpport);
  std::visit(
      [&out](const auto& m) {
        using M = std::decay_t<decltype(m)>;
        if constexpr (requires { m.interface; }) out += fmt::format(", \"interface\": {}", quoted(m.interface));
        if constexpr (requires { m.peer; }) out += fmt::format(", \"peer\": {}", quoted(m.peer));
        if constexpr (std::is_same_v<M, model::Mcast> || std::is_same_v<M, model::Mcast6>)
          out += fmt::format(", \"group\": {}", quoted(m.group));
        if constexpr (std::is_same_v<M, model::Serial>) out += fmt::format(", \"tty\": {}", quoted(m.tty));
        if constexpr (std::is_same_v<M, model::Ping>) out += fmt::format(", \"name\": {}, \"hosts\": [{}]", quoted(m.host), quoted(m.host));
        if constexpr (std::is_same_v<M, model::PingGroup>)
          out += fmt::format(", \"name\": {}, \"hosts\": {}", quoted(m.name), words(m.hosts));
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
  return fmt::format("{{\"script\": {}, \"args\": {}, \"text\": {}, \"line\": {}}}", quoted(r.script), words(r.args),
                     quoted(r.text), r.at.line);
}

std::string group(const model::ResourceGroup& g) {
  return fmt::format("\n  {{\"node\": {}, \"line\": {}, \"resources\": {}}}", quoted(g.node), g.at.line,
                     list(g.resources, resource));
}

std::string_view severity(base::Diagnostic::Severity s) {
  using Severity = base::Diagnostic::Severity;
  return s == Severity::error ? "error" : s == Severity::warning ? "warning" : "note";
}

std::string finding(const base::Diagnostic& d) {
  return fmt::format("\n  {{\"severity\": {}, \"file\": {}, \"line\": {}, \"column\": {}, \"message\": {}, \"rendered\": {}}}",
                     quoted(severity(d.severity)), quoted(d.file), d.at.line, d.at.column, quoted(d.message),
                     quoted(d.render()));
}

}  // namespace

std::string describe(const Config& config) {
  const auto& c = config.cluster;
  const auto& t = c.timing;
  auto key = c.auth.keys.find(c.auth.sign_with);
  std::string parameters;
  for (const auto& [name, value] : c.parameters)
    parameters += fmt::format("{}{}: {}", parameters.empty() ? "" : ", ", quoted(name), quoted(value));
  return fmt::format(
      "{{\"nodes\": {}, \"self\": {},\n"
      " \"timing\": {{\"keepalive\": {}, \"deadtime\": {}, \"warntime\": {}, \"initdead\": {}, \"deadping\": {}}},\n"
      " \"failback\": {}, \"ipfail\": {}, \"watchdog\": {}, \"stonith\": {}, \"respawn\": {},\n"
      " \"logfile\": {}, \"debugfile\": {}, \"auth\": {}, \"keys\": {},\n"
      " \"parameters\": {{{}}},\n"
      " \"media\": {},\n \"groups\": {},\n \"findings\": {}}}\n",
      words(c.nodes), quoted(c.self), t.keepalive.count(), t.deadtime.count(), t.warntime.count(), t.initdead.count(),
      t.deadping.count(),
      quoted(c.failback == model::Failback::on ? "on" : c.failback == model::Failback::off ? "off" : "legacy"),
      c.uses_ipfail(), quoted(c.watchdog),
      list(c.stonith, [](const model::StonithDevice& d) { return quoted(d.type); }),
      list(c.respawn, [](const model::Respawn& r) { return quoted(r.command); }), quoted(c.log.logfile),
      quoted(c.log.debugfile), quoted(key == c.auth.keys.end() ? "" : method(key->second.method)), c.auth.keys.size(),
      parameters, list(c.media, medium), list(config.haresources.groups, group),
      list(config.diagnostics.all(), finding));
}

}  // namespace hbd::shell
