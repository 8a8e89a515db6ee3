// SPDX-License-Identifier: Apache-2.0
// The `env` words of ha.cf that say how long resource scripts may take: START_LIMIT, STOP_LIMIT, STATUS_LIMIT, in seconds,
// 0 for no limit; and how often what is held is asked whether it still runs: STATUS_EVERY, 0 for never. With _NAME behind
// it for one script alone.
#pragma once

#include <optional>
#include <string_view>

#include "base/instant.h"

namespace hbd::model {

inline constexpr std::string_view kStartLimit = "START_LIMIT", kStopLimit = "STOP_LIMIT", kStatusLimit = "STATUS_LIMIT",
                                  kStatusEvery = "STATUS_EVERY";

/// Is it one of these words?
bool is_limit(std::string_view name);
/// Zero: none, or never. Nothing: no number of seconds up to 1,000,000.
std::optional<base::Millis> parse_limit(std::string_view value);

}  // namespace hbd::model
