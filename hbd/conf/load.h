// SPDX-License-Identifier: Apache-2.0
// The files of a node, as text -> one cluster description and everything that is wrong with them, all at once.
// Pure: the caller has read the files and answers questions about the machine; nothing here opens, resolves or logs.
// A caller starts the daemon only when ok(); otherwise it prints diagnostics.render() to stderr, writes one ERROR
// line per finding to the log, then the historic `Heartbeat not started: configuration error.` and
// `Configuration error, heartbeat not started.`, and exits 6.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diag.h"
#include "hbd/model/cluster.h"
#include "hbd/model/resource.h"

namespace hbd::conf {

/// One file as the caller found it. A file that could not be read has `problem` (strerror: "No such file or
/// directory", "Is a directory") and an empty text; its source still carries the name for the message.
struct File {
  base::Source source{"", ""};
  std::string problem;
  unsigned mode = 0600;  ///< permission bits as stat(2) gives them; only looked at for authkeys
};

struct Files {
  File ha_cf, haresources, authkeys;
  std::string node_name;  ///< `uname -n`, or the first line of nodeinfo; any case
  File only_for_testing{{"", ""}, "none", 0};  ///< mostly absent, which is no finding: mode 0
};

/// What the files name and only the machine can answer. The real one asks the system; tests answer from a list.
class MachineView {
 public:
  virtual ~MachineView() = default;
  /// An executable regular file of this name in resource.d or init.d (or whatever the shell can run by that name).
  virtual bool script_exists(std::string_view name) const = 0;
  /// Names for which script_exists() says yes, for did-you-mean; may be empty.
  virtual std::vector<std::string> scripts() const { return {}; }
  /// That script is this suite's own, not one of the operator's by the same name: its arguments are known.
  virtual bool own_script(std::string_view) const { return true; }
  /// An OCF agent: "heartbeat/apache", or "apache" of whatever provider.
  virtual bool ocf_agent_exists(std::string_view) const { return true; }
  virtual bool interface_exists(std::string_view name) const = 0;
  /// A character device at this absolute path (serial, watchdog).
  virtual bool device_exists(std::string_view) const { return true; }
  virtual bool user_exists(std::string_view name_or_number) const = 0;
  virtual bool group_exists(std::string_view name_or_number) const = 0;
  /// An executable regular file at this absolute path (respawn, failfast).
  virtual bool program_exists(std::string_view path) const = 0;
  /// A regular file (parameters of a stonith device, a configuration file); a relative path begins at ha.cf's folder.
  virtual bool file_exists(std::string_view) const { return true; }
  /// A device type that cluster-glue's `stonith` knows: "baytech", "external/ipmi".
  virtual bool stonith_type_exists(std::string_view) const { return true; }
};

struct Loaded {
  model::Cluster cluster;          ///< as complete as the errors allow; only meant to be used when ok()
  model::Haresources haresources;
  base::Diagnostics diagnostics;
  bool ok() const { return !diagnostics.has_errors(); }
};

/// All files and what they say about each other.
Loaded load(const Files& files, const MachineView& machine);

/// SIGHUP with authkeys changed: the keys alone. Keep the old ones unless ok().
struct LoadedKeys {
  model::AuthKeys keys;
  base::Diagnostics diagnostics;
  bool ok() const { return !diagnostics.has_errors(); }
};
LoadedKeys load_keys(const File& authkeys);

/// SIGHUP with haresources changed: the groups alone, against the cluster that runs.
struct LoadedResources {
  model::Haresources haresources;
  base::Diagnostics diagnostics;
  bool ok() const { return !diagnostics.has_errors(); }
};
LoadedResources load_resources(const File& haresources, const model::Cluster& cluster, const MachineView& machine);

}  // namespace hbd::conf
