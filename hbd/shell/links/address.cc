// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/links/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace hbd::shell {

SocketAddress SocketAddress::v4(in_addr address, std::uint16_t port) {
  SocketAddress out;
  auto* in = reinterpret_cast<sockaddr_in*>(&out.storage);
  in->sin_family = AF_INET;
  in->sin_addr = address;
  in->sin_port = htons(port);
  out.length = sizeof *in;
  return out;
}

SocketAddress SocketAddress::v6(in6_addr address, std::uint16_t port, unsigned scope) {
  SocketAddress out;
  auto* in = reinterpret_cast<sockaddr_in6*>(&out.storage);
  in->sin6_family = AF_INET6;
  in->sin6_addr = address;
  in->sin6_port = htons(port);
  in->sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_MULTICAST(&address) ? scope : 0;
  out.length = sizeof *in;
  return out;
}

std::optional<SocketAddress> SocketAddress::from_raw(std::string_view bytes) {
  if (bytes.size() != sizeof(sockaddr_in) && bytes.size() != sizeof(sockaddr_in6)) return std::nullopt;
  SocketAddress out;
  std::memcpy(&out.storage, bytes.data(), bytes.size());
  out.length = static_cast<socklen_t>(bytes.size());
  int family = bytes.size() == sizeof(sockaddr_in) ? AF_INET : AF_INET6;
  if (out.storage.ss_family != family) return std::nullopt;
  return out;
}

std::string SocketAddress::raw() const { return std::string(reinterpret_cast<const char*>(&storage), length); }

std::string SocketAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = "?";
  if (storage.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr, buffer, sizeof buffer);
  if (storage.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr, buffer, sizeof buffer);
  return buffer;
}

std::string SocketAddress::text_with_port() const {
  if (storage.ss_family == AF_INET6)
    return "[" + text() + "]:" + std::to_string(ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port));
  return text() + ":" + std::to_string(ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port));
}

bool SocketAddress::same_host(const SocketAddress& other) const {
  if (storage.ss_family != other.storage.ss_family) return false;
  if (storage.ss_family == AF_INET)
    return reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr.s_addr ==
           reinterpret_cast<const sockaddr_in*>(&other.storage)->sin_addr.s_addr;
  return std::memcmp(&reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr,
                     &reinterpret_cast<const sockaddr_in6*>(&other.storage)->sin6_addr, sizeof(in6_addr)) == 0;
}

base::Result<SocketAddress> resolve(const std::string& host, std::uint16_t port, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
    return base::fail(fmt::format("{}: {}", host, ::gai_strerror(error)), EHOSTUNREACH);
  std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  SocketAddress out;
  std::memcpy(&out.storage, found->ai_addr, found->ai_addrlen);
  out.length = found->ai_addrlen;
  if (family == AF_INET)
    reinterpret_cast<sockaddr_in*>(&out.storage)->sin_port = htons(port);
  else
    reinterpret_cast<sockaddr_in6*>(&out.storage)->sin6_port = htons(port);
  return out;
}

base::Result<in_addr> broadcast_of(const std::string& interface) {
  if (::if_nametoindex(interface.c_str()) == 0)
    return base::fail(fmt::format("IP interface [{}] does not exist", interface), ENODEV);
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return base::fail(std::strerror(errno), errno);
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, ::freeifaddrs);
  for (auto* a = all; a; a = a->ifa_next) {
    if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || interface != a->ifa_name) continue;
    if (!(a->ifa_flags & IFF_BROADCAST)) break;
    auto address = reinterpret_cast<sockaddr_in*>(a->ifa_addr)->sin_addr;
    auto mask = reinterpret_cast<sockaddr_in*>(a->ifa_netmask)->sin_addr;
    if (a->ifa_broadaddr) {
      auto given = reinterpret_cast<sockaddr_in*>(a->ifa_broadaddr)->sin_addr;
      // `ip addr add` without brd leaves the address itself here.
      if (given.s_addr != 0 && given.s_addr != address.s_addr) return given;
    }
    return in_addr{address.s_addr | ~mask.s_addr};
  }
  return base::fail(fmt::format("Get broadcast for interface {} failed: it has no IPv4 broadcast address", interface),
                    EADDRNOTAVAIL);
}

}  // namespace hbd::shell
