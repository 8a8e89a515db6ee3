// SPDX-License-Identifier: Apache-2.0
// Where the script of a resource is. An operator's own wins by name: resource.d, then init.d, then what
// Upbeat brings. A name that none of them has but that is a unit of systemd is run by the script `systemd`.
// Looks at files only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hbd/shell/paths.h"

namespace hbd::shell {

struct Script {
  std::string path;
  std::vector<std::string> first;  ///< arguments before those of haresources: the unit's name
};

std::optional<Script> find_script(const Paths& paths, std::string_view name);
/// Names that find_script knows, units of systemd left out: for hints.
std::vector<std::string> known_scripts(const Paths& paths);

}  // namespace hbd::shell
