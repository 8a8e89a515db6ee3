// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/check_spec.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ldir/conf/address.h"
#include "ldir/conf/pattern.h"
#include "ldir/conf/words.h"

namespace ldir::conf {

namespace {

using model::CheckType;
using model::ServiceType;

bool negotiates(CheckType type) {
  return type == CheckType::negotiate || type == CheckType::combined;
}

// Each timeout stands in for the other: own first, then the section's other one, then the global ones.
unsigned first_of(std::optional<unsigned> a, std::optional<unsigned> b, std::optional<unsigned> c,
                  std::optional<unsigned> d, unsigned otherwise) {
  for (auto value : {a, b, c, d})
    if (value) return *value;
  return otherwise;
}

// The original keeps a leading "/" on every request and takes it off where the protocol has no paths.
std::string request_as_used(ServiceType service, std::string request) {
  switch (service) {
    case ServiceType::http:
    case ServiceType::https:
    case ServiceType::ftp:
      return request;
    default:
      return request.substr(request.starts_with('/') ? 1 : 0);
  }
}

// A request of a single real server may be a whole URL: it then says what to ask, and whom.
void take_url(model::CheckSpec& spec, const Place& at, const Resolver& resolver, Findings& say) {
  std::string_view scheme = spec.service == ServiceType::https ? "https://" : "http://";
  std::string_view url = spec.request;
  if (url.starts_with('/')) url.remove_prefix(1);
  if (!url.starts_with(scheme)) return;
  url.remove_prefix(scheme.size());
  auto authority = url.substr(0, url.find('/'));
  auto path = url.substr(authority.size());
  auto colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  auto host = authority.substr(0, colon);
  auto port = resolve_port(
      resolver,
      colon == std::string_view::npos ? service_word(spec.service).name : authority.substr(colon + 1), "tcp");
  if (colon == std::string_view::npos) port = service_word(spec.service).port;
  auto address = resolve_host(resolver, host, spec.address.family());
  if (!address || !port || host.empty()) {
    say.error(at.line, at.text,
              fmt::format("invalid URL in the request: {}", host.empty() ? "no host"
                                                            : !address   ? address.error().message
                                                                         : port.error().message));
    return;
  }
  if (spec.virtualhost.empty()) spec.virtualhost = spec.address.bracketed();
  auto kept = path.empty() ? std::string("/") : std::string(path);
  spec.address = *address;
  spec.port = *port;
  spec.request = kept;
}

}  // namespace

void require_pattern(Place at, std::string_view pattern, Findings& say) {
  auto wrong = check_pattern(pattern);
  if (!wrong) return;
  // Tabs in a section count as four blanks, so the offset is one into the text only where there are none.
  auto part = at.text;
  if (part == pattern)
    part = wrong->offset < part.size() ? part.substr(wrong->offset, 1) : part.substr(part.size() - 1);
  say.error(at.line, part,
            fmt::format("invalid receive string: {} at offset {}", wrong->message, wrong->offset));
}

CheckBase check_base(const Section& s, const Global& g, const ipvs::ServiceKey& key, const Resolver& resolver,
                     Findings& say) {
  CheckBase out;
  auto& spec = out.spec;
  spec.type = s.check_type;
  spec.combined_connects = s.combined_connects;
  spec.protocol = key.protocol;
  spec.check_timeout =
      model::seconds(first_of(s.check_timeout, s.negotiate_timeout, g.check_timeout, g.negotiate_timeout, 5));
  spec.negotiate_timeout = model::seconds(
      first_of(s.negotiate_timeout, s.check_timeout, g.negotiate_timeout, g.check_timeout, 30));
  auto interval = g.fork.value_or(false) && s.check_interval ? s.check_interval : g.check_interval;
  spec.interval = model::seconds(interval.value_or(10));
  spec.ping_attempts = s.check_count ? *s.check_count : g.check_count.value_or(1);
  bool mark = key.protocol == ipvs::Protocol::fwm;
  auto derived = mark ? ServiceType::none : service_of_port(key.port);
  spec.service = s.service.value_or(derived);
  out.standard_port = service_word(spec.service).port;
  if (s.check_port) out.check_port = static_cast<std::uint16_t>(*s.check_port);
  out.virtual_port = key.port;
  out.external_args[0] = mark ? std::to_string(key.fwmark) : key.address.bracketed();
  out.external_args[1] = std::to_string(key.port);

  if (s.receive) {
    if (negotiates(s.check_type)) require_pattern(s.receive->at, s.receive->value, say);
    out.receive = s.receive->value;
  }
  out.request = s.request ? s.request->value : "/";
  if (s.check_type == CheckType::external || s.check_type == CheckType::external_perl) {
    spec.command = s.check_command.value_or("/bin/true");
    if (!s.check_command)
      say.warning(s.check_type_at.line, s.check_type_at.text,
                  "without checkcommand /bin/true is run: always up");
  }
  if (!negotiates(s.check_type)) {
    spec.service = ServiceType::none;
    return out;
  }
  spec.virtualhost = s.virtual_host;
  // A page over http may redirect to one over https.
  const bool may_speak_tls = spec.service == ServiceType::http || spec.service == ServiceType::https ||
                             spec.service == ServiceType::imaps || spec.service == ServiceType::pops ||
                             spec.service == ServiceType::ldaps;
  spec.ssl_verify = may_speak_tls && s.ssl_verify.value_or(g.ssl_verify.value_or(false));
  spec.http_method = s.http_method;
  spec.login = s.login;
  spec.passwd = s.passwd;
  spec.database = s.database;
  spec.secret = s.secret;
  // The original fills these in only where the service is written out, and then asks "sip:" with nothing
  // after it.
  auto nobody = "ldirectord@" + resolver.local_name();
  if (spec.service == ServiceType::ftp && spec.login.empty()) spec.login = "anonymous";
  if (spec.service == ServiceType::ftp && spec.passwd.empty()) spec.passwd = nobody;
  if (spec.service == ServiceType::sip && spec.login.empty()) spec.login = nobody;
  if (spec.http_method == "HEAD" && !out.receive.empty())
    say.warning(s.http_method_at.line, s.http_method_at.text,
                "the answer to HEAD has no body, so that receive can never match");
  return out;
}

model::CheckSpec check_of(const CheckBase& base, const RealText& real, const base::IpAddress& address,
                          std::uint16_t port, const Resolver& resolver, Findings& say) {
  auto spec = base.spec;
  spec.address = address;
  if (spec.type == CheckType::external || spec.type == CheckType::external_perl) {
    spec.external_args[0] = base.external_args[0];
    spec.external_args[1] = base.external_args[1];
    spec.external_args[2] = address.bracketed();
    spec.external_args[3] = std::to_string(port);
  }
  bool pings = spec.type == CheckType::ping ||
               (spec.type == CheckType::connect && spec.protocol == ipvs::Protocol::udp);
  if (!pings) spec.ping_attempts = 1;
  if (!negotiates(spec.type) && (spec.type != CheckType::connect || pings)) return spec;

  // checkport, else the real server's port, else that of the service; and rather the virtual's than none at
  // all.
  spec.port = base.check_port      ? *base.check_port
              : port               ? port
              : base.standard_port ? base.standard_port
                                   : base.virtual_port;
  bool needs_port = spec.type == CheckType::connect || spec.service != ServiceType::none;
  if (spec.port == 0 && needs_port)
    say.warning(real.all.line, real.all.text,
                "there is no port to check, so that this real server stays down: add "
                "checkport or a port");
  if (!negotiates(spec.type)) return spec;
  spec.receive = real.receive ? std::string(real.receive->text) : base.receive;
  auto request = real.request ? std::string(real.request->text) : base.request;
  if (!request.starts_with('/')) request.insert(0, "/");
  spec.request = request_as_used(spec.service, std::move(request));
  if (real.request && (spec.service == ServiceType::http || spec.service == ServiceType::https))
    take_url(spec, *real.request, resolver, say);
  if (spec.service == ServiceType::none) spec.request.clear(), spec.receive.clear();
  return spec;
}

std::string never_up(const model::CheckSpec& spec) {
  if (!negotiates(spec.type)) return {};
  const auto needs = [&](std::string_view what) { return fmt::format("service={} needs {}", service_word(spec.service).name, what); };
  switch (spec.service) {
    case ServiceType::mysql:
    case ServiceType::pgsql:
    case ServiceType::oracle:
      if (spec.login.empty()) return needs(spec.request.empty() ? "login and request" : "login");
      return spec.request.empty() ? needs("request") : "";
    case ServiceType::radius:
      return spec.secret.empty() ? needs("secret") : "";
    case ServiceType::http_proxy: {
      const auto scheme = spec.request.substr(0, spec.request.find("://"));
      if (scheme.size() < spec.request.size() && (base::iequals(scheme, "http") || base::iequals(scheme, "https"))) return {};
      return needs("a request that is a whole URL, such as \"http://www.example.com/\"");
    }
    default:
      return {};
  }
}

}  // namespace ldir::conf
