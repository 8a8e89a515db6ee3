// SPDX-License-Identifier: Apache-2.0
// Answers to the questions that a signed-on client may ask, from what the core knows. Stateless: signing on, names
// and delivery are clients.h.
#pragma once

#include <string_view>
#include <vector>

#include "hbd/core/snapshot.h"
#include "hbd/model/cluster.h"
#include "hbd/wire/message.h"

namespace hbd::api {

struct View {
  const core::Snapshot& snapshot;
  const model::Cluster& cluster;
};

/// "3.0.6 (upbeat ...)": clients compare the first word.
std::string_view version_text();

/// One reply, or one per node or link; the last has a result other than `ok/more`. nodelist nodestatus nodetype
/// nodeweight nodesite iflist ifstatus getparm getrsc numnodes getuuid getnodename, and ours: explain, packets; `badreq` for all else.
std::vector<wire::Message> answer(const wire::Message& request, const View& view);

/// The head of a reply to a request of this type.
wire::Message reply_to(std::string_view reqtype);
/// What the reply to signon tells of the daemon.
void add_daemon(wire::Message& reply, const View& view);

}  // namespace hbd::api
