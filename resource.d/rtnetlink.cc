// SPDX-License-Identifier: Apache-2.0
#include "resource.d/rtnetlink.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

// The macros of <linux/netlink.h> and <linux/rtnetlink.h> are C.
#pragma GCC diagnostic ignored "-Wold-style-cast"

namespace resource {

namespace {

std::string error_text(const std::string& what, int code) { return what + ": " + std::strerror(code); }

std::size_t length_of(base::Family family) { return family == base::Family::v4 ? 4 : 16; }

base::IpAddress address_from(const void* data, std::size_t size) {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), data, std::min(size, bytes.size()));
  if (size != 4) return base::IpAddress::v6(bytes);
  return base::IpAddress::v4(static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
                             static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3]);
}

// Attributes of one message by number; a later one of the same number wins.
template <std::size_t N>
std::array<const rtattr*, N> attributes(const rtattr* first, long left) {
  std::array<const rtattr*, N> out{};
  for (const auto* a = first; RTA_OK(a, left); a = RTA_NEXT(a, left))
    if (a->rta_type < N) out[a->rta_type] = a;
  return out;
}

std::uint32_t number_in(const rtattr* a) {
  std::uint32_t value = 0;
  std::memcpy(&value, RTA_DATA(a), std::min<std::size_t>(sizeof value, RTA_PAYLOAD(a)));
  return value;
}

}  // namespace

struct Rtnetlink::Request {
  nlmsghdr header{};
  char body[512]{};

  template <class T>
  Request(int type, int flags, const T& payload) {
    header.nlmsg_len = NLMSG_LENGTH(sizeof(T));
    header.nlmsg_type = static_cast<std::uint16_t>(type);
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    std::memcpy(body, &payload, sizeof(T));
  }
  void put(int type, const void* data, std::size_t size) {
    auto at = NLMSG_ALIGN(header.nlmsg_len) - sizeof header;
    if (at + RTA_SPACE(size) > sizeof body) return;  // cannot be: names and addresses are short
    rtattr attribute{static_cast<unsigned short>(RTA_LENGTH(size)), static_cast<unsigned short>(type)};
    std::memcpy(body + at, &attribute, sizeof attribute);
    std::memcpy(body + at + RTA_LENGTH(0), data, size);
    header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_ALIGN(header.nlmsg_len) + RTA_ALIGN(RTA_LENGTH(size)));
  }
};

base::Result<Rtnetlink> Rtnetlink::open() {
  int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return base::fail(error_text("cannot open a netlink socket", errno), errno);
  // A request of the wrong shape is an error then, instead of a line in the kernel's log (from Linux 4.20 on).
  const int yes = 1;
  ::setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &yes, sizeof yes);
  return Rtnetlink(fd);
}

Rtnetlink::~Rtnetlink() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<void> Rtnetlink::send(Request& request) {
  request.header.nlmsg_seq = ++sequence_;
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  iovec part{&request, request.header.nlmsg_len};
  msghdr message{};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (::sendmsg(fd_, &message, 0) < 0) return base::fail(error_text("netlink", errno), errno);
  return {};
}

base::Result<void> Rtnetlink::talk(Request& request) {
  request.header.nlmsg_flags |= NLM_F_ACK;
  if (auto sent = send(request); !sent) return sent;
  alignas(nlmsghdr) char buffer[8192];
  for (;;) {
    auto size = ::recv(fd_, buffer, sizeof buffer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail(error_text("netlink", errno), errno);
    auto left = static_cast<unsigned>(size);
    for (auto* m = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
      if (m->nlmsg_seq != sequence_ || m->nlmsg_type != NLMSG_ERROR) continue;
      auto* answer = static_cast<nlmsgerr*>(NLMSG_DATA(m));
      if (answer->error == 0) return {};
      return base::fail(std::strerror(-answer->error), -answer->error);
    }
  }
}

// The header is that of the table asked for: the kernel complains of every byte too many.
template <class Header, class F>
base::Result<void> Rtnetlink::dump(int type, const Header& header, int answer, F&& each) {
  Request request(type, NLM_F_DUMP, header);
  if (auto sent = send(request); !sent) return sent;
  alignas(nlmsghdr) char buffer[32768];
  for (;;) {
    auto size = ::recv(fd_, buffer, sizeof buffer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return base::fail(error_text("netlink", errno), errno);
    auto left = static_cast<unsigned>(size);
    for (auto* m = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
      if (m->nlmsg_seq != sequence_) continue;
      if (m->nlmsg_type == NLMSG_DONE) return {};
      if (m->nlmsg_type == NLMSG_ERROR) {
        int code = -static_cast<nlmsgerr*>(NLMSG_DATA(m))->error;
        return base::fail(error_text("netlink", code), code);
      }
      if (m->nlmsg_type == answer) each(m);
    }
  }
}

base::Result<Tables> Rtnetlink::read(base::Family family) {
  Tables out;
  const unsigned char number = family == base::Family::v4 ? AF_INET : AF_INET6;
  auto links = dump(RTM_GETLINK, ifinfomsg{}, RTM_NEWLINK, [&](nlmsghdr* m) {
    auto* info = static_cast<ifinfomsg*>(NLMSG_DATA(m));
    auto a = attributes<IFLA_IFNAME + 1>(IFLA_RTA(info), static_cast<long>(IFLA_PAYLOAD(m)));
    Link link;
    link.index = info->ifi_index;
    link.up = info->ifi_flags & IFF_UP;
    link.loopback = info->ifi_flags & IFF_LOOPBACK;
    link.ethernet = info->ifi_type == ARPHRD_ETHER;
    if (a[IFLA_IFNAME]) link.name = static_cast<const char*>(RTA_DATA(a[IFLA_IFNAME]));
    if (a[IFLA_ADDRESS] && RTA_PAYLOAD(a[IFLA_ADDRESS]) == 6) std::memcpy(link.mac.data(), RTA_DATA(a[IFLA_ADDRESS]), 6);
    out.links.push_back(std::move(link));
  });
  if (!links) return tl::unexpected(links.error());

  ifaddrmsg all_addresses{};
  all_addresses.ifa_family = number;
  auto addresses = dump(RTM_GETADDR, all_addresses, RTM_NEWADDR, [&](nlmsghdr* m) {
    auto* info = static_cast<ifaddrmsg*>(NLMSG_DATA(m));
    auto a = attributes<IFA_FLAGS + 1>(IFA_RTA(info), static_cast<long>(IFA_PAYLOAD(m)));
    auto* value = a[IFA_LOCAL] ? a[IFA_LOCAL] : a[IFA_ADDRESS];
    if (!value || RTA_PAYLOAD(value) != length_of(family)) return;
    auto flags = a[IFA_FLAGS] ? number_in(a[IFA_FLAGS]) : info->ifa_flags;
    out.addresses.push_back({static_cast<int>(info->ifa_index), address_from(RTA_DATA(value), RTA_PAYLOAD(value)),
                             info->ifa_prefixlen, (flags & IFA_F_SECONDARY) != 0 && family == base::Family::v4,
                             (flags & IFA_F_DADFAILED) != 0});
  });
  if (!addresses) return tl::unexpected(addresses.error());

  rtmsg all_routes{};
  all_routes.rtm_family = number;
  auto routes = dump(RTM_GETROUTE, all_routes, RTM_NEWROUTE, [&](nlmsghdr* m) {
    auto* info = static_cast<rtmsg*>(NLMSG_DATA(m));
    auto a = attributes<RTA_TABLE + 1>(RTM_RTA(info), static_cast<long>(RTM_PAYLOAD(m)));
    auto table = a[RTA_TABLE] ? number_in(a[RTA_TABLE]) : info->rtm_table;
    if (table != RT_TABLE_MAIN || info->rtm_type != RTN_UNICAST || !a[RTA_OIF] || (info->rtm_flags & RTM_F_CLONED)) return;
    Route route;
    if (a[RTA_DST] && RTA_PAYLOAD(a[RTA_DST]) == length_of(family)) route.network = address_from(RTA_DATA(a[RTA_DST]), RTA_PAYLOAD(a[RTA_DST]));
    route.bits = info->rtm_dst_len;
    route.link = static_cast<int>(number_in(a[RTA_OIF]));
    if (a[RTA_PRIORITY]) route.metric = number_in(a[RTA_PRIORITY]);
    out.routes.push_back(route);
  });
  if (!routes) return tl::unexpected(routes.error());
  return out;
}

base::Result<void> Rtnetlink::add(const base::IpAddress& address, const Placement& where) {
  ifaddrmsg info{};
  info.ifa_family = address.is_v4() ? AF_INET : AF_INET6;
  info.ifa_prefixlen = static_cast<unsigned char>(where.bits);
  // The address moves here because its holder gave it up or is dead: waiting for duplicate detection would only add
  // a second to the outage.
  info.ifa_flags = address.is_v4() ? 0 : IFA_F_NODAD;
  info.ifa_scope = address.is_loopback() ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
  info.ifa_index = static_cast<unsigned>(where.link);
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, info);
  auto size = length_of(address.family());
  request.put(IFA_LOCAL, address.bytes().data(), size);
  request.put(IFA_ADDRESS, address.bytes().data(), size);
  if (!address.is_v4()) {
    // Valid for ever, but never preferred: connections of this node's own must not start from an address that may
    // leave any moment, and that real servers of a director have on lo, so that they would answer themselves. For
    // IPv4 the kernel prefers the older address of a network by itself.
    ifa_cacheinfo lifetime{};
    lifetime.ifa_prefered = 0;
    lifetime.ifa_valid = 0xffffffff;
    request.put(IFA_CACHEINFO, &lifetime, sizeof lifetime);
  }
  if (where.broadcast) request.put(IFA_BROADCAST, where.broadcast->bytes().data(), 4);
  if (!where.label.empty() && address.is_v4()) request.put(IFA_LABEL, where.label.c_str(), where.label.size() + 1);
  return talk(request);
}

base::Result<void> Rtnetlink::remove(const Address& entry) {
  ifaddrmsg info{};
  info.ifa_family = entry.address.is_v4() ? AF_INET : AF_INET6;
  info.ifa_prefixlen = static_cast<unsigned char>(entry.bits);
  info.ifa_index = static_cast<unsigned>(entry.link);
  Request request(RTM_DELADDR, 0, info);
  request.put(IFA_LOCAL, entry.address.bytes().data(), length_of(entry.address.family()));
  return talk(request);
}

base::Result<void> Rtnetlink::bring_up(int link) {
  ifinfomsg info{};
  info.ifi_family = AF_UNSPEC;
  info.ifi_index = link;
  info.ifi_flags = IFF_UP;
  info.ifi_change = IFF_UP;
  Request request(RTM_NEWLINK, 0, info);
  return talk(request);
}

}  // namespace resource
