// SPDX-License-Identifier: Apache-2.0
#include "ldir/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace ldir {

std::optional<base::IpAddress> SystemResolver::host(const std::string& name, base::Family family) const {
  auto all = hosts(name, family);
  return all.empty() ? std::nullopt : std::optional(all.front());
}

std::vector<base::IpAddress> SystemResolver::hosts(const std::string& name, base::Family family) const {
  addrinfo hints{};
  hints.ai_family = family == base::Family::v4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<base::IpAddress> out;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return out;
  for (auto* entry = found; entry; entry = entry->ai_next) {
    if (family == base::Family::v4) {
      out.push_back(base::IpAddress::v4(ntohl(reinterpret_cast<sockaddr_in*>(entry->ai_addr)->sin_addr.s_addr)));
    } else {
      std::array<std::uint8_t, 16> bytes;
      std::memcpy(bytes.data(), &reinterpret_cast<sockaddr_in6*>(entry->ai_addr)->sin6_addr, 16);
      out.push_back(base::IpAddress::v6(bytes));
    }
  }
  if (found) ::freeaddrinfo(found);
  return out;
}

std::optional<std::uint16_t> SystemResolver::service(const std::string& name, const std::string& protocol) const {
  servent entry{}, *found = nullptr;
  std::array<char, 4096> buffer;
  if (::getservbyname_r(name.c_str(), protocol.empty() ? nullptr : protocol.c_str(), &entry, buffer.data(),
                        buffer.size(), &found) != 0 ||
      !found)
    return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(found->s_port));
}

std::string SystemResolver::local_name() const {
  if (const char* name = std::getenv("HOSTNAME"); name && *name) return name;
  utsname names{};
  return ::uname(&names) == 0 ? names.nodename : "localhost";
}

}  // namespace ldir
