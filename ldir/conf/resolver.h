// SPDX-License-Identifier: Apache-2.0
// How a configuration's names become numbers. The parser asks through this interface only, so that it stays
// free of the network; the daemon answers with getaddrinfo(3) and getservbyname(3), tests with a table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/addr.h"

namespace ldir::conf {

class Resolver {
 public:
  virtual ~Resolver() = default;
  /// The first address of `name` in `family`. Literals never get here.
  virtual std::optional<base::IpAddress> host(const std::string& name, base::Family family) const = 0;
  /// All addresses of `name`, the one that host() gives first.
  virtual std::vector<base::IpAddress> hosts(const std::string& name, base::Family family) const {
    auto one = host(name, family);
    return one ? std::vector{*one} : std::vector<base::IpAddress>{};
  }
  /// The port of a service name; `protocol` is "tcp" or "udp", empty for whichever has one.
  virtual std::optional<std::uint16_t> service(const std::string& name,
                                               const std::string& protocol) const = 0;
  /// This machine's name: the environment's HOSTNAME, else the node name. For the default logins of ftp and
  /// sip.
  virtual std::string local_name() const = 0;
};

}  // namespace ldir::conf
