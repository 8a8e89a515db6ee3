// SPDX-License-Identifier: Apache-2.0
// The one question of the cluster: given who is alive, what each says it holds, the failback policy and
// standing requests, who should hold each group? Every node answers it for itself, from what it has heard;
// the rules are such that the answers agree as soon as the nodes have heard each other:
//
//   - A holder keeps its group until it has a reason of its own to give it away. Nobody takes what a live
//     node claims.
//   - Who has begun to take a group, but has only asked its scripts so far, gives way to whoever turns up
//     with any part of it.
//   - Nothing is begun before every live Upbeat has said that it knows of it; evaluate() sees to that.
//   - What a dead node may hold is touched only when that node was reset, where there is a device to reset it
//     with.
//   - Nothing that nobody claims is taken while a live node is out of touch: silent for a while, or saying
//     that it does not hear us. It may be taking the same just now, and neither would know; it will be heard,
//     or be dead.
//   - What nobody claims goes to its preferred node, else to the first node by name that can (their order in
//     ha.cf may be another on each node); a node that does not act in time is passed over.
//   - If two hold the same group (a healed partition), one rule names the keeper on both sides without any
//     talk; see keeps(). The keeper is not interrupted, the other releases at once.
//   - A node that cannot hear us will never yield to us, so we yield to it.
//   - Heartbeat 3.0.6 after a partition drops everything and restarts, so against one of those we keep; but
//     if it has not noticed the partition, it never will, and we yield.
//
// Total: there is an answer for every combination of claims. Pure, and knows nothing of messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hbd::elect::heartbeat {

/// What a node says of one group.
enum class Claim : std::uint8_t {
  none,     ///< does not hold it
  yielded,  ///< does not hold it, and gave it away on purpose
  failed,   ///< does not hold it: its start failed there
  asking,   ///< is about to start it, but has only asked its scripts for their status so far
  starting,
  held,
  stopping,  ///< parts of it may still be up
};
constexpr bool active(Claim c) {
  return c >= Claim::asking;
}

constexpr bool held_or_soon(Claim c) {
  return c >= Claim::asking && c <= Claim::held;
}

struct GroupClaim {
  Claim claim = Claim::none;
  /// Each taking of a group counts one up over all terms heard of: the lower holds longer.
  std::uint64_t term = 0;
  bool operator==(const GroupClaim&) const = default;
};

/// One configured node, as arbitration sees it.
struct Seat {
  std::string name;
  bool alive = false;     ///< heard lately and not gone; or dead but not fenced yet
  bool ready = false;     ///< takes part in arbitration
  bool known = false;     ///< has said what it holds
  bool upbeat = false;    ///< arbitrates by these rules; else a Heartbeat 3.0.6
  bool deaf = false;      ///< has been saying for a while that it does not hear us
  bool stubborn = false;  ///< a Heartbeat 3.0.6 that had time to drop what we hold as well, and did not
  std::vector<GroupClaim> claims;
  bool sovereign = false;  ///< takes its own groups itself whenever it lives, and leaves them to nobody
  bool fencing = false;    ///< dead, and not known to be off yet: what it claims is still its own
  bool in_touch = true;    ///< we heard it just now, and it hears us; of a Heartbeat, nothing that it said is missing
};

/// What this node has in mind for one group.
struct Standing {
  bool yield = false;          ///< give it away (standby, shutdown)
  bool pinned = false;         ///< came here on purpose: no failback until its preferred node was away
  bool patience_over = false;  ///< nobody has claimed it for so long that order no longer matters
  bool dropped = false;        ///< we do not want it, whatever of it may still be up here
};

struct Bench {
  std::size_t self = 0;
  std::vector<Seat> seats;             ///< in this node's own order
  std::vector<std::size_t> preferred;  ///< seat of each group
  std::vector<Standing> standing;      ///< of each group
  bool failback = false;
};

struct Verdict {
  bool hold = false;
  std::optional<std::size_t> offer;  ///< held here, but this seat should have it: hand it over
  std::optional<std::size_t> rival;  ///< held there as well
  std::string reason;
};

Verdict decide(const Bench& bench, std::size_t group);

/// Of two nodes that both claim a group: does `self` keep it? keeps(a, b) and keeps(b, a) never agree as long
/// as both sides run Upbeat and hear each other.
bool keeps(const Bench& bench, std::size_t group, std::size_t self, std::size_t rival);

}  // namespace hbd::elect::heartbeat
