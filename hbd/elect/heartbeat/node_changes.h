// SPDX-License-Identifier: Apache-2.0
// What hb_addnode and hb_delnode have changed of ha.cf's list of nodes, since the last start of the whole cluster. One
// entry for each node that was named, with the time of the last word on it: who has missed a word, or has just started,
// takes over what others know, and the later word counts. Bounded, whatever is said.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hbd/model/cluster.h"

namespace hbd::elect::heartbeat {

class NodeChanges {
 public:
  /// Names that are remembered, those of deleted nodes among them.
  static constexpr std::size_t kMost = 2 * model::kMaxNodes;
  static constexpr std::uint64_t kLatest = 1ull << 62;  ///< no clock is there; a peer may say what it likes

  struct Change {
    bool added = false;    ///< else deleted
    std::uint64_t at = 0;  ///< seconds since 1970 by the clock of the node where it was said, or a little more
    bool operator==(const Change&) const = default;
  };

  /// An operator's word, later than all before, even where a clock says otherwise. False when there is no room.
  bool say(std::string_view name, bool added, std::uint64_t at);
  /// What another node remembers. True when it is later than what is known here, and is from now on.
  bool hear(std::string_view name, const Change& change);
  const Change* find(std::string_view name) const;
  const std::map<std::string, Change, std::less<>>& all() const { return changes_; }

  /// ha.cf's nodes without the deleted, then the added in order of their names. Where ha.cf differs, another order on each
  /// node: nothing that nodes must agree on follows from it.
  std::vector<std::string> applied_to(const std::vector<std::string>& listed) const;
  std::vector<std::string> deleted() const;

  bool empty() const { return changes_.empty(); }
  /// A short word, alike on all nodes that know the same; empty when nothing has changed.
  std::string digest() const;
  /// "carol:a:65a1b2c3 dave:d:65a1b2c4": added and deleted, hexadecimal times.
  std::string text() const;
  /// Nonsense is left out.
  static NodeChanges parse(std::string_view text);

 private:
  std::map<std::string, Change, std::less<>> changes_;
};

/// What hb_addnode may name: a node name of ha.cf that no program takes for an option.
bool can_be_added(std::string_view name);

}  // namespace hbd::elect::heartbeat
