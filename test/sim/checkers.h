// SPDX-License-Identifier: Apache-2.0
// What must never be seen, and what must be seen in the end. Looks at what the agents brought about and at
// snapshots only, so that it serves any elector.
#pragma once

#include <string>
#include <vector>

#include "test/sim/world.h"

namespace sim {

struct Limits {
  Duration grace{};           ///< two nodes that hear each other may serve the same group for so long
  Duration settled{};         ///< a pair that has heard each other for so long knows what the other holds
  bool calm = false;          ///< nothing worse than small delays happens: nobody may be declared dead
  bool strict_start = false;  ///< no loss: a start against a known holder is never excused
};

class Checkers {
 public:
  Checkers(World& world, Limits limits);
  /// After every step: S1 (one holder among those who hear each other).
  void after_step();
  /// Before every effect: S2 (no start against a living holder), S3 (one job per group), S5 (no false death).
  void on_effect(const Host& host, const hbd::core::Effect& effect);
  /// L1: everything is healed for long enough: each group served by exactly one host, the one that says so.
  void check_converged();
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  void fail(std::string what);
  bool hear_each_other(std::size_t a, std::size_t b) const;

  World& world_;
  Limits limits_;
  std::vector<std::vector<Mono>> connected_since_;          ///< kNever while they do not hear each other
  std::vector<std::vector<std::vector<Mono>>> both_since_;  ///< [a][b][group]
  std::vector<std::string> violations_;
};

}  // namespace sim
