// SPDX-License-Identifier: Apache-2.0
// How many checks may be under way before the next one starts. Thousands started at once on a machine that cannot answer
// them in time would all be answered late, fail, and be taken for dead servers; a part at a time is answered in time.
// Those that hang do not count: they are older than what is answered takes, and must hold up nobody. No clock in here.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/instant.h"

namespace ldir::shell {

class Crowd {
 public:
  using Ticket = std::uint64_t;

  /// So many may be young at once, or a quarter of all checks: enough for answers that take 0.2 s to come from every
  /// server once in a second.
  static constexpr std::size_t kAlwaysAllowed = 1024;
  /// Young is what is not older than this, or than three times what answers have taken lately.
  static constexpr base::Duration kYouth = std::chrono::milliseconds(250);

  /// Whether one more may start now; `checks` is how many there are.
  bool has_room(base::Mono now, std::size_t checks);
  /// When the oldest one that counts is too old to count; kNever when none counts.
  base::Mono next() const;
  Ticket started(base::Mono now);
  /// `took`: how long the answer took, good or bad; none for one that timed out or was stopped.
  void ended(Ticket ticket, std::optional<base::Duration> took);
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
  base::Duration usual_{}; // what answers take: an average of the last few
};

}  // namespace ldir::shell
