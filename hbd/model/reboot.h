// SPDX-License-Identifier: Apache-2.0
// `env REBOOT=` of ha.cf: what a node does that can not let go of a resource. Empty: it reboots.
#pragma once

#include <string>

#include "hbd/model/cluster.h"

namespace hbd::model {

/// A command to run instead of /sbin/reboot; empty: none.
std::string reboot_command(const Cluster& cluster);
/// "no", "off" or "never": this node never resets itself.
bool reboot_is_off(const Cluster& cluster);

}  // namespace hbd::model
