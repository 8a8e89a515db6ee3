// SPDX-License-Identifier: Apache-2.0
#include "hbd/model/limit.h"

#include <cstdint>

#include "base/text.h"

namespace hbd::model {

bool is_limit(std::string_view name) {
  for (const auto head : {kStartLimit, kStopLimit, kStatusLimit, kStatusEvery})
    if (name.starts_with(head) && (name.size() == head.size() || name[head.size()] == '_')) return true;
  return false;
}

std::optional<base::Millis> parse_limit(std::string_view value) {
  constexpr std::uint32_t kMost = 1'000'000;
  const auto seconds = base::parse_number<std::uint32_t>(value);
  if (!seconds || *seconds > kMost) return std::nullopt;
  return base::Seconds(*seconds);
}

}  // namespace hbd::model
