// SPDX-License-Identifier: Apache-2.0
// The last turns in the life of one real server, for people who come later and ask what happened. Bounded: a server
// that flaps all night costs no more than one that flapped kMostTurns times, and one that never changes costs one
// entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"

namespace ldir::core {

enum class Turn : std::uint8_t {
  up,           ///< a check passed, or the kernel's table was found to hold it
  down,         ///< its checks failed failurecount times
  maintenance,  ///< a file takes it out
  back,         ///< the file has gone
  weight,       ///< an operator gave it another weight by hand
};
const char* name(Turn turn);  ///< "up", "down", "maintenance", "back", "weight"

struct Transition {
  base::Mono at{};
  Turn turn = Turn::up;
  std::string reason;  ///< at most kLongestReason bytes, which may be no UTF-8: servers have a say in them
};

class Timeline {
 public:
  static constexpr std::size_t kMostTurns = 8, kLongestReason = 96;
  void note(base::Mono at, Turn turn, std::string_view reason);
  /// Oldest first.
  const std::vector<Transition>& turns() const { return turns_; }

 private:
  std::vector<Transition> turns_;
};

}  // namespace ldir::core
