// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/hearers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hbd::elect::heartbeat {

std::string heard_word(std::string_view name, std::uint64_t generation) {
  return fmt::format("{}:{:x}", name, generation);
}

bool is_heard(std::string_view field, std::string_view name) {
  const auto words = base::words(field);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return word.substr(0, word.rfind(':')) == name; });
}

bool is_heard(std::string_view field, std::string_view name, std::uint64_t generation) {
  const auto words = base::words(field);
  return std::find(words.begin(), words.end(), heard_word(name, generation)) != words.end();
}

}  // namespace hbd::elect::heartbeat
