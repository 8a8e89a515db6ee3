// SPDX-License-Identifier: Apache-2.0
// A machine that has what a test says it has.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "hbd/conf/load.h"

struct FakeMachine : hbd::conf::MachineView {
  std::vector<std::string> script_names{"IPaddr", "IPaddr2", "IPv6addr", "ipvsadm", "ldirectord", "MailTo", "Filesystem"};
  std::vector<std::string> interfaces{"lo", "eth0", "eth1"};
  std::vector<std::string> users{"root", "hacluster"}, groups{"root", "haclient"};
  std::vector<std::string> programs{"/usr/local/bin/watcher"};
  std::vector<std::string> devices{"/dev/ttyS0", "/dev/watchdog"};
  std::vector<std::string> stonith_types{"baytech", "null", "external/ssh", "external/ipmi"};
  std::vector<std::string> files{"/etc/ha.d/baytech.conf", "/etc/ha.d/ipmi.conf"};
  std::vector<std::string> foreign_scripts{};  ///< of the operator, by a name that ours have, too
  std::vector<std::string> agents{"heartbeat/apache", "apache"};
  bool any_interface = false, any_script = false, any_file = false;

  static bool has(const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  }
  bool script_exists(std::string_view name) const override { return any_script || has(script_names, name); }
  std::vector<std::string> scripts() const override { return script_names; }
  bool own_script(std::string_view name) const override { return !has(foreign_scripts, name); }
  bool ocf_agent_exists(std::string_view name) const override { return any_script || has(agents, name); }
  bool interface_exists(std::string_view name) const override { return any_interface || has(interfaces, name); }
  bool device_exists(std::string_view path) const override { return has(devices, path); }
  bool user_exists(std::string_view name) const override { return has(users, name); }
  bool group_exists(std::string_view name) const override { return has(groups, name); }
  bool program_exists(std::string_view path) const override { return has(programs, path); }
  bool file_exists(std::string_view path) const override { return any_file || has(files, path); }
  bool stonith_type_exists(std::string_view type) const override { return has(stonith_types, type); }
};

/// Three files that are right, to be spoilt by a test one at a time.
inline hbd::conf::Files good_files() {
  using hbd::conf::File;
  return {File{{"/etc/ha.d/ha.cf", "logfacility local0\nauto_failback on\nbcast eth0\nnode alice bob\n"}, "", 0644},
          File{{"/etc/ha.d/haresources", "alice 10.0.0.1\n"}, "", 0644},
          File{{"/etc/ha.d/authkeys", "auth 1\n1 sha1 secret\n"}, "", 0600},
          "alice"};
}

/// ha.cf of good_files() with `text` after it: its first line is line 5.
inline hbd::conf::Loaded load_with(std::string_view text, const FakeMachine& machine = {}) {
  auto files = good_files();
  files.ha_cf.source = {"/etc/ha.d/ha.cf", files.ha_cf.source.text() + std::string(text)};
  return hbd::conf::load(files, machine);
}
