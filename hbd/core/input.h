// SPDX-License-Identifier: Apache-2.0
// Everything that can happen to the core. The shell turns the world into these and nothing else; the
// simulator and the transcript tests do the same. A recorded sequence of inputs replays any incident.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/instant.h"
#include "hbd/model/cluster.h"
#include "hbd/model/resource.h"
#include "hbd/wire/message.h"

namespace hbd::core {

/// Index of a medium in model::Cluster::media.
using LinkId = std::uint16_t;
/// Unique in the life of a node's generation; never reused.
using JobId = std::uint64_t;

/// The two times of one turn, read once. `wall` is for the `ts` field only.
struct Now {
  base::Mono mono;
  base::Wall wall;
};

/// One packet as it came, not yet verified: hostile bytes.
struct Datagram {
  LinkId link = 0;
  std::string bytes;
  std::string from;        ///< sender's address as text, for logs and limits
  base::Mono received_at;  ///< when the shell drained it from the link (never earlier): our lateness is not
                           ///< the peer's
};

/// A wake-up that next_wake() asked for. The shell drains every link before it delivers one.
struct Tick {
  base::Mono planned;  ///< the time asked for; now - planned is our own stall
  std::string load;    ///< /proc/loadavg without its newline, or "n/a": the `ld` field
};

/// The end of a job asked for by effect.h RunJob. Exactly one for each.
struct JobDone {
  JobId id = 0;
  enum class End { exited, killed_by_signal, timed_out, could_not_run } end = End::exited;
  int code = 0;        ///< exit status or signal number
  /// First 1 KiB of its standard output. Of `status`, whose output decides what it means, a longer one is
  /// replaced by the words of it that count.
  std::string output;
  bool ok() const { return end == End::exited && code == 0; }
};

/// A medium of ours stopped or resumed working (socket error, interface gone).
struct LinkChange {
  LinkId link = 0;
  bool up = true;
  std::string reason;
};

/// An operator's word or the parent's.
struct Shutdown {};
struct Standby {
  model::Holding what = model::Holding::all;
};  ///< hb_standby: give these up
struct Takeover {
  model::Holding what = model::Holding::all;
};  ///< hb_takeover: ask the peer to give (ours seen from us)
struct NewKeys {
  model::AuthKeys keys;
};  ///< authkeys changed on SIGHUP
struct NewResources {
  model::Haresources resources;
};  ///< haresources changed on SIGHUP

/// A message that a local API client or the control FIFO wants sent to the cluster.
struct LocalMessage {
  std::string client;  ///< name of the API client; empty for the FIFO (root)
  wire::Message message;
};

using Input = std::variant<Datagram, Tick, JobDone, LinkChange, Shutdown, Standby, Takeover, NewKeys,
                           NewResources, LocalMessage>;

}  // namespace hbd::core
