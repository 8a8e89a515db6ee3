// SPDX-License-Identifier: Apache-2.0
// Looks into the maintenance directory, and asks the name service for the names of real servers, but only while a file
// stands there that could be a name. The two are apart: a name service that is slow or dead holds up neither a file
// that says an address nor a reload. Both may wait; they are made to run on another thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/instant.h"
#include "ldir/core/maintenance.h"

namespace ldir::shell {

/// What a reverse look-up said, and when: a name, or that there is none.
struct KnownName {
  std::string name;
  base::Mono asked{};
};
using KnownNames = std::map<base::IpAddress, KnownName>;

/// One look-up; nullopt when nobody has answered.
using NameOf = std::function<std::optional<std::string>(const base::IpAddress&)>;
/// getnameinfo(3).
std::optional<std::string> system_name_of(const base::IpAddress& address);

/// The addresses of all real servers.
std::set<base::IpAddress> addresses_of(const model::Config& config);

/// The files of the directory. An unreadable directory is an empty one.
std::set<std::string> maintenance_files(const std::string& directory);

/// The files, and what is known of the names of these addresses, if a file could be one.
core::MaintenanceFiles with_names(std::set<std::string> files, const std::set<base::IpAddress>& addresses,
                                  const KnownNames& known);

/// Whose names are to be asked for: those that are not known, or were asked for long ago.
std::vector<base::IpAddress> unknown_names(const std::set<std::string>& files, const std::set<base::IpAddress>& addresses,
                                           const KnownNames& known, base::Mono now);

/// Asks for them side by side; gives what was answered within `limit`.
KnownNames ask_names(const std::vector<base::IpAddress>& addresses, base::Duration limit, const NameOf& name_of);

}  // namespace ldir::shell
