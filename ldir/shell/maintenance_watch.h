// SPDX-License-Identifier: Apache-2.0
// Looks into the maintenance directory, and asks the name service for the names of real servers, but only while a file
// stands there that could be a name. The look itself may wait; it is made to run on another thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/instant.h"
#include "ldir/core/maintenance.h"

namespace ldir::shell {

/// What a reverse look-up said, and when: a name, or that there is none.
struct KnownName {
  std::string name;
  base::Mono asked{};
};
using KnownNames = std::map<base::IpAddress, KnownName>;

/// The addresses of all real servers.
std::set<base::IpAddress> addresses_of(const model::Config& config);

/// One look, with what was known from earlier ones, which it brings up to date. Asks for new names no longer than until
/// `until`. An unreadable directory is an empty one.
core::MaintenanceFiles look_for_maintenance(const std::string& directory, const std::set<base::IpAddress>& addresses,
                                            KnownNames& known, base::Mono until);

}  // namespace ldir::shell
