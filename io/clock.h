// SPDX-License-Identifier: Apache-2.0
// The only now(). Pure rooms get time points handed in.
#pragma once

#include "base/instant.h"

namespace io {

/// CLOCK_MONOTONIC: stands still while the machine sleeps. Timers (io/timer.h) run on this one.
base::Mono now_mono();
/// CLOCK_BOOTTIME: counts sleep as well, so that a woken node sees how long it was away. Never mix the two in one
/// subtraction.
base::Mono now_boot();
base::Wall now_wall();

}  // namespace io
