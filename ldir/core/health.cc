// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/health.h"

#include <limits>

namespace ldir::core {

Change Health::observe(base::Mono now, bool pass, unsigned failure_count) {
  const unsigned before = failures;
  proven = true;
  if (pass) {
    failures = 0;
    if (state == RealState::up) return before ? Change::soft_reset : Change::none;
    state = RealState::up;
    since = now;
    return Change::went_up;
  }
  if (failures < std::numeric_limits<unsigned>::max()) ++failures;
  if (state == RealState::down) return Change::none;
  // Patience is for servers that worked until now. One that nobody has seen working is not in the table, so
  // there is nothing to be patient about.
  if (state == RealState::up && failures < failure_count) return Change::soft_failure;
  state = RealState::down;
  since = now;
  return Change::went_down;
}

}  // namespace ldir::core
