// SPDX-License-Identifier: Apache-2.0
// What the reliable transport has to say, in the words of heartbeat 3.0.6.
#pragma once

#include <array>

#include "base/event.h"

namespace hbd::elect::heartbeat::transport_event {

using base::EventKind;
using base::Level;

inline constexpr EventKind kRestart{"peer_restarted", Level::info, "Heartbeat restart on node {node}"};
inline constexpr EventKind kLost{"packets_lost", Level::warn, "{count} lost packet(s) for [{node}] [{before}:{after}]"};
inline constexpr EventKind kFound{"packets_found", Level::info, "No pkts missing from {node}!"};
inline constexpr EventKind kLostMany{"packets_lost_many", Level::error, "lost a lot of packets!"};
inline constexpr EventKind kIrretrievable{"packet_irretrievable", Level::error,
                                          "Irretrievably lost packet: node {node} seq {seq}"};
inline constexpr EventKind kReplay{"packet_replayed", Level::error,
                                   "should_drop_message: attempted replay attack [{node}]? [gen = {gen}, curgen = {current}]"};
inline constexpr EventKind kCannotResend{"packet_not_kept", Level::warn, "Cannot rexmit pkt {seq} for {node}: {reason}"};
inline constexpr EventKind kBeyondSent{"packet_never_sent", Level::warn, "Rexmit of seq {seq} requested. {max} is max."};
inline constexpr EventKind kPaused{"clients_paused", Level::info, "all clients are now paused"};
inline constexpr EventKind kResumed{"clients_resumed", Level::info, "all clients are now resumed"};
inline constexpr EventKind kNewUuid{"peer_uuid_changed", Level::warn, "node {node} changed its uuid to {uuid}"};

// new:
inline constexpr EventKind kOldWord{"unnumbered_replayed", Level::error,
                                    "{type} of node {node} is older than what it said before; ignored as a replay"};
inline constexpr EventKind kDeafPeer{"peer_knows_no_sha256", Level::crit,
                                     "node {node} runs Heartbeat 3.0.6, which knows no sha256: it does not hear this node, and "
                                     "will take what this node holds. Sign with a sha1 key"};
inline constexpr EventKind kSettingsDiffer{"ha_cf_differs", Level::error,
                                           "ha.cf of node {node} differs from this node's: {what}"};
inline constexpr EventKind kTooLong{"message_too_long", Level::error,
                                    "Message {type} of client {client} is not sent: {bytes} bytes fit into no packet, even compressed"};

inline constexpr std::array kAll = {&kRestart,      &kLost,   &kFound,        &kLostMany,  &kIrretrievable,
                                    &kReplay, &kCannotResend, &kBeyondSent, &kPaused, &kResumed, &kNewUuid, &kOldWord, &kDeafPeer, &kSettingsDiffer, &kTooLong};

}  // namespace hbd::elect::heartbeat::transport_event
