// SPDX-License-Identifier: Apache-2.0
// How a configuration's names become numbers. The parser asks through this interface only, so that it stays
// free of the network; the daemon answers with getaddrinfo(3) and getservbyname(3), tests with a table.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/addr.h"

namespace ldir::conf {

struct HostName {
  std::string name;
  base::Family family = base::Family::v4;
  auto operator<=>(const HostName&) const = default;
};

struct HostAnswer {
  std::vector<base::IpAddress> addresses;  ///< of the family asked for, the one to take first; empty: none is known
  bool silent = false;                     ///< because nobody has answered
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  /// All addresses of a name. Literals never get here.
  virtual HostAnswer host(const HostName& name) const = 0;
  /// The same of many names, in their order. Who asks the network asks for all of them at once.
  virtual std::vector<HostAnswer> hosts(const std::vector<HostName>& names) const {
    std::vector<HostAnswer> out;
    for (const auto& name : names) out.push_back(host(name));
    return out;
  }
  /// The port of a service name; `protocol` is "tcp" or "udp", empty for whichever has one.
  virtual std::optional<std::uint16_t> service(const std::string& name,
                                               const std::string& protocol) const = 0;
  /// This machine's name: the environment's HOSTNAME, else the node name. For the default logins of ftp and
  /// sip.
  virtual std::string local_name() const = 0;
};

}  // namespace ldir::conf
