// SPDX-License-Identifier: Apache-2.0
// Do the host names of ha.cf have addresses? Only who asks for a check (`hbd -t`, and `-r` before it signals) is told:
// a start neither refuses nor waits, as a node must come up without a name server, and its media go on asking.
#pragma once

#include <functional>
#include <string>

#include "base/instant.h"
#include "base/result.h"
#include "hbd/shell/config.h"

namespace hbd::shell {

/// Whether `host` has an address of `family` (AF_INET or AF_INET6); an error says why not, host first. May wait.
using LookUp = std::function<base::Result<void>(const std::string& host, int family)>;
LookUp system_look_up();

/// For all names together. A dead first name server costs each look-up 5 s; the second one's answer shall count.
inline constexpr base::Duration kNamesLimit = std::chrono::seconds(6);

/// A warning at each name of ucast, ucast6, ping, ping6 and ping_group that has no address, or none within `limit`.
void check_names(Config& config, const FileText& ha_cf, const LookUp& look_up, base::Duration limit = kNamesLimit);

}  // namespace hbd::shell
