// SPDX-License-Identifier: Apache-2.0
// The privileged process: reads and checks the configuration, opens what needs privilege, runs resource scripts and
// nothing else, writes the logs, pats the watchdog, keeps a child alive. It reads no byte from the network and none
// from clients. What happens when one of the two dies is told in child.h.
#pragma once

#include <string>

#include "hbd/shell/config.h"
#include "hbd/shell/options.h"
#include "hbd/shell/paths.h"

namespace hbd::shell {

/// Exit codes of Heartbeat 3.0.6.
inline constexpr int kExitOk = 0, kExitFailure = 1, kExitUsage = 2, kExitStopped = 3, kExitPermission = 4, kExitConfig = 6;

/// Starts the daemon; returns (in the daemon, or in the foreground) when it has ended. `then_stop`: only to release
/// what the orphan of a dead master still holds.
int run_parent(const Options& options, const Paths& paths, const Parse& parse, bool then_stop = false);

/// -s, -k, -r, -t.
int show_status(const Paths& paths, const Parse& parse);
int stop_daemon(const Options& options, const Paths& paths, const Parse& parse);
int reload_daemon(const Paths& paths, const Parse& parse);
int test_files(const Paths& paths, const Parse& parse);

inline constexpr const char* kVersionText = "3.0.6 (Upbeat " UPBEAT_VERSION ")";

}  // namespace hbd::shell
