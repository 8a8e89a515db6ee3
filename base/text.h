// SPDX-License-Identifier: Apache-2.0
// Small string work shared by all parsers: split, trim, strict numbers, printable forms, did-you-mean.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

inline constexpr std::string_view kBlanks = " \t\r\n\v\f";

std::string_view trim(std::string_view s, std::string_view drop = kBlanks);

/// Words separated by any run of the characters in `separators`; no empty words.
std::vector<std::string_view> words(std::string_view s, std::string_view separators = kBlanks);

/// Fields separated by exactly one `separator`; empty fields are kept, so "a,,b" has three.
std::vector<std::string_view> split(std::string_view s, char separator);

std::string to_lower(std::string_view s);
bool iequals(std::string_view a, std::string_view b);
std::string join(std::span<const std::string> parts, std::string_view separator);

/// The whole of `s` as an integer in `base`; nullopt on an empty string, junk, a sign for unsigned T, or overflow.
template <class T>
std::optional<T> parse_number(std::string_view s, int base = 10) {
  T value{};
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value, base);
  if (error != std::errc{} || end != s.data() + s.size() || s.empty()) return std::nullopt;
  return value;
}

/// Takes the first line off the front of `text`, its newline too; without one, all of it.
std::string_view take_line(std::string_view& text);

/// `s` with control and non-ASCII bytes as \xNN, cut to `limit` bytes with "..." after it: safe in a log line.
std::string printable(std::string_view s, std::size_t limit = 200);

/// `s` with what is not UTF-8 (nor a character: surrogates, beyond U+10FFFF, over-long) replaced by U+FFFD.
std::string utf8(std::string_view s);
/// `s` as a string of JSON, quotes included: whatever bytes it holds, the outcome is valid and UTF-8.
std::string json_quoted(std::string_view s);
/// `s` for the text and the attributes of HTML, whatever bytes it holds.
std::string html_escaped(std::string_view s);

/// The candidate nearest to `word` (case-insensitive edit distance at most a third of its length), or empty.
std::string_view did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

std::string base64_encode(std::string_view bytes);
/// nullopt on anything but standard base64 with padding.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace base
