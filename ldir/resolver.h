// SPDX-License-Identifier: Apache-2.0
// Names in the configuration, answered by the system: getaddrinfo(3), getservbyname_r(3). May wait for a name server,
// but for all names together no longer than for the slowest, and no longer than the limit; called before the daemon
// starts, and from the reload's own thread.
#pragma once

#include "base/instant.h"
#include "ldir/conf/resolver.h"

namespace ldir {

class SystemResolver final : public conf::Resolver {
 public:
  /// Above what resolv.conf(5) allows two servers of which the first is dead, with its own search list.
  static constexpr base::Duration kLimit = std::chrono::seconds(30);
  explicit SystemResolver(base::Duration limit = kLimit) : limit_(limit) {}
  conf::HostAnswer host(const conf::HostName& name) const override;
  std::vector<conf::HostAnswer> hosts(const std::vector<conf::HostName>& names) const override;
  std::optional<std::uint16_t> service(const std::string& name, const std::string& protocol) const override;
  std::string local_name() const override;

 private:
  base::Duration limit_;
};

}  // namespace ldir
