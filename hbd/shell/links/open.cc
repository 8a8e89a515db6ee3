// SPDX-License-Identifier: Apache-2.0
// The parent's side of media: one row per kind of medium. Socket options as Heartbeat 3.0.6 sets them (reference,
// section 1.7); the send sockets stay unconnected, so that a changed address of ours or a refusal by the peer's
// machine does not stick to them.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/addr.h"
#include "hbd/shell/events.h"
#include "hbd/shell/links/address.h"
#include "hbd/shell/links/link.h"

namespace hbd::shell {
namespace {

constexpr int kReceiveBuffer = 1024 * 1024;  // a burst of retransmissions, or a while of our being stopped
constexpr int kIcmpFilter = 1;                // ICMP_FILTER of <linux/icmp.h>, which clashes with <net/if.h>
constexpr int kInteractive = 6;              // TC_PRIO_INTERACTIVE: ahead of bulk traffic on a full interface

template <class T>
bool set(const io::Fd& fd, int level, int option, const T& value) {
  return ::setsockopt(fd.get(), level, option, &value, sizeof value) == 0;
}

bool bind_to_device(const io::Fd& fd, const std::string& interface) {
  return ::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                      static_cast<socklen_t>(interface.size() + 1)) == 0;
}

tl::unexpected<base::Error> failed(std::string_view what, const std::string& where) {
  int error = errno;
  return base::fail(fmt::format("{} {}: {}", what, where, std::strerror(error)), error);
}

io::Fd udp_socket(int family) {
  io::Fd fd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd) {
    set(fd, SOL_SOCKET, SO_PRIORITY, kInteractive);
    if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer)) set(fd, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
    if (family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }
  return fd;
}

base::Result<unsigned> interface_index(const std::string& interface) {
  if (auto index = ::if_nametoindex(interface.c_str())) return index;
  return base::fail(fmt::format("IP interface [{}] does not exist", interface), ENODEV);
}

/// A receive socket on any address of `interface`.
base::Result<io::Fd> listen_on(int family, const std::string& interface, std::uint16_t port, bool share) {
  io::Fd fd = udp_socket(family);
  if (!fd) return failed("cannot make a receive socket for", interface);
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (share) set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (!bind_to_device(fd, interface)) return failed("cannot bind the receive socket to device", interface);
  auto any = family == AF_INET ? SocketAddress::v4({htonl(INADDR_ANY)}, port) : SocketAddress::v6(in6addr_any, port, 0);
  if (::bind(fd.get(), any.get(), any.length) != 0)
    return failed(fmt::format("cannot bind to port {} on", port), interface);
  return fd;
}

base::Result<OpenedMedium> open_bcast(const model::MediumEntry& entry) {
  const auto& m = std::get<model::Bcast>(entry.medium);
  auto broadcast = broadcast_of(m.interface);
  if (!broadcast) return tl::unexpected(broadcast.error());
  OpenedMedium out;
  out.send = udp_socket(AF_INET);
  if (!out.send || !set(out.send, SOL_SOCKET, SO_BROADCAST, 1) || !bind_to_device(out.send, m.interface))
    return failed("cannot make a broadcast socket for", m.interface);
  set(out.send, SOL_SOCKET, SO_DONTROUTE, 1);
  auto receive = listen_on(AF_INET, m.interface, entry.udpport, true);
  if (!receive) return tl::unexpected(receive.error());
  set(*receive, SOL_SOCKET, SO_BROADCAST, 1);
  out.receive = std::move(*receive);
  out.targets = {SocketAddress::v4(*broadcast, entry.udpport).raw()};
  auto port = std::to_string(entry.udpport);
  out.events = {{kBcastStarted, {{"port", port}, {"interface", m.interface}}},
                {kBcastClosed, {{"port", port}, {"interface", m.interface}}}};
  return out;
}

base::Result<OpenedMedium> open_ucast(const model::MediumEntry& entry) {
  const auto& m = std::get<model::Ucast>(entry.medium);
  if (auto index = interface_index(m.interface); !index) return tl::unexpected(index.error());
  auto peer = resolve(m.peer, entry.udpport, AF_INET);
  if (!peer) return base::fail("ucast: cannot resolve hostname " + peer.error().message, peer.error().code);
  OpenedMedium out;
  out.send = udp_socket(AF_INET);
  if (!out.send || !bind_to_device(out.send, m.interface)) return failed("cannot make a ucast socket for", m.interface);
  set(out.send, IPPROTO_IP, IP_TOS, static_cast<int>(IPTOS_LOWDELAY));
  auto receive = listen_on(AF_INET, m.interface, entry.udpport, true);
  if (!receive) return tl::unexpected(receive.error());
  out.receive = std::move(*receive);
  out.targets = {peer->raw()};
  out.events = {{kUcastStarted,
                 {{"port", std::to_string(entry.udpport)}, {"interface", m.interface}, {"peer", peer->text()}}}};
  return out;
}

base::Result<OpenedMedium> open_mcast(const model::MediumEntry& entry) {
  const auto& m = std::get<model::Mcast>(entry.medium);
  auto index = interface_index(m.interface);
  if (!index) return tl::unexpected(index.error());
  in_addr group{};
  if (::inet_pton(AF_INET, m.group.c_str(), &group) != 1)
    return base::fail(fmt::format("mcast [{}] bad addr [{}]", m.interface, m.group), EINVAL);
  OpenedMedium out;
  ip_mreqn on{group, {}, static_cast<int>(*index)};
  out.send = udp_socket(AF_INET);
  if (!out.send || !set(out.send, IPPROTO_IP, IP_MULTICAST_IF, on))
    return failed("cannot make a multicast socket for", m.interface);
  set(out.send, IPPROTO_IP, IP_MULTICAST_TTL, static_cast<unsigned char>(m.ttl));
  set(out.send, IPPROTO_IP, IP_MULTICAST_LOOP, static_cast<unsigned char>(m.loop));
  out.receive = udp_socket(AF_INET);
  if (!out.receive) return failed("cannot make a multicast socket for", m.interface);
  set(out.receive, SOL_SOCKET, SO_REUSEADDR, 1);
  auto address = SocketAddress::v4(group, m.port);
  if (::bind(out.receive.get(), address.get(), address.length) != 0) return failed("cannot bind to group", m.group);
  // Without this the socket would hear the group on whatever interface anybody has joined it.
  set(out.receive, IPPROTO_IP, IP_MULTICAST_ALL, 0);
  if (!set(out.receive, IPPROTO_IP, IP_ADD_MEMBERSHIP, on)) return failed("cannot join group " + m.group + " on", m.interface);
  out.targets = {address.raw()};
  out.events = {{kMcastStarted,
                 {{"group", m.group}, {"port", std::to_string(m.port)}, {"interface", m.interface},
                  {"ttl", std::to_string(m.ttl)}, {"loop", std::to_string(m.loop)}}}};
  return out;
}

base::Result<OpenedMedium> open_ucast6(const model::MediumEntry& entry) {
  const auto& m = std::get<model::Ucast6>(entry.medium);
  auto index = interface_index(m.interface);
  if (!index) return tl::unexpected(index.error());
  auto peer = resolve(m.peer, entry.udpport, AF_INET6);
  if (!peer) return base::fail("ucast6: cannot resolve hostname " + peer.error().message, peer.error().code);
  auto* in = reinterpret_cast<sockaddr_in6*>(&peer->storage);
  *peer = SocketAddress::v6(in->sin6_addr, entry.udpport, *index);
  OpenedMedium out;
  out.send = udp_socket(AF_INET6);
  if (!out.send || !bind_to_device(out.send, m.interface)) return failed("cannot make a ucast6 socket for", m.interface);
  auto receive = listen_on(AF_INET6, m.interface, entry.udpport, true);
  if (!receive) return tl::unexpected(receive.error());
  out.receive = std::move(*receive);
  out.targets = {peer->raw()};
  out.events = {{kUcast6Started,
                 {{"port", std::to_string(entry.udpport)}, {"interface", m.interface}, {"peer", peer->text()}}}};
  return out;
}

base::Result<OpenedMedium> open_mcast6(const model::MediumEntry& entry) {
  const auto& m = std::get<model::Mcast6>(entry.medium);
  auto index = interface_index(m.interface);
  if (!index) return tl::unexpected(index.error());
  in6_addr group{};
  if (::inet_pton(AF_INET6, m.group.c_str(), &group) != 1)
    return base::fail(fmt::format("mcast6 [{}] bad addr [{}]", m.interface, m.group), EINVAL);
  OpenedMedium out;
  out.send = udp_socket(AF_INET6);
  if (!out.send || !set(out.send, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(*index)))
    return failed("cannot make a multicast socket for", m.interface);
  set(out.send, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, m.hops);
  set(out.send, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, m.loop);
  out.receive = udp_socket(AF_INET6);
  if (!out.receive) return failed("cannot make a multicast socket for", m.interface);
  set(out.receive, SOL_SOCKET, SO_REUSEADDR, 1);
  auto address = SocketAddress::v6(group, m.port, *index);
  if (::bind(out.receive.get(), address.get(), address.length) != 0) return failed("cannot bind to group", m.group);
  set(out.receive, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
  if (!set(out.receive, IPPROTO_IPV6, IPV6_JOIN_GROUP, ipv6_mreq{group, *index}))
    return failed("cannot join group " + m.group + " on", m.interface);
  out.targets = {address.raw()};
  out.events = {{kMcast6Started,
                 {{"group", m.group}, {"port", std::to_string(m.port)}, {"interface", m.interface},
                  {"ttl", std::to_string(m.hops)}, {"loop", std::to_string(m.loop)}}}};
  return out;
}

base::Result<OpenedMedium> open_serial_line(const model::MediumEntry& entry) {
  return open_serial(std::get<model::Serial>(entry.medium));
}

// The kernel hands every ICMP packet of the machine to every raw socket: only replies are ours.
io::Fd echo_socket(int family) {
  if (family == AF_INET) {
    io::Fd fd(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP));
    constexpr std::uint32_t only_replies = ~(1U << ICMP_ECHOREPLY);
    if (fd) set(fd, SOL_RAW, kIcmpFilter, only_replies);
    return fd;
  }
  io::Fd fd(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6));
  icmp6_filter only_replies;
  ICMP6_FILTER_SETBLOCKALL(&only_replies);
  ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only_replies);
  if (fd) set(fd, IPPROTO_ICMPV6, ICMP6_FILTER, only_replies);
  return fd;
}

base::Result<OpenedMedium> open_echo(const std::vector<std::string>& hosts, int family, const base::EventKind& started) {
  OpenedMedium out;
  out.kind = LinkKind::echo;
  out.receive = echo_socket(family);
  if (!out.receive) return base::fail(fmt::format("Can't open RAW socket.: {}", std::strerror(errno)), errno);
  for (const auto& host : hosts) {
    if (auto address = resolve(host, 0, family))
      out.targets.push_back(address->raw());
    else
      out.missing += (out.missing.empty() ? "unknown host: " : ", ") + address.error().message;
  }
  if (out.targets.empty()) return base::fail(out.missing, EHOSTUNREACH);
  out.events = {base::Event{started}};
  return out;
}
base::Result<OpenedMedium> open_ping(const model::MediumEntry& entry) {
  const auto& m = std::get<model::Ping>(entry.medium);
  return open_echo({m.host}, m.v6 ? AF_INET6 : AF_INET, kPingStarted);
}
base::Result<OpenedMedium> open_ping_group(const model::MediumEntry& entry) {
  return open_echo(std::get<model::PingGroup>(entry.medium).hosts, AF_INET, kPingGroupStarted);
}

using Open = base::Result<OpenedMedium> (*)(const model::MediumEntry&);
/// A row per alternative of model::Medium, in its order.
constexpr Open kOpeners[] = {open_bcast, open_mcast, open_ucast, open_mcast6, open_ucast6,
                             open_serial_line, open_ping, open_ping_group};
static_assert(std::size(kOpeners) == std::variant_size_v<model::Medium>);

}  // namespace

std::unique_ptr<Link> make_link(LinkKind kind, std::vector<io::Fd> descriptors, const std::vector<std::string>& targets,
                                std::uint16_t echo_id) {
  const bool one = descriptors.size() == 1, two = descriptors.size() == 2;
  switch (kind) {
    case LinkKind::echo: return one ? make_echo_link(std::move(descriptors[0]), targets, echo_id) : nullptr;
    case LinkKind::serial: return two ? make_serial_link(std::move(descriptors[0])) : nullptr;
    case LinkKind::datagram:
      return two ? make_datagram_link(std::move(descriptors[0]), std::move(descriptors[1]), targets) : nullptr;
  }
  return nullptr;
}

bool asks_for_names(const model::MediumEntry& entry) {
  auto is_name = [](const std::string& host) { return !base::IpAddress::parse(host.substr(0, host.find('%'))); };
  if (const auto* m = std::get_if<model::Ucast>(&entry.medium)) return is_name(m->peer);
  if (const auto* m = std::get_if<model::Ucast6>(&entry.medium)) return is_name(m->peer);
  if (const auto* m = std::get_if<model::Ping>(&entry.medium)) return is_name(m->host);
  if (const auto* m = std::get_if<model::PingGroup>(&entry.medium))
    return std::any_of(m->hosts.begin(), m->hosts.end(), is_name);
  return false;
}

base::Result<OpenedMedium> open_medium(const model::MediumEntry& entry) { return kOpeners[entry.medium.index()](entry); }

}  // namespace hbd::shell
