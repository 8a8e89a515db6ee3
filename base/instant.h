// SPDX-License-Identifier: Apache-2.0
// Time as a value. The clocks here have no now(): only io/clock.h reads the real ones, so pure code
// can be driven by the simulator and by tests at any speed.
#pragma once

#include <chrono>
#include <cstdint>

namespace base {

using Duration = std::chrono::nanoseconds;
using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

/// Monotonic time, never steps back. Zero is arbitrary; only differences mean anything.
struct MonoClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};
using Mono = MonoClock::time_point;

/// Calendar time since 1970-01-01 UTC; may step. For log lines and the `ts` field only, never for deadlines.
struct WallClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<WallClock>;
  static constexpr bool is_steady = false;
};
using Wall = WallClock::time_point;

inline constexpr Mono kNever = Mono::max();

/// Whole milliseconds in `d`, rounded towards zero.
constexpr std::int64_t to_ms(Duration d) { return std::chrono::duration_cast<Millis>(d).count(); }

/// Whole seconds since the epoch, as time(2) gives them.
constexpr std::int64_t to_unix(Wall t) {
  return std::chrono::duration_cast<Seconds>(t.time_since_epoch()).count();
}

}  // namespace base
