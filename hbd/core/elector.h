// SPDX-License-Identifier: Apache-2.0
// The election protocol as the core sees it: it hears inputs, speaks packets, and says which groups this node
// should hold. It knows nothing of scripts. elect/heartbeat is the first one; VRRP is to arrive as a second
// folder.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "hbd/core/effect.h"
#include "hbd/core/input.h"
#include "hbd/core/snapshot.h"

namespace hbd::core {

/// What an elector may do during one call.
class Council {
 public:
  virtual ~Council() = default;
  /// Pass-through effects: Transmit, Publish, ToClients, PauseClients, Fence, Nodes, Finish.
  virtual void emit(Effect effect) = 0;
  /// This node should (not) hold group `index` of haresources. The engine runs the scripts and reports by
  /// settled(). `reason` is one sentence for the operator.
  virtual void want(std::size_t index, bool hold, std::string reason) = 0;
  /// This node keeps group `index` after another one let go of it: tell the network where its addresses live.
  virtual void announce(std::size_t index) = 0;
  /// What the scripts have really brought about so far.
  virtual GroupState state(std::size_t index) const = 0;
  /// The group is starting, but only `status` has been asked so far: a change of mind costs nothing yet.
  virtual bool untouched(std::size_t index) const = 0;
  /// How often the group was found not to stop, after all the attempts that a stop has: 0 while there is hope.
  virtual int stuck(std::size_t index) const = 0;
};

class Elector {
 public:
  virtual ~Elector() = default;
  virtual void start(Now now, Council& council) = 0;
  /// Every input except JobDone of resource jobs, and NewResources that the engine refused: those of other groups.
  virtual void step(Now now, const Input& input, Council& council) = 0;
  /// Group `index` has come to rest: held, released or failed.
  virtual void settled(Now now, std::size_t index, Council& council) = 0;
  virtual base::Mono next_wake() const = 0;
  /// Fills self, status, generation, comm_up, transition, holding, nodes.
  virtual void describe(Snapshot& out) const = 0;
  virtual std::string save() const = 0;
  virtual bool restore(std::string_view memento) = 0;
};

}  // namespace hbd::core
