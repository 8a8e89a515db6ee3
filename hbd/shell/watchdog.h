// SPDX-License-Identifier: Apache-2.0
// The kernel's watchdog: the machine resets when nobody pats it. The parent pats on the child's sign of life, so that
// a node that cannot send heartbeats any more takes its resources down with it.
#pragma once

#include <string>

#include "base/instant.h"
#include "base/result.h"
#include "io/fd.h"

namespace hbd::shell {

class Watchdog {
 public:
  Watchdog() = default;
  /// Timeout: deadtime in whole seconds, rounded up (reference, section 7: ceil((deadtime + 10 ms) / 1 s)).
  static base::Result<Watchdog> open(const std::string& device, base::Millis deadtime);
  /// The same device, for another dead time: what the machine waits for from now on.
  void set_deadtime(base::Millis deadtime);
  void pat();
  void disarm();  ///< a proper stop: the machine stays up
  int seconds() const { return seconds_; }
  const std::string& device() const { return device_; }  ///< empty: none

 private:
  std::string device_;
  io::Fd fd_;
  int seconds_ = 0;
};

}  // namespace hbd::shell
