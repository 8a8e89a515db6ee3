// SPDX-License-Identifier: Apache-2.0
// Answers to the questions that a signed-on client may ask, from what the core knows. Stateless: signing on, names
// and delivery are clients.h.
#pragma once

#include <string_view>
#include <vector>

#include "base/instant.h"
#include "hbd/core/record.h"
#include "hbd/core/snapshot.h"
#include "hbd/model/cluster.h"
#include "hbd/wire/message.h"

namespace hbd::api {

/// Of the process that serves, for those who watch it.
struct Process {
  base::Wall now{};
  std::uint64_t lines_dropped = 0;                   ///< of the log
  std::uint64_t answered = 0, refused = 0, cut = 0;  ///< by the status server
};

struct View {
  const core::Snapshot& snapshot;
  const model::Cluster& cluster;
  const core::Record* record = nullptr;
  Process process{};
};

/// "3.0.6 (upbeat ...)": clients compare the first word.
std::string_view version_text();

/// One reply, or one per node or link; the last has a result other than `ok/more`. nodelist nodestatus nodetype
/// nodeweight nodesite iflist ifstatus getparm getrsc numnodes getuuid getnodename, and ours: explain, status; `badreq` for all else.
std::vector<wire::Message> answer(const wire::Message& request, const View& view);

/// The head of a reply to a request of this type.
wire::Message reply_to(std::string_view reqtype);
/// What getrsc answers: the word of what this node holds, or "transition".
std::string_view holding_word(const View& view);
/// The nodes as the file lists them, ping nodes among them.
std::vector<core::NodeView> in_listed_order(const View& view);
/// What the reply to signon tells of the daemon.
void add_daemon(wire::Message& reply, const View& view);

}  // namespace hbd::api
