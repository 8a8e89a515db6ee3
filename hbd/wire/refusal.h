// SPDX-License-Identifier: Apache-2.0
// Why bytes from outside were not taken for a message. A refusal is counted and logged at a bounded rate by whoever
// receives; it never holds a MAC that would have been right, nor the packet itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hbd::wire {

enum class RefusalKind : std::uint8_t {
  garbage,           ///< not a message, or a field that cannot be
  truncated,         ///< ends before its own lengths or end mark say
  oversized,         ///< longer, deeper, or with more fields than a message may be
  no_mac,            ///< well formed, but nothing authenticates it
  wrong_key_number,  ///< signed with a key number that authkeys does not list
  wrong_mac,         ///< signed with something else than our key of that number
};
inline constexpr int kRefusalKinds = 6;

struct Refusal {
  RefusalKind kind = RefusalKind::garbage;
  std::string detail;  ///< one printable sentence, safe in a log line
};

/// "garbage" "truncated" ...: for counters.
std::string_view word(RefusalKind kind);

}  // namespace hbd::wire
