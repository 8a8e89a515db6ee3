// SPDX-License-Identifier: Apache-2.0
// Which sequence numbers of one peer, in one generation, have come, and which gaps to ask for and when (reference,
// 3.1 and 3.2). Numbers only: messages and their order of delivery belong to transport.h. Bounded whatever comes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/instant.h"
#include "base/rng.h"

namespace hbd::elect::heartbeat {

class PeerSequence {
 public:
  static constexpr std::uint64_t kMaxGap = 250;                ///< beyond it the original gives up on the gap
  static constexpr std::uint64_t kMaxSequence = 1ull << 48;    ///< no sender counts so far; more is nonsense
  static constexpr base::Millis kRequestInterval{250};
  static constexpr base::Millis kRequestFloor{50};             ///< peers reorder within this by themselves
  static constexpr int kMaxRequests = 40;                      ///< per packet: ten seconds
  static constexpr std::size_t kMaxRequestsPerTurn = 50;

  enum class Fate : std::uint8_t {
    first,      ///< nothing was expected: tracking starts here
    next,       ///< just the one
    ahead,      ///< leaves a gap
    filled,     ///< one that was missing
    duplicate,  ///< seen before, or given up
    stale,      ///< not later than what was known when the peer was declared dead
    reset,      ///< so far ahead that the gap is given up
  };

  Fate accept(std::uint64_t sequence, base::Mono now, base::Rng& rng, base::Millis max_delay);

  struct Due {
    std::vector<std::uint64_t> ask;      ///< oldest first
    std::vector<std::uint64_t> overdue;  ///< of these, asked for the first time now: the loss is real
    std::vector<std::uint64_t> given_up;
  };
  Due due(base::Mono now);
  base::Mono next_wake() const;

  /// Will never come. False when it was not missing.
  bool give_up(std::uint64_t sequence);
  /// Forgets gaps, keeps the highest number as a floor: what follows a declared death.
  void suspend();

  bool started() const { return last_ != 0; }
  std::uint64_t last() const { return last_; }
  bool has_gaps() const { return !missing_.empty(); }
  std::size_t missing() const { return missing_.size(); }
  /// The first missing number not below `from`, if any.
  std::optional<std::uint64_t> gap_from(std::uint64_t from) const;
  /// Everything up to here has come or was given up.
  std::uint64_t complete_through() const;

  /// For a memento.
  std::uint64_t floor() const { return floor_; }
  std::vector<std::uint64_t> gaps() const;
  void restore(std::uint64_t last, std::uint64_t floor, const std::vector<std::uint64_t>& gaps, base::Mono now);

 private:
  struct Request {
    base::Mono due;
    int made = 0;
  };
  std::uint64_t last_ = 0;
  std::uint64_t floor_ = 0;
  std::map<std::uint64_t, Request> missing_;
};

}  // namespace hbd::elect::heartbeat
