// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/refusal.h"

#include <array>

namespace hbd::wire {

std::string_view word(RefusalKind kind) {
  constexpr std::array<std::string_view, kRefusalKinds> words = {"garbage", "truncated",        "oversized",
                                                                 "no_mac",  "wrong_key_number", "wrong_mac"};
  auto at = static_cast<std::size_t>(kind);
  return at < words.size() ? words[at] : std::string_view{};
}

}  // namespace hbd::wire
