// SPDX-License-Identifier: Apache-2.0
// What is known about one real server of one virtual service, from the verdicts of its check: failurecount
// failures in a row take it down, one pass brings it back. Counted per service: two services that share a check
// each count for themselves (the original counts a shared failure twice, reference §3.3).
#pragma once

#include "base/instant.h"
#include "ldir/core/explain.h"

namespace ldir::core {

enum class Change {
  none,
  soft_failure,  ///< failed, not yet often enough
  soft_reset,    ///< passed again before it was often enough
  went_up,
  went_down,
};

struct Health {
  RealState state = RealState::unknown;
  bool proven = false;  ///< a verdict stands behind `state`; false for one adopted from the kernel
  unsigned failures = 0;
  base::Mono since{};

  Change observe(base::Mono now, bool pass, unsigned failure_count);
};

}  // namespace ldir::core
