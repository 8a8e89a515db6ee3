// SPDX-License-Identifier: Apache-2.0
// Starts the master again when it was killed, where no service manager does (hbd(8), Two processes): the resources of a
// machine must not stay up with nobody to manage them. A third process that holds nothing but the end of a pipe.
//
// Who is killed leaves its pid file. Who is stopped or upgraded afterwards takes that away, or another's number stands in
// it, and then nobody is missed any more: that is how a stop and a start by hand have their way while the guard waits.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "io/fd.h"

namespace hbd::shell {

class Guard {
 public:
  Guard() = default;
  /// Forks it: call before anything is locked, and before there are threads. `arguments`: of this program, without its name.
  /// Without memory for another process there is none.
  static Guard post(const std::vector<std::string>& arguments, const std::string& pid_file);
  Guard(Guard&&) = default;
  Guard& operator=(Guard&&) = default;
  ~Guard();  ///< an end in good order: it goes, too

 private:
  explicit Guard(io::Fd pipe) : pipe_(std::move(pipe)) {}
  io::Fd pipe_;
};

/// The master that died and for which this process was started by a guard; nullopt at an ordinary start. Tells it once.
std::optional<pid_t> started_for();
/// Nothing has been started or stopped since `master` died.
bool still_missed(const std::string& pid_file, pid_t master);

}  // namespace hbd::shell
