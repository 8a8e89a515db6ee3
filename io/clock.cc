// SPDX-License-Identifier: Apache-2.0
#include "io/clock.h"

#include <ctime>

namespace io {
namespace {

base::Duration read_clock(clockid_t id) {
  timespec ts{};
  ::clock_gettime(id, &ts);
  return std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec);
}

}  // namespace

base::Mono now_mono() { return base::Mono(read_clock(CLOCK_MONOTONIC)); }
base::Wall now_wall() { return base::Wall(read_clock(CLOCK_REALTIME)); }

}  // namespace io
