// SPDX-License-Identifier: Apache-2.0
// What becomes of hb_addnode and hb_delnode; where Heartbeat 3.0.6 says the same, in its words.
#pragma once

#include "base/event.h"

namespace hbd::elect::heartbeat::node_event {

using base::EventKind;
using base::Level;

inline constexpr EventKind kAdding{"node_added", Level::info,
                                   "hb_add_one_node: Adding new node[{node}] to configuration.{why}"};
inline constexpr EventKind kNotAdded{"node_not_added", Level::warn, "Add node {node} failed: {why}"};
inline constexpr EventKind kRemoving{"node_removed", Level::info, "Removing node [{node}] from configuration.{why}"};
inline constexpr EventKind kNotDead{"node_not_deleted", Level::warn,
                                   "deletion failed: node {node} is not dead (hb_delnode {names} on {by})"};
inline constexpr EventKind kOthersAway{"node_not_deleted_now", Level::warn,
                                       "deletion failed. We don't have all required nodes alive ({node} is {status}) "
                                       "(hb_delnode {names} on {by})"};
inline constexpr EventKind kNotDeleted{"node_delete_failed", Level::warn, "Deleting node {node} failed: {why}"};
inline constexpr EventKind kNoSuchWeight{"node_weight_refused", Level::error, "set weight to non-existing node {node} (hb_setweight on {by})"};
inline constexpr EventKind kNoSuchSite{"node_site_refused", Level::error, "set site to non-existing node {node} (hb_setsite on {by})"};
// new:
inline constexpr EventKind kLabelled{"node_labelled", Level::info, "The {what} of node {node} is now \"{value}\" (hb_set{what} on {by})"};
inline constexpr EventKind kNoLabel{"node_label_refused", Level::warn,
                                    "The {what} of node {node} stays as it is: it must be {rule}, not \"{value}\" (hb_set{what} on {by})"};
inline constexpr EventKind kNonsense{"node_word_refused", Level::warn, "{type} of node {node} is ignored: {why}"};
inline constexpr EventKind kStays{"node_stays", Level::warn,
                                  "node {node} is not in ha.cf any more, but may still hold resources: it stays until hb_delnode "
                                  "{node} after its end"};

}  // namespace hbd::elect::heartbeat::node_event
