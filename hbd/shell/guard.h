// SPDX-License-Identifier: Apache-2.0
// Starts the master again when it was killed, where no service manager does (hbd(8), Two processes): the resources of a machine must not stay up
// with nobody to manage them. A third process that holds nothing but the end of a pipe.
#pragma once

#include <string>
#include <vector>

#include "io/fd.h"

namespace hbd::shell {

class Guard {
 public:
  Guard() = default;
  /// Forks it: call before anything is locked, and before there are threads. `arguments`: of this program, without its name.
  /// Without memory for another process there is none.
  static Guard post(const std::vector<std::string>& arguments);
  Guard(Guard&&) = default;
  Guard& operator=(Guard&&) = default;
  ~Guard();  ///< an end in good order: it goes, too

 private:
  explicit Guard(io::Fd pipe) : pipe_(std::move(pipe)) {}
  io::Fd pipe_;
};

/// The pid of the master that died and for which this process was started; empty at an ordinary start. Tells it once.
std::string started_for();

}  // namespace hbd::shell
