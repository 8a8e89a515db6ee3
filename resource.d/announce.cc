// SPDX-License-Identifier: Apache-2.0
#include "resource.d/announce.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace resource {

namespace {

base::Result<void> failed(const char* what) { return base::fail(std::string(what) + ": " + std::strerror(errno), errno); }

}  // namespace

std::array<std::uint8_t, 28> gratuitous_arp(const base::IpAddress& address, const std::array<std::uint8_t, 6>& mac, bool reply) {
  // RFC 826: hardware Ethernet, protocol IPv4, lengths 6 and 4, then sender and target, both the address itself.
  std::array<std::uint8_t, 28> p{0, 1, 8, 0, 6, 4, 0, static_cast<std::uint8_t>(reply ? 2 : 1)};
  std::copy(mac.begin(), mac.end(), p.begin() + 8);
  std::copy_n(address.bytes().begin(), 4, p.begin() + 14);
  if (reply) std::fill_n(p.begin() + 18, 6, std::uint8_t{0xff});
  std::copy_n(address.bytes().begin(), 4, p.begin() + 24);
  return p;
}

std::array<std::uint8_t, 32> neighbour_advertisement(const base::IpAddress& address, const std::array<std::uint8_t, 6>& mac) {
  // RFC 4861, 4.4: type, code, checksum, flags (override), target, then option 2 (target link-layer address).
  std::array<std::uint8_t, 32> p{136, 0, 0, 0, 0x20};
  std::copy_n(address.bytes().begin(), 16, p.begin() + 8);
  p[24] = 2;
  p[25] = 1;
  std::copy(mac.begin(), mac.end(), p.begin() + 26);
  return p;
}

Announcer::~Announcer() {
  if (fd_ >= 0) ::close(fd_);
}

base::Result<void> Announcer::open() {
  if (address_.is_v4()) {
    fd_ = ::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd_ < 0 ? failed("gratuitous ARP") : base::Result<void>{};
  }
  fd_ = ::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
  if (fd_ < 0) return failed("neighbour advertisement");
  int hops = 255;  // receivers drop anything that may have been forwarded (RFC 4861, 7.1.2)
  int index = link_.index;
  ::setsockopt(fd_, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
  ::setsockopt(fd_, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index);
  sockaddr_in6 self{};
  self.sin6_family = AF_INET6;
  self.sin6_scope_id = static_cast<std::uint32_t>(link_.index);
  std::memcpy(&self.sin6_addr, address_.bytes().data(), 16);
  if (::bind(fd_, reinterpret_cast<sockaddr*>(&self), sizeof self) < 0) return failed("neighbour advertisement");
  return {};
}

base::Result<void> Announcer::send() {
  if (!link_.ethernet) return {};
  if (fd_ < 0)
    if (auto opened = open(); !opened) return opened;
  if (address_.is_v4()) {
    sockaddr_ll everyone{};
    everyone.sll_family = AF_PACKET;
    everyone.sll_protocol = htons(ETH_P_ARP);
    everyone.sll_ifindex = link_.index;
    everyone.sll_halen = 6;
    std::memset(everyone.sll_addr, 0xff, 6);
    for (bool reply : {false, true}) {
      auto packet = gratuitous_arp(address_, link_.mac, reply);
      if (::sendto(fd_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&everyone), sizeof everyone) < 0)
        return failed("gratuitous ARP");
    }
    return {};
  }
  sockaddr_in6 all_nodes{};
  all_nodes.sin6_family = AF_INET6;
  all_nodes.sin6_scope_id = static_cast<std::uint32_t>(link_.index);
  ::inet_pton(AF_INET6, "ff02::1", &all_nodes.sin6_addr);
  auto packet = neighbour_advertisement(address_, link_.mac);
  if (::sendto(fd_, packet.data(), packet.size(), 0, reinterpret_cast<sockaddr*>(&all_nodes), sizeof all_nodes) < 0)
    return failed("neighbour advertisement");
  return {};
}

}  // namespace resource
