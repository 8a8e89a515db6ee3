// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <array>

namespace base {

namespace {
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}  // namespace

std::string_view trim(std::string_view s, std::string_view drop) {
  auto first = s.find_first_not_of(drop);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(drop) - first + 1);
}

std::vector<std::string_view> words(std::string_view s, std::string_view separators) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0;;) {
    at = s.find_first_not_of(separators, at);
    if (at == std::string_view::npos) return out;
    auto end = std::min(s.find_first_of(separators, at), s.size());
    out.push_back(s.substr(at, end - at));
    at = end;
  }
}

std::vector<std::string_view> split(std::string_view s, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    auto end = s.find(separator);
    out.push_back(s.substr(0, end));
    if (end == std::string_view::npos) return out;
    s.remove_prefix(end + 1);
  }
}

std::string to_lower(std::string_view s) {
  std::string out(s);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool iequals(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty() || &part != parts.data()) out += separator;
    out += part;
  }
  return out;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string printable(std::string_view s, std::size_t limit) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (char c : s) {
    if (out.size() >= limit) return out + "...";
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
    }
  }
  return out;
}

namespace {

/// The length of the UTF-8 character at the start of `s`; 0 when there is none.
std::size_t character_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first < 0xe0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length == 0 || length > s.size()) return 0;
  // The second byte rules out what is written longer than need be, surrogates and what is beyond the last character.
  const auto low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const auto high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return length;
}

}  // namespace

std::string utf8(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  while (!s.empty()) {
    const auto length = character_length(s);
    if (length == 0)
      out += "\xef\xbf\xbd";
    else
      out += s.substr(0, length);
    s.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string json_quoted(std::string_view s) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (char c : utf8(s)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < 0x20 || byte == 0x7f)
      out += {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
    else
      out += c;
  }
  return out + '"';
}

std::string html_escaped(std::string_view s) {
  std::string out;
  for (char c : utf8(s)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      case '\n':
      case '\t': out += c; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          out += "\xef\xbf\xbd";
        else
          out += c;
    }
  }
  return out;
}

std::string_view did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > 64) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (auto candidate : candidates) {
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j < row.size(); ++j) {
        std::size_t change = diagonal + (lower(word[i - 1]) == lower(candidate[j - 1]) ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t block = 0;
    for (std::size_t k = 0; k < 3; ++k)
      block = block << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k > bytes.size() ? '=' : kBase64[block >> (18 - 6 * k) & 63];
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t block = 0;
    std::size_t padding = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      char c = text[i + k];
      bool last_group = i + 4 == text.size();
      if (c == '=' && last_group && k >= 2) {
        ++padding;
        block <<= 6;
        continue;
      }
      auto at = kBase64.find(c);
      if (at == std::string_view::npos || padding > 0) return std::nullopt;
      block = block << 6 | static_cast<std::uint32_t>(at);
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) out += static_cast<char>(block >> (16 - 8 * k) & 0xff);
  }
  return out;
}

}  // namespace base
