// SPDX-License-Identifier: Apache-2.0
// One simulated life of a cluster, everything about it derived from the seed: faults for a while (nothing bad
// may ever be seen), then everything is healed (all must be well in the end).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test/sim/canary.h"
#include "test/sim/world.h"

namespace sim {

struct Options {
  std::uint64_t seed = 1;
  int nodes = 0;              ///< 0: as the seed says
  bool trace = false;         ///< print what happens
  bool packets = false;       ///< and each packet, as it is received
  std::optional<Bug> canary;  ///< plant this bug
  bool classic = false;       ///< every seed with a Heartbeat 3.0.6 in one seat
  bool nodes_change = false;  ///< hb_addnode and hb_delnode all the while
};

struct Result {
  std::vector<std::string> violations;
  std::string setup;  ///< one line: what the seed made of it
  std::uint64_t hash = 0, steps = 0, packets = 0;
  Tally tally;                    ///< faults and events: how often
  Duration both{};                ///< the longest that two served the same group and heard each other
  Duration one_holder{}, rest{};  ///< what it took after all faults to one holder of each group; to rest
  Duration beside{};              ///< as both, of a pair with a Heartbeat 3.0.6
  Duration converge{};            ///< what it took from the heal of the last cut to one holder of each group
};

Result run(const Options& options);

/// What a swarm of any size worth its name must have met; each is a name in Result::tally.
const std::vector<std::string_view>& expected();

}  // namespace sim
