// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/liveness.h"

#include <algorithm>

namespace hbd::elect::heartbeat {

void Pulse::begin(base::Mono now, base::Duration limit) {
  last_ = now;
  limit_ = limit;
  pardoned_until_ = {};
}

base::Duration Pulse::heard(base::Mono at) {
  const auto interval = at - last_;
  last_ = std::max(last_, at);
  return interval;
}

void Pulse::pardon(base::Mono until) {
  pardoned_until_ = std::max(pardoned_until_, until);
}

base::Mono Pulse::deadline() const {
  return std::max(last_ + limit_, pardoned_until_);
}

bool stalled(base::Mono planned, base::Mono now, base::Duration keepalive) {
  return now - planned > keepalive;
}

}  // namespace hbd::elect::heartbeat
