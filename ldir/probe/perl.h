// SPDX-License-Identifier: Apache-2.0
// checktype=external-perl: Perl processes that stay, each with the checkcommands compiled once and kept. One
// call at a time each; there are as many as there are calls at once, and few of them are kept when idle. One
// that hangs is killed with all it has started, and a new one takes its place.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/fd.h"
#include "io/process.h"

namespace ldir::probe {

class PerlWorkers {
 public:
  struct Worker {
    io::ProcessRunner::Id id = 0;
    io::Fd wire;  ///< our end; a reply per request
    int calls = 0;
  };

  explicit PerlWorkers(io::ProcessRunner& programs) : programs_(programs) {}
  base::Result<std::unique_ptr<Worker>> take();
  /// It has answered and may be used again.
  void give_back(std::unique_ptr<Worker> worker);
  /// It has not, and may not.
  void end(std::unique_ptr<Worker> worker);

 private:
  io::ProcessRunner& programs_;
  std::vector<std::unique_ptr<Worker>> idle_;  // the last one used is the next
};

}  // namespace ldir::probe
