// SPDX-License-Identifier: Apache-2.0
// base::IpAddress to the kernel's form.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "base/addr.h"

namespace ldir::probe {

struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t length;

  SocketAddress(const base::IpAddress& address, std::uint16_t port) {
    std::memset(&v6, 0, sizeof v6);
    if (address.is_v4()) {
      v4.sin_family = AF_INET;
      v4.sin_port = htons(port);
      std::memcpy(&v4.sin_addr, address.bytes().data(), 4);
      length = sizeof v4;
    } else {
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(port);
      std::memcpy(&v6.sin6_addr, address.bytes().data(), 16);
      length = sizeof v6;
    }
  }
};

}  // namespace ldir::probe
