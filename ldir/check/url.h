// SPDX-License-Identifier: Apache-2.0
// The URLs of http checks: what a redirect names, resolved against the page that sent it (RFC 3986 §5.2,
// without the dots of paths), and what a proxy is asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ldir::check {

struct Url {
  bool tls = false;
  std::string host;         ///< without brackets
  std::uint16_t port = 80;  ///< the scheme's where none is written
  std::string path = "/";   ///< with its query, without a fragment
  /// As a Host header wants it: the port only where it is not the scheme's.
  std::string authority() const;
  std::string str() const;
};

/// http and https only; nullopt for other schemes and for what is no URL.
std::optional<Url> parse_url(std::string_view text);
/// `reference` as it stands in a Location header of the page `base`.
std::optional<Url> resolve_url(const Url& base, std::string_view reference);
/// Blanks and whatever else may not stand in a request line, as %XX; what is escaped already stays.
std::string escaped_path(std::string_view path);

}  // namespace ldir::check
