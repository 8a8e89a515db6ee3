// SPDX-License-Identifier: Apache-2.0
// Hosts and ports as written -> numbers: literals here, names through the resolver. On failure the answer is
// a sentence for the operator.
#pragma once

#include <string_view>
#include <vector>

#include "base/addr.h"
#include "base/result.h"
#include "ldir/conf/resolver.h"

namespace ldir::conf {

/// A literal (IPv6 in brackets) or a name, whose first address it is; empty is the loopback address.
base::Result<base::IpAddress> resolve_host(const Resolver& resolver, std::string_view text,
                                           base::Family family);

/// The other addresses of a name that resolve_host() has answered for, in the order of their numbers; none for a literal.
std::vector<base::IpAddress> further_addresses(const Resolver& resolver, std::string_view text,
                                               const base::IpAddress& first);

/// A number or a service name; `protocol` is "tcp", "udp" or empty for any.
base::Result<std::uint16_t> resolve_port(const Resolver& resolver, std::string_view text,
                                         std::string_view protocol);

}  // namespace ldir::conf
