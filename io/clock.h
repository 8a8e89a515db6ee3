// SPDX-License-Identifier: Apache-2.0
// The only now(). Pure rooms get time points handed in.
#pragma once

#include "base/instant.h"

namespace io {

/// CLOCK_MONOTONIC: stands still while the machine sleeps. Timers (io/timer.h) run on this one.
base::Mono now_mono();
base::Wall now_wall();

}  // namespace io
