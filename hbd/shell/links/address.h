// SPDX-License-Identifier: Apache-2.0
// Socket addresses as values that can cross to the other process, and what an interface has. Blocking name resolution:
// parent only.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hbd::shell {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  static SocketAddress v4(in_addr address, std::uint16_t port);
  static SocketAddress v6(in6_addr address, std::uint16_t port, unsigned scope);
  /// Undoes raw(); nullopt when it is no address.
  static std::optional<SocketAddress> from_raw(std::string_view bytes);
  std::string raw() const;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  std::string text() const;            ///< without the port
  std::string text_with_port() const;  ///< "10.77.0.255:694", "[ff02::1]:694"
  bool same_host(const SocketAddress& other) const;
};

/// A name or literal; `family` AF_INET or AF_INET6.
base::Result<SocketAddress> resolve(const std::string& host, std::uint16_t port, int family);

/// The broadcast address of an interface.
base::Result<in_addr> broadcast_of(const std::string& interface);

}  // namespace hbd::shell
