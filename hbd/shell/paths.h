// SPDX-License-Identifier: Apache-2.0
// Where hbd's files live. Fixed for an installed daemon; tests give it a folder of their own.
#pragma once

#include <string>

namespace hbd::shell {

struct Paths {
  std::string root;    ///< empty, or a folder under which all of them live (tests)
  std::string config;  ///< when given, the folder of ha.cf and its companions (hbd -t DIR)
  std::string coreroot = {};  ///< of ha.cf; empty: the built-in folder

  std::string etc() const { return config.empty() ? root + "/etc/ha.d" : config; }
  std::string ha_cf() const { return etc() + "/ha.cf"; }
  std::string haresources() const { return etc() + "/haresources"; }
  std::string authkeys() const { return etc() + "/authkeys"; }
  std::string nodeinfo() const { return etc() + "/nodeinfo"; }
  std::string only_for_testing() const { return etc() + "/OnlyForTesting"; }
  std::string resource_d() const { return etc() + "/resource.d"; }
  std::string init_d() const { return root + "/etc/init.d"; }
  std::string rc_d() const { return etc() + "/rc.d"; }
  std::string harc() const { return etc() + "/harc"; }
  std::string own_resource_d() const { return root + "/usr/share/heartbeat/resource.d"; }

  std::string pid_file() const { return root + "/var/run/heartbeat.pid"; }
  std::string run() const { return root + "/var/run/heartbeat"; }
  std::string api_socket() const { return run() + "/register"; }
  std::string status_socket() const { return run() + "/status.sock"; }
  std::string successor_socket() const { return run() + "/successor"; }

  std::string lib() const { return root + "/var/lib/heartbeat"; }
  std::string generation() const { return lib() + "/hb_generation"; }
  std::string uuid() const { return lib() + "/hb_uuid"; }
  std::string fifo() const { return lib() + "/fifo"; }
  std::string all_cores() const { return coreroot.empty() ? lib() + "/cores" : root + coreroot; }
  std::string cores() const { return cores_of("root"); }
  std::string cores_of(const std::string& user) const { return all_cores() + "/" + user; }
};

}  // namespace hbd::shell
