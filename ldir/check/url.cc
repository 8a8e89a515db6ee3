// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/url.h"

#include <fmt/format.h>

#include "base/text.h"

namespace ldir::check {

std::string Url::authority() const {
  auto out = host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) out += fmt::format(":{}", port);
  return out;
}

std::string Url::str() const {
  return (tls ? "https://" : "http://") + authority() + path;
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  const auto scheme = text.substr(0, text.find("://"));
  if (base::iequals(scheme, "https"))
    url.tls = true;
  else if (!base::iequals(scheme, "http"))
    return std::nullopt;
  if (scheme.size() == text.size()) return std::nullopt;
  text.remove_prefix(scheme.size() + 3);
  text = text.substr(0, text.find('#'));
  auto authority = text.substr(0, text.find_first_of("/?"));
  const auto path = text.substr(authority.size());
  authority.remove_prefix(authority.rfind('@') == authority.npos ? 0 : authority.rfind('@') + 1);
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == authority.npos) return std::nullopt;
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
    port = port.substr(port.empty() ? 0 : 1);
  } else {
    const auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != authority.npos) port = authority.substr(colon + 1);
  }
  if (url.host.empty() || url.host.size() > 255) return std::nullopt;
  for (const char c : url.host)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return std::nullopt;
  url.port = url.tls ? 443 : 80;
  if (!port.empty()) {
    const auto number = base::parse_number<std::uint16_t>(port);
    if (!number || *number == 0) return std::nullopt;
    url.port = *number;
  }
  url.path = escaped_path(path);
  if (!url.path.starts_with('/')) url.path.insert(0, 1, '/');
  return url;
}

std::optional<Url> resolve_url(const Url& base, std::string_view reference) {
  reference = base::trim(reference.substr(0, reference.find('#')));
  if (reference.starts_with("//")) return parse_url((base.tls ? "https:" : "http:") + std::string(reference));
  // A scheme ends at the first colon, if no slash or query comes before it.
  const auto mark = reference.find_first_of(":/?");
  if (mark != reference.npos && reference[mark] == ':') return parse_url(reference);
  auto url = base;
  if (reference.empty()) return url;
  const auto path = std::string_view(base.path).substr(0, base.path.find('?'));
  if (reference.front() == '/')
    url.path = escaped_path(reference);
  else if (reference.front() == '?')
    url.path = std::string(path) + escaped_path(reference);
  else
    url.path = std::string(path.substr(0, path.rfind('/') + 1)) + escaped_path(reference);
  return url;
}

std::string escaped_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto u = static_cast<unsigned char>(c);
    if (u > 0x20 && u < 0x7f && c != '"' && c != '<' && c != '>')
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "%{:02X}", u);
  }
  return out;
}

}  // namespace ldir::check
