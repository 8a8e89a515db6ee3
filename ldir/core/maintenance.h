// SPDX-License-Identifier: Apache-2.0
// Which file of the maintenance directory, if any, takes a real server out: by address or by name, with or without
// its port. Pure: who reads the directory and asks the name service is the shell.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/addr.h"
#include "ldir/model/service.h"

namespace ldir::core {

/// What the shell found. `names` is what a reverse lookup gives; an address without a name is not in it.
struct MaintenanceFiles {
  std::set<std::string> files;
  std::map<base::IpAddress, std::string> names;
  bool operator==(const MaintenanceFiles&) const = default;
};

/// The file that names `real`, empty if there is none. In the original's order: ADDRESS:PORT, ADDRESS, and the same
/// with the full and the short name; the port is the one configured, IPv6 addresses stand in brackets.
std::string maintenance_file(const model::RealServer& real, const MaintenanceFiles& found);

/// Whether `file` can only be an address, so that no name need be looked up for it.
bool names_an_address(const std::string& file);

}  // namespace ldir::core
