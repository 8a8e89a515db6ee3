// SPDX-License-Identifier: Apache-2.0
// Media. The parent opens them (open_medium, one row per kind of medium in open.cc), the child speaks through what was
// opened (Link). Nothing here knows what a heartbeat is: bytes out, bytes in, and whether the wire works.
// Neither side ever waits: sockets are non-blocking, names were resolved at opening.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "hbd/model/cluster.h"
#include "io/fd.h"

namespace hbd::shell {

/// What the child does with the descriptors.
enum class LinkKind : std::uint8_t {
  datagram,  ///< receive socket and send socket, packets are the payload
  echo,      ///< one raw ICMP socket: packets ride in echo requests, replies bring them back
  serial,    ///< a terminal line: packets are in text form
};

struct OpenedMedium {
  LinkKind kind = LinkKind::datagram;
  io::Fd receive;
  io::Fd send;                       ///< not used by echo
  std::vector<std::string> targets;  ///< socket addresses
  std::vector<base::Event> events;   ///< what the log has always said about it
  std::string missing;               ///< it works, but not all of it: members of a group that are not found, and why
};

/// Parent. Errors are sentences naming the medium; code is the errno, ENODEV for an interface that does not exist.
base::Result<OpenedMedium> open_medium(const model::MediumEntry& entry);
base::Result<OpenedMedium> open_serial(const model::Serial& medium);
/// It names a host that somebody else must be asked for: opening it may take as long as a name server likes.
bool asks_for_names(const model::MediumEntry& entry);

struct Packet {
  std::string_view bytes;
  std::string_view from;  ///< the sender's address as text
};

/// Child.
class Link {
 public:
  virtual ~Link() = default;
  enum class Sent : std::uint8_t {
    yes,
    not_now,  ///< no room, the neighbour does not answer: says nothing about the wire
    down,     ///< the interface is down or has no route; may come back by itself
    gone,     ///< the interface this socket was bound to no longer exists: reopen
  };
  struct Outcome {
    Sent sent = Sent::yes;
    int error = 0;
    std::string to = {};  ///< the address that could not be sent to, "10.77.0.255:694"; "" where there is none
  };
  virtual Outcome send(std::string_view bytes) = 0;
  /// Takes what is there, at most `limit` packets; says how many.
  virtual std::size_t drain(std::size_t limit, const std::function<void(const Packet&)>& take) = 0;
  virtual int descriptor() const = 0;  ///< readable when there is something to drain
  /// What it was opened on is not there any more; its descriptor then is readable for ever, and must not be watched.
  virtual bool gone() const { return false; }
};

std::unique_ptr<Link> make_datagram_link(io::Fd receive, io::Fd send, const std::vector<std::string>& targets);
std::unique_ptr<Link> make_echo_link(io::Fd socket, const std::vector<std::string>& targets, std::uint16_t echo_id);
std::unique_ptr<Link> make_serial_link(io::Fd tty);
/// OnlyForTesting: a link that loses some of what goes through it, as `loss` says at that moment; `seed` is of its dice.
std::unique_ptr<Link> make_lossy_link(std::unique_ptr<Link> link, std::shared_ptr<const model::PacketLoss> loss,
                                      std::uint64_t seed);
/// By kind, from what crossed to the child; null when that is not what the kind needs.
std::unique_ptr<Link> make_link(LinkKind kind, std::vector<io::Fd> descriptors, const std::vector<std::string>& targets,
                                std::uint16_t echo_id);

/// What an errno of sendto says about the medium.
Link::Sent judge_send_error(int error);

}  // namespace hbd::shell
