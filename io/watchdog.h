// SPDX-License-Identifier: Apache-2.0
// The service manager's watchdog (sd_watchdog_enabled(3)): as long as the loop turns, systemd hears of it
// twice within the limit that its unit sets. Does nothing where nobody asked for it.
#pragma once

#include <optional>

#include "base/instant.h"
#include "io/loop.h"
#include "io/timer.h"

namespace io {

/// How often the service manager wants to hear from this process, if it does.
std::optional<base::Duration> watchdog_limit();

class Watchdog {
 public:
  explicit Watchdog(Context& context);

 private:
  void feed();

  Timer timer_;
  base::Duration limit_{};
};

}  // namespace io
