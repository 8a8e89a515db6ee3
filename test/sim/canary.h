// SPDX-License-Identifier: Apache-2.0
// Electors with a planted bug, to show that the simulator finds each kind:
//   deaf      a node that should let go of a group which another one holds as well keeps it, as
//             Heartbeat 3.0.6 does after a short cut ("Both machines own our resources!")
//   greedy    a node takes what another one holds
//   restless  a node changes its mind with every tick
//   hasty     a node does not wait for a dead one to be reset
//   blind     what is held is not asked whether it still runs, though ha.cf says so
//   nervous   a node is declared dead a quarter of a keepalive too early
//   lazy      a node never takes anything
//   fidgety   a node lets go of what it holds now and then, for no reason
//   sleepless a node asks to be woken for a moment that is past
//   twice     a node runs a second script of a group while one runs
//   stubborn  as deaf, beside a Heartbeat 3.0.6
//   usurping  as greedy, beside a Heartbeat 3.0.6
//   moody     a node's decisions depend on something that is not its input
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "hbd/core/elector.h"

namespace sim {

enum class Bug {
  deaf,
  greedy,
  restless,
  hasty,
  nervous,
  blind,
  lazy,
  fidgety,
  sleepless,
  twice,
  moody,
  stubborn,
  usurping
};

std::optional<Bug> parse_bug(std::string_view name);
/// It shows beside a Heartbeat 3.0.6 only.
inline bool beside_a_heartbeat(Bug bug) {
  return bug == Bug::stubborn || bug == Bug::usurping;
}
/// The check that must find it, as violations name it.
std::string_view found_by(Bug bug);
std::unique_ptr<hbd::core::Elector> with_canary(Bug bug, std::unique_ptr<hbd::core::Elector> inner);

}  // namespace sim
