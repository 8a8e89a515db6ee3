// SPDX-License-Identifier: Apache-2.0
// cl_status, apart from its socket: the sub-commands, texts and exit codes of heartbeat 3.0.6 (reference, 9.1; each
// was compared with the real program).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hbd/tools/heartbeat.h"

namespace hbd::tools {

enum ExitCode : int { kOk = 0, kNo = 1, kBadArguments = 11, kTimedOut = 12, kUnknown = 13 };

/// Where the words go. `error` adds the date, host and pid that the original puts before them.
struct Voice {
  std::function<void(const std::string&)> out;    ///< standard output, as is
  std::function<void(const std::string&)> err;    ///< standard error, as is
  std::function<void(const std::string&)> error;  ///< one "ERROR: ..." line
};

/// `args` without the program's name.
int cl_status(const std::vector<std::string>& args, Heartbeat& heartbeat, const Voice& voice);

}  // namespace hbd::tools
