// SPDX-License-Identifier: Apache-2.0
#include "hbd/model/reboot.h"

namespace hbd::model {

std::string reboot_command(const Cluster& cluster) {
  std::string command;
  for (const auto& [name, value] : cluster.env)
    if (name == "REBOOT") command = value;
  return command;
}

bool reboot_is_off(const Cluster& cluster) {
  const auto command = reboot_command(cluster);
  return command == "no" || command == "off" || command == "never";
}

}  // namespace hbd::model
