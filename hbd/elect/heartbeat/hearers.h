// SPDX-License-Identifier: Apache-2.0
// Whom an Upbeat hears, as a field of its status (`ubhears`, ours; a Heartbeat 3.0.6 does not see it): a word for each,
// with its name, the generation that it is heard in, and the number of its newest status, "alice:66:1f bob:3f:2".
//
// Without the generation, a status of before its last restart, sent again because a third node had missed it, would be
// taken by who has just started for one that is said to it: with what was held then, and as a sign that it is heard. By
// the number it knows that what it takes is known there, before it starts anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hbd::elect::heartbeat {

/// One word of the field; both numbers in hexadecimal, as `hg` and `seq`.
std::string heard_word(std::string_view name, std::uint64_t generation, std::uint64_t status);

/// Whether the field says that node `name` is heard, in whatever generation.
bool is_heard(std::string_view field, std::string_view name);
/// The number of its newest status that is known there; none when it is not heard in that generation.
std::optional<std::uint64_t> heard_through(std::string_view field, std::string_view name, std::uint64_t generation);

}  // namespace hbd::elect::heartbeat
