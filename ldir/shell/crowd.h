// SPDX-License-Identifier: Apache-2.0
// How many checks may be under way before the next one starts. Thousands started at once on a machine that cannot answer
// them in time would all be answered late, fail, and be taken for dead servers; a part at a time is answered in time.
// Those that hang do not count: they are older than what is answered takes, and must hold up nobody. No clock in here.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/instant.h"

namespace ldir::shell {

class Crowd {
 public:
  using Ticket = std::uint64_t;

  /// So many may be young at once: a quarter of all checks where answers come in their usual time, enough for every
  /// server once in a second when they take 0.2 s. Where they take ever longer it goes down step by step, to a sixteenth.
  static std::size_t most(std::size_t checks) { return std::max<std::size_t>(1024, checks / 4); }
  static std::size_t least(std::size_t checks) { return std::max<std::size_t>(512, checks / 16); }
  /// Long is this, and four times what they have taken at best: servers that are slow by themselves become no faster by
  /// being asked less. Half the timeout is always too long.
  static constexpr base::Duration kLong = std::chrono::milliseconds(500);
  /// Young is what is not older than this, or than three times what answers have taken lately.
  static constexpr base::Duration kYouth = std::chrono::milliseconds(250);

  /// Whether one more may start now; `checks` is how many there are.
  bool has_room(base::Mono now, std::size_t checks);
  /// When the oldest one that counts is too old to count; kNever when none counts.
  base::Mono next() const;
  Ticket started(base::Mono now);
  /// `took`: how long the answer took, good or bad; none for one that timed out or was stopped.
  void ended(Ticket ticket, std::optional<base::Duration> took, base::Duration timeout);
  std::size_t young() const { return young_; }

 private:
  struct Run {
    base::Mono begun{};
    bool counts = true;
  };
  base::Duration youth() const;

  std::deque<Run> runs_;   // in the order of their start; the first one counts
  Ticket first_ = 1;       // of runs_.front()
  std::size_t young_ = 0;  // those that count
  double limit_ = 0;       // within least() and most()
  base::Duration usual_{}; // what answers take: an average of the last few
  base::Duration best_ = base::Duration::max();  // the lowest that was
};

}  // namespace ldir::shell
