// SPDX-License-Identifier: Apache-2.0
// Who the child runs as, the folders it and the scripts need, and how it is started: all that happens between root and
// no privileges.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "hbd/shell/paths.h"
#include "io/fd.h"

namespace hbd::shell {

struct ChildUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;       ///< "hacluster"
  bool fallback = false;  ///< hacluster:haclient does not exist; nobody:nogroup serves, only root's tools can connect
};
base::Result<ChildUser> find_child_user();

/// /var/run/heartbeat, /var/lib/heartbeat and what is below. `fresh`: also empties the scripts' scratch folder, which
/// must not happen while resources of a dead master's time are still running.
base::Result<void> make_folders(const Paths& paths, const ChildUser& user, bool fresh);

struct ChildLaunch {
  int executable = -1;  ///< of /proc/self/exe
  int channel = -1;     ///< becomes descriptor 3
  ChildUser user;
  int realtime = 0;     ///< SCHED_RR priority; 0 = none
  bool keep_stderr = false;
  bool coredumps = true;
  std::string folder{};  ///< where it lives, and where a core file of it falls; empty = nowhere in particular
};
/// Fork and exec of ourselves with `--child`. Everything but standard streams and the channel is closed there.
base::Result<pid_t> launch_child(const ChildLaunch& launch);

inline constexpr int kChildChannel = 3;

/// May we, and what we start, leave core files behind? In `folder`.
void allow_cores(bool yes, const std::string& folder);

/// Root's own priority, not inherited by what it starts. False where the system does not permit it.
bool go_realtime(int priority);
void leave_realtime();

}  // namespace hbd::shell
