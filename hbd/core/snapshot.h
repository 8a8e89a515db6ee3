// SPDX-License-Identifier: Apache-2.0
// What the core knows, as plain data: for the client API, `cl_status`, and the simulator's checkers. Read
// only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "hbd/model/resource.h"

namespace hbd::core {

struct LinkView {
  std::string name;
  bool up = false;
  std::uint64_t received = 0;  ///< genuine packets of the node that came by it, since the process began
  std::uint64_t late = 0;      ///< times that nothing came by it for longer than warntime
  std::uint64_t lost = 0;      ///< numbered packets of the node that did not come by it
};

struct NodeView {
  std::string name;
  bool ping = false;
  std::string status;  ///< init up active dead ping, or what the node itself said
  std::vector<LinkView> links;
  std::string uuid;  ///< 16 raw bytes, or empty while unknown
  bool files_differ = false;  ///< its haresources or ha.cf is not as ours
  bool alive = false;
  static constexpr int kDefaultWeight = 100;  ///< as Heartbeat 3.0.6 says it (reference 9.1)
  int weight = kDefaultWeight;
  std::string site{};
};

enum class GroupState : std::uint8_t { released, starting, held, stopping, failed };

/// With auto_failback on: what brings a group that is held here home to its preferred node.
enum class Return : std::uint8_t {
  by_itself,
  on_request,     ///< it was brought here on purpose
  after_failure,  ///< it could not be started there
};

struct GroupView {
  std::string key, preferred;
  GroupState state = GroupState::released;
  std::string reason;  ///< why it is where it is, one sentence
  std::string holder{};  ///< the node that holds it as far as this one knows; empty: nobody
  Return back = Return::by_itself;
};

struct Snapshot {
  std::string self, status;
  std::uint64_t generation = 0;
  bool comm_up = false;                           ///< the API socket opens at comm-up
  bool transition = false;                        ///< cl_status rscstatus says "transition"
  model::Holding holding = model::Holding::none;  ///< what this node says it holds
  std::vector<NodeView> nodes;                    ///< configuration order: nodes, then ping nodes
  std::vector<GroupView> groups;
  std::vector<std::string> holders;  ///< of the groups, as the elector knows them; in groups, too
  std::vector<Return> returns;       ///< likewise
  std::uint64_t ignored_packets = 0;  ///< all that had no effect (hostile, damaged, strange) since the process began
  std::map<std::string_view, std::uint64_t> ignored;  ///< the same by reason; reasons are a few literals
};

}  // namespace hbd::core
