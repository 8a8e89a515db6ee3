// SPDX-License-Identifier: Apache-2.0
// Everything the core can ask of the world. Effects of one step are carried out in order; none has an answer
// except RunJob and Fence, whose answers are inputs.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/event.h"
#include "hbd/core/input.h"

namespace hbd::core {

/// Send `bytes` once on `link`, or on every medium that is not a ping medium.
struct Transmit {
  std::optional<LinkId> link;
  std::string bytes;
};

enum class Verb : std::uint8_t { status, start, stop };

/// Run one resource script of haresources: resources.groups[group].resources[resource]. The parent process
/// looks the script up itself and refuses anything that haresources does not name.
struct RunJob {
  JobId id = 0;
  std::uint16_t group = 0;
  std::uint16_t resource = 0;
  Verb verb = Verb::status;
  base::Millis limit{0};  ///< after it: SIGTERM, then SIGKILL to the process group, JobDone timed_out
};

struct CancelJob {
  JobId id = 0;
};  ///< kill it; its JobDone still comes
struct Publish {
  base::Event event;
};
struct ToClients {
  wire::Message message;
};  ///< to API clients that want such messages (to_id restricts)

/// Peers lag behind with what this node says: what API clients want to say waits until the opposite is asked for.
struct PauseClients {
  bool pause = false;
};

/// Ids of fences begin here, those of scripts end before.
inline constexpr JobId kFirstFence = 1ull << 63;

/// Reset this node by the devices of ha.cf, the first that works. The answer is a JobDone: ok() only when the
/// node is known to be off or starting anew. One whose id is under way already starts nothing new.
struct Fence {
  JobId id = 0;
  std::string node;
};

/// This node can not let go of what it must let go of: reset it, if the operator's policy says so. It goes on
/// trying, and claims what it holds, until that has happened.
struct Reboot {
  std::string reason;
};

/// The core's memory of what must survive the death of the unprivileged process: opaque, kept by the shell,
/// given back to Engine at the next start. Replaces the previous one.
struct Remember {
  std::string memento;
};

/// The cluster is these nodes from now on, ourselves among them: what ha.cf lists, and what hb_addnode and hb_delnode have
/// changed since. Said at a start only where the two differ.
struct Nodes {
  std::vector<std::string> names;
};

/// All is released and said; leave. `restart`: start again with a new generation.
struct Finish {
  bool restart = false;
};

using Effect = std::variant<Transmit, RunJob, CancelJob, Publish, ToClients, PauseClients, Fence, Reboot, Remember, Nodes, Finish>;
using Effects = std::vector<Effect>;

}  // namespace hbd::core
