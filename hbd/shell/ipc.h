// SPDX-License-Identifier: Apache-2.0
// What the two processes of hbd say to each other: one message per SOCK_SEQPACKET datagram, fixed layouts, bounded
// strings. The parent decodes what an unprivileged process that eats hostile bytes may have made up: decoding is
// total, and nothing in a message names a program, a path or a user.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hbd::shell::ipc {

// ---- child to parent

/// Run resources[group].resources[resource] of haresources as of table `table`. The parent answers with one JobDone,
/// repeated to a new child until a JobAck has come. A RunJob whose id is known already starts nothing new.
struct RunJob {
  std::uint64_t id = 0;
  std::uint32_t table = 0;
  std::uint16_t group = 0, resource = 0;
  std::uint8_t verb = 0;  ///< core::Verb
  std::uint32_t limit_ms = 0;
};
struct CancelJob { std::uint64_t id = 0; };
struct JobAck { std::uint64_t id = 0; };
struct Fence { std::uint64_t id = 0; std::string node; };
/// This machine cannot let go of what it must let go of.
struct Reboot { std::string reason; };
/// One event, rendered. `dropped` lines before it had no room in the socket.
struct Log { std::uint8_t level = 0; std::uint32_t dropped = 0; std::string id, text; };
/// Sent several times per deadtime; its absence makes the parent kill and restart the child.
/// `alone`: no other node is active; scripts are told so. Ahead of the jobs of a step that changed it.
struct Alive { bool comm_up = false, holding = false, alone = false; };
/// The socket of medium `link` is beyond use: open a new one.
struct WantLink { std::uint16_t link = 0; std::string reason; };
struct Finished { bool restart = false; };
/// The cluster is these nodes from now on, whatever ha.cf says: who may be reset.
struct Nodes { std::vector<std::string> names; };
/// rc.d/`type` for a message of the cluster. `fields`: name, value, name, value...
struct RunHook { std::string type; std::vector<std::string> fields; };

// ---- parent to child

/// The first message. Descriptors: configuration, memento, client socket (bound), FIFO, successor socket (listening).
struct Start {
  std::uint64_t generation = 0, seed = 0;
  std::array<std::uint8_t, 16> uuid{};
  std::uint32_t table = 0;
  std::uint8_t debug = 0;
};
/// Descriptors: receive, send (one and the same for raw ICMP). None: the medium could not be opened; `problem` says why.
struct Link {
  std::uint16_t link = 0;
  std::uint8_t kind = 0;  ///< LinkKind of links/link.h
  std::uint16_t echo_id = 0;
  std::vector<std::string> targets;  ///< where to send: socket addresses as the kernel takes them
  std::string problem;
};
/// All of the start is said: make the engine. On the successor socket: hand over.
struct Go {};
struct JobDone {
  std::uint64_t id = 0;
  std::uint8_t end = 0;  ///< core::JobDone::End
  std::int32_t code = 0;
  std::string output;
};
struct Shutdown {};
/// Descriptor: the configuration as it is now. RunJobs that follow from it carry `table`.
struct Reload { std::uint32_t table = 0; };
struct Debug { std::uint8_t level = 0; };
/// Descriptors: one or two listening sockets for the status server, in place of those it has.
struct Status {};

// ---- an orphaned child to the new parent, in answer to its Go on the successor socket. Descriptor: the journal.
struct Handover { std::uint64_t generation = 0; std::uint32_t echo_id = 0; };

using Message = std::variant<RunJob, CancelJob, JobAck, Fence, Log, Alive, WantLink, Finished, Start, Link, Go, JobDone,
                             Shutdown, Reload, Debug, Handover, RunHook, Reboot, Status, Nodes>;

inline constexpr std::size_t kMaxMessage = 16 * 1024;
inline constexpr std::size_t kMaxText = 8 * 1024;  ///< longer strings are cut when encoded

std::string encode(const Message& message);
std::optional<Message> decode(std::string_view bytes);

}  // namespace hbd::shell::ipc
