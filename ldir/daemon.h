// SPDX-License-Identifier: Apache-2.0
// The daemon itself: from a configuration that has been found good to the last line of its log.
#pragma once

#include <string>

#include "io/daemon.h"
#include "io/log_sink.h"
#include "ldir/model/service.h"
#include "ldir/options.h"

namespace ldir {

struct DaemonSetup {
  const Options& options;
  model::Config config;
  std::string pid_file;  ///< empty: in the foreground, without one
  bool replaces = false; ///< it takes the table over from one that has just ended
};

/// Where the log goes, for this configuration in this mode.
std::vector<io::LogTarget> log_targets(const Options& options, const model::Config& config);

/// In the background: forks, and the caller's process ends with the daemon's report. In the foreground: runs until
/// stopped. Returns the exit code.
int run_daemon(DaemonSetup setup, io::LogSink& log);

}  // namespace ldir
