// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/hearers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hbd::elect::heartbeat {

namespace {
std::optional<std::uint64_t> number(std::string_view hex) {
  return base::parse_number<std::uint64_t>(hex, 16);
}
}  // namespace

std::string heard_word(std::string_view name, std::uint64_t generation, std::uint64_t status) {
  return fmt::format("{}:{:x}:{:x}", name, generation, status);
}

bool is_heard(std::string_view field, std::string_view name) {
  const auto words = base::words(field);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return base::split(word, ':').front() == name; });
}

std::optional<std::uint64_t> heard_through(std::string_view field, std::string_view name, std::uint64_t generation) {
  for (const auto word : base::words(field)) {
    const auto parts = base::split(word, ':');
    if (parts.size() == 3 && parts[0] == name && number(parts[1]) == generation) return number(parts[2]);
  }
  return std::nullopt;
}

}  // namespace hbd::elect::heartbeat
