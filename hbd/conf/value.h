// SPDX-License-Identifier: Apache-2.0
// The value syntaxes of ha.cf: times, booleans, node names. Strict where Heartbeat fails in silence.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace hbd::conf {

/// A decimal number, fraction allowed; no unit = seconds, `ms` or `msec`, `us` or `usec`. Nothing else, nothing
/// negative, at most kLongestTime. (Reference: ha.cf, time syntax.)
std::optional<base::Duration> parse_time(std::string_view text);
inline constexpr base::Seconds kLongestTime{30 * 24 * 3600};

/// on yes y true 1 / off no n false 0, any case.
std::optional<bool> parse_bool(std::string_view text);

/// Letters, digits and . - _, at most kMaxNodeName bytes, as `uname -n` could give it.
bool is_node_name(std::string_view text);

/// Something that can be looked up: an address of either family (a scope after % allowed) or a host name.
bool is_host(std::string_view text);

/// "2s", "500ms", "1.5s": for messages.
std::string show_time(base::Duration d);

}  // namespace hbd::conf
