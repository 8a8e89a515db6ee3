// SPDX-License-Identifier: Apache-2.0
// Whom an Upbeat hears, as a field of its status (`ubhears`, ours; a Heartbeat 3.0.6 does not see it): a word for each,
// its name and the generation that it is heard in, "alice:66 bob:3f". Without the generation, a status of before its
// last restart, sent again because a third node had missed it, would be taken by who has just started for one that is
// said to it: with what was held then, and as a sign that it is heard.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hbd::elect::heartbeat {

/// One word of the field; the generation in hexadecimal, as in `hg`.
std::string heard_word(std::string_view name, std::uint64_t generation);

/// Whether the field says that node `name` is heard; the second also, in which generation.
bool is_heard(std::string_view field, std::string_view name);
bool is_heard(std::string_view field, std::string_view name, std::uint64_t generation);

}  // namespace hbd::elect::heartbeat
