// SPDX-License-Identifier: Apache-2.0
// Seeded pseudo-random numbers, always passed in: the same seed gives the same run. Not for secrets.
#pragma once

#include <cstdint>

namespace base {

/// SplitMix64: one word of state, good enough for jitter and for the simulator's faults.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
  }
  /// Uniform in [0, n); n > 0. The bias of the remainder does not matter here.
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  /// Uniform in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
  }

 private:
  std::uint64_t state_;
};

}  // namespace base
