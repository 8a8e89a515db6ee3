// SPDX-License-Identifier: Apache-2.0
// What nodes say about groups, as it travels. To each other, Upbeats announce every group that is not plainly
// at rest, in a field of `status` that Heartbeat 3.0.6 ignores; to that one, and from it, only sets can be
// told: the groups that prefer the sender ("local") and the others ("foreign").
//
// A node that no group prefers has a local set all the same in Heartbeat's eyes, and complains when nobody
// owns it. So each such node gets one group without resources, a phantom, that is started and stopped by word
// alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hbd/elect/heartbeat/arbitrate.h"
#include "hbd/model/cluster.h"
#include "hbd/model/resource.h"

namespace hbd::elect::heartbeat {

/// What ha.cf must say alike on every node, as one field of `status`: "nodes=alice,bob failback=on ...".
/// `nodes`: with the list of nodes.
std::string shared_settings(const model::Cluster& cluster, bool nodes = true);
/// The settings in which another node's field differs, in words: "auto_failback is on there, off here"; empty
/// if none.
std::string settings_that_differ(std::string_view theirs, std::string_view ours);

/// What that field says of keepalive; zero when it does not.
base::Duration announced_keepalive(std::string_view settings);

class Registry {
 public:
  /// The seat of a group whose preferred node is no node of the cluster any more.
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  /// `listed`: the nodes of ha.cf. Who came by hb_addnode prefers nothing, and nothing is to be taken over for it: it
  /// gets no phantom.
  Registry(const model::Cluster& cluster, const model::Haresources& resources, const std::vector<std::string>& listed);

  std::size_t size() const { return entries_.size(); }
  std::size_t real_groups() const { return real_; }  ///< those come first; the rest are phantoms
  const std::string& key(std::size_t group) const { return entries_[group].key; }
  std::size_t preferred(std::size_t group) const { return entries_[group].node; }
  const std::string& preferred_name(std::size_t group) const { return entries_[group].name; }
  std::string_view digest() const { return digest_; }  ///< of the whole of haresources

  /// For each group its number in `before`, another registry of the same groups; kNowhere where that has not got it.
  std::vector<std::size_t> numbers_in(const Registry& before) const;

  /// Upbeat's field: "1f2e3d4ch7 ..." : key digest, letter, term.
  std::string announce(const std::vector<GroupClaim>& claims) const;
  /// Unknown groups and nonsense are left out; absent groups are at rest.
  std::vector<GroupClaim> understand(std::string_view field) const;

  /// Is `group` in the set `what` as named by node `teller`?
  bool in_set(std::size_t group, model::Holding what, std::size_t teller) const;
  /// The set of what `teller` claims.
  model::Holding holding(const std::vector<GroupClaim>& claims, std::size_t teller) const;
  /// A field naming single groups, and back; an unknown name is left out.
  std::string list(const std::vector<bool>& groups) const;
  std::vector<bool> listed(std::string_view field) const;

 private:
  struct Entry {
    std::string key, tag;
    std::string name;  ///< of the node that it prefers
    std::size_t node;
  };
  std::vector<Entry> entries_;
  std::size_t real_ = 0;
  std::string digest_;
};

}  // namespace hbd::elect::heartbeat
