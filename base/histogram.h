// SPDX-License-Identifier: Apache-2.0
// How often a duration fell into which range, since the process began. Adding costs a few comparisons.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/instant.h"

namespace base {

class Histogram {
 public:
  /// `bounds`: ascending upper bounds, each included in its range; they must outlive the histogram (a constexpr table).
  explicit Histogram(std::span<const Duration> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}

  /// Negative durations count as zero.
  void add(Duration value);

  std::span<const Duration> bounds() const { return bounds_; }
  /// Of each range by itself; the last is above all bounds.
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  std::uint64_t total() const { return total_; }
  Duration sum() const { return sum_; }

 private:
  std::span<const Duration> bounds_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  Duration sum_{};
};

}  // namespace base
