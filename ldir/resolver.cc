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

#include "io/side_by_side.h"

namespace ldir {

namespace {

/// A dead first name server costs each look-up 5 s: so a thousand names fit into the limit.
constexpr std::size_t kAtOnce = 256;

conf::HostAnswer look_up(const conf::HostName& name) {
  addrinfo hints{};
  hints.ai_family = name.family == base::Family::v4 ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  conf::HostAnswer out;
  if (auto error = ::getaddrinfo(name.name.c_str(), nullptr, &hints, &found); error != 0) {
    out.silent = error == EAI_AGAIN;
    return out;
  }
  for (auto* entry = found; entry; entry = entry->ai_next) {
    if (name.family == base::Family::v4) {
      out.addresses.push_back(base::IpAddress::v4(ntohl(reinterpret_cast<sockaddr_in*>(entry->ai_addr)->sin_addr.s_addr)));
    } else {
      std::array<std::uint8_t, 16> bytes;
      std::memcpy(bytes.data(), &reinterpret_cast<sockaddr_in6*>(entry->ai_addr)->sin6_addr, 16);
      out.addresses.push_back(base::IpAddress::v6(bytes));
    }
  }
  if (found) ::freeaddrinfo(found);
  return out;
}

}  // namespace

conf::HostAnswer SystemResolver::host(const conf::HostName& name) const {
  return hosts({name}).front();
}

std::vector<conf::HostAnswer> SystemResolver::hosts(const std::vector<conf::HostName>& names) const {
  auto found = io::side_by_side<conf::HostAnswer>(
      names.size(), [names](std::size_t i) { return look_up(names[i]); }, limit_, kAtOnce);
  std::vector<conf::HostAnswer> out;
  for (auto& answer : found) out.push_back(answer ? std::move(*answer) : conf::HostAnswer{{}, true});
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
