// SPDX-License-Identifier: Apache-2.0
// The nodes of the cluster, ping nodes included: what each said last, whether it is alive, and over which
// links it was heard. Says what changed; draws no conclusion about resources.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hbd/core/effect.h"
#include "hbd/core/snapshot.h"
#include "hbd/elect/heartbeat/arbitrate.h"
#include "hbd/elect/heartbeat/liveness.h"
#include "hbd/model/cluster.h"

namespace hbd::elect::heartbeat {

struct LinkState {
  std::string name;
  bool up = false;
  base::Mono last{};
  std::uint64_t newest = 0;  ///< number of the newest packet that came by it; 0 = none yet
  std::uint64_t received = 0, late = 0, lost = 0;
};

struct Node {
  std::string name;
  bool ping = false;
  std::string status = "init";  ///< its own word; "dead" is ours
  bool heard = false;           ///< ever, by this process
  bool alive = false;
  Pulse pulse;
  base::Duration said_limit{};  ///< the dead time it announced; zero while unknown
  bool joined = false;          ///< a ping node that ha.cf has got since our start, and that has not answered yet
  bool newcomer = false;        ///< a node that was added since our start: until anybody hears it, nothing is taken for its own
  bool restarted = false;       ///< its first status of a new generation is being read
  std::vector<LinkState> links;
  int weight = core::NodeView::kDefaultWeight;  ///< of hb_setweight; shown, and never looked at
  std::string site{};                           ///< of hb_setsite; likewise

  // Normal nodes only.
  bool upbeat = false;  ///< its status carries the field that says so
  bool known = false;   ///< has said what it holds
  bool stable = false;  ///< of a Heartbeat 3.0.6: isstable of its last `resource`
  /// In auto_failback legacy: has its own groups, asks for them, says of none what it holds.
  bool by_request = false;
  bool left = false;     ///< sent `shutdone`: alive perhaps, but out of the game
  bool fencing = false;  ///< dead, held something, and not known to be off yet
  bool asks_reset = false;  ///< can not let go, and says so; still set when it has been reset, until it starts anew
  bool hears_us = true;
  std::uint64_t knows_through = 0;  ///< the number of our newest status that it knows; of an Upbeat
  std::optional<base::Mono>
      spoke_at;                ///< its last status came then or later; none heard by this process: none
  base::Duration keepalive{};  ///< of its ha.cf; zero while unknown
  base::Mono deaf_since = base::kNever;
  std::string digest;         ///< of its haresources
  std::string settings;       ///< what its ha.cf says that ours must say, too
  bool files_differ = false;  ///< one of the two is not as ours
  std::string changes;        ///< digest of what it knows of hb_addnode and hb_delnode
  bool asked_for_nodes = false;               ///< and has not answered yet
  base::Mono ask_for_nodes_at{};              ///< not again before
  base::Duration ask_for_nodes_pause{};
  std::vector<GroupClaim> claims;
  /// In auto_failback legacy, of groups that prefer us: has answered that we may have it, and we have not taken it since.
  /// Good until then; in the past: there is none.
  std::vector<base::Mono> answer_until;
  // Of a Heartbeat 3.0.6 that perhaps does not hear us:
  base::Mono gaps_since = base::kNever;  ///< something that it said is missing, and it does not send it again
  std::uint64_t stale_through = 0;             ///< what it said up to here is no news of what it holds
  std::uint64_t at_rest_in = 0;                ///< the number of its newest word that it is at rest
  // Of a Heartbeat 3.0.6 after a partition:
  std::vector<GroupClaim> claims_before;     ///< what it held when it was declared dead, or has said since
  bool known_again = false;                 ///< and whether it has said all since
  bool returned = false;                     ///< it should now drop everything and start again
  base::Mono conflict_since = base::kNever;  ///< it and we hold the same
  int asked_to_give = 0;                     ///< since then, so often
  base::Mono denied_at = base::kNever;       ///< it has said since then that it has not what it is giving us

  /// Takes part in arbitration.
  bool in_game() const { return alive && !left; }
  bool ready() const { return in_game() && status == "active" && known && (upbeat || stable); }
};

class Membership {
 public:
  /// Indices of nodes are those of cluster.nodes; ping nodes follow.
  Membership(const model::Cluster& cluster, std::size_t groups);

  std::size_t self() const { return self_; }
  std::size_t normal_nodes() const { return normal_; }
  std::vector<Node>& nodes() { return nodes_; }
  const std::vector<Node>& nodes() const { return nodes_; }
  Node* find(std::string_view name);
  /// The ping node that answers on this medium, or null.
  Node* ping_on(core::LinkId link);
  const std::string& link_name(core::LinkId link) const;

  void begin(base::Mono now);
  /// The normal nodes are `names` from now on, ourselves among them. Those that stay keep all; new ones begin as at a
  /// start, and are dead after `limit` of silence. `groups`: for each group its number so far (Registry::numbers_in).
  void reseat(const std::vector<std::string>& names, const std::vector<std::size_t>& groups, base::Mono now,
              base::Duration limit);
  /// Any genuine packet came over a link; `number`: its sender's, 0 when it has none.
  void link_heard(Node& node, std::string_view link, std::uint64_t number, base::Mono at, core::Effects& out);
  /// It counts from the beginning again.
  static void new_numbers(Node& node);
  /// Own medium broke or works again.
  void medium(core::LinkId link, bool up, core::Effects& out);
  /// A status came. True when the node was not alive before.
  bool status_heard(Node& node, std::string_view status, base::Mono at, core::Effects& out);
  void set_status(Node& node, std::string_view status, core::Effects& out);
  void declare_dead(Node& node, core::Effects& out);
  /// Links on which nothing came for the node's dead time.
  void age_links(base::Mono now, core::Effects& out);

  /// Every other node has been heard from, or is known to be dead.
  bool all_heard() const;
  std::size_t ping_count() const;
  base::Mono next_wake(base::Mono earliest) const;
  void describe(core::Snapshot& out) const;

  /// Pulses of living nodes restart now: silence while this process was not there does not count.
  std::string save() const;
  /// Takes what save() wrote off the front of `text`. The normal nodes must be the same; ping nodes and media may be
  /// others by now: whoever was not there begins as at a start.
  bool restore(std::string_view& text, base::Mono now);
  void resume(base::Mono now);

 private:
  void set_link(const Node& node, LinkState& link, bool up, core::Effects& out);
  Node normal_node(const std::string& name, std::size_t groups) const;

  model::Timing timing_;
  std::vector<std::string> media_;  ///< link name of each medium
  std::vector<bool> is_ping_;
  std::vector<Node> nodes_;
  std::size_t self_ = 0, normal_ = 0;
};

}  // namespace hbd::elect::heartbeat
