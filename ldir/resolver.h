// SPDX-License-Identifier: Apache-2.0
// Names in the configuration, answered by the system: getaddrinfo(3), getservbyname_r(3). May wait for a name server;
// called before the daemon starts, and from the reload's own thread.
#pragma once

#include "ldir/conf/resolver.h"

namespace ldir {

class SystemResolver final : public conf::Resolver {
 public:
  std::optional<base::IpAddress> host(const std::string& name, base::Family family) const override;
  std::vector<base::IpAddress> hosts(const std::string& name, base::Family family) const override;
  std::optional<std::uint16_t> service(const std::string& name, const std::string& protocol) const override;
  std::string local_name() const override;
};

}  // namespace ldir
