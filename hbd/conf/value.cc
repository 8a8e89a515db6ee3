// SPDX-License-Identifier: Apache-2.0
#include "hbd/conf/value.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/addr.h"
#include "base/text.h"
#include "hbd/model/cluster.h"

namespace hbd::conf {

namespace {
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
}
}  // namespace

std::optional<base::Duration> parse_time(std::string_view text) {
  auto unit_at = text.find_first_not_of("0123456789.");
  auto number = text.substr(0, unit_at);
  auto unit = unit_at == std::string_view::npos ? std::string_view{} : text.substr(unit_at);
  std::int64_t nanos = 0;
  if (unit.empty()) nanos = 1'000'000'000;
  if (unit == "ms" || unit == "msec") nanos = 1'000'000;
  if (unit == "us" || unit == "usec") nanos = 1'000;
  if (nanos == 0) return std::nullopt;

  auto dot = number.find('.');
  auto whole = number.substr(0, dot);
  auto fraction = dot == std::string_view::npos ? std::string_view{} : number.substr(dot + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!std::all_of(fraction.begin(), fraction.end(), is_digit)) return std::nullopt;
  std::int64_t units = 0;
  if (!whole.empty()) {
    auto parsed = base::parse_number<std::int64_t>(whole);
    if (!parsed) return std::nullopt;
    units = *parsed;
  }
  if (units > base::Duration(kLongestTime).count() / nanos) return std::nullopt;
  std::int64_t total = units * nanos;
  for (std::int64_t place = nanos / 10; char c : fraction) {
    total += place * (c - '0');
    place /= 10;
  }
  return base::Duration(total);
}

std::optional<bool> parse_bool(std::string_view text) {
  for (std::string_view yes : {"on", "yes", "y", "true", "1"})
    if (base::iequals(text, yes)) return true;
  for (std::string_view no : {"off", "no", "n", "false", "0"})
    if (base::iequals(text, no)) return false;
  return std::nullopt;
}

bool is_node_name(std::string_view text) {
  return !text.empty() && text.size() <= model::kMaxNodeName && std::all_of(text.begin(), text.end(), is_name_char);
}

bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  if (base::IpAddress::parse(text.substr(0, text.find('%')))) return true;
  // 300.1.1.1 is a slip of the finger, and no name that a resolver would ever find.
  if (text.find_first_not_of("0123456789.") == std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), is_name_char) && text.front() != '-';
}

std::string show_time(base::Duration d) {
  auto ms = base::to_ms(d);
  if (base::Duration(base::Millis(ms)) != d) return fmt::format("{}us", d.count() / 1000);
  if (ms < 1000 && ms != 0) return fmt::format("{}ms", ms);
  if (ms % 1000 == 0) return fmt::format("{}s", ms / 1000);
  return fmt::format("{:g}s", static_cast<double>(ms) / 1000);
}

}  // namespace hbd::conf
