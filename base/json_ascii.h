// SPDX-License-Identifier: Apache-2.0
// JSON in ASCII for what `-t --json` of both daemons prints: a file may hold any bytes, and each has its own escape, so
// that a reader gets back exactly what the file said (as Latin-1). For text that people read: json_quoted in base/text.h.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>

namespace base {

inline std::string json_ascii(std::string_view text) {
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

/// An array of what `make` says of each.
template <typename List, typename Make>
std::string json_list(const List& of, Make make) {
  std::string out = "[";
  for (const auto& one : of) out += (out.size() > 1 ? ", " : "") + std::string(std::invoke(make, one));
  return out + "]";
}

}  // namespace base
