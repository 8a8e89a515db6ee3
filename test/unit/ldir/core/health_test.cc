// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/health.h"

#include "test/support/catch.h"

using namespace ldir::core;
using namespace std::chrono_literals;

TEST_CASE("failurecount failures in a row take a working server down, one pass brings it back") {
  Health h;
  base::Mono t{1s};
  CHECK(h.observe(t, true, 3) == Change::went_up);
  CHECK(h.observe(t, false, 3) == Change::soft_failure);
  CHECK(h.observe(t, false, 3) == Change::soft_failure);
  CHECK(h.observe(t, true, 3) == Change::soft_reset);
  CHECK(h.failures == 0);
  CHECK(h.observe(t, false, 3) == Change::soft_failure);
  CHECK(h.observe(t, false, 3) == Change::soft_failure);
  CHECK(h.observe(t + 5s, false, 3) == Change::went_down);
  CHECK(h.since == t + 5s);
  CHECK(h.observe(t + 6s, false, 3) == Change::none);
  CHECK(h.since == t + 5s);
  CHECK(h.failures == 4);
  CHECK(h.observe(t + 7s, true, 3) == Change::went_up);
  CHECK(h.observe(t + 8s, true, 3) == Change::none);
}

TEST_CASE("a server never seen working is down with its first failure") {
  Health h;
  CHECK(h.observe({}, false, 3) == Change::went_down);
  CHECK(h.proven);
}

TEST_CASE("one adopted from the kernel has the patience of one that works") {
  Health h;
  h.state = RealState::up;
  CHECK(h.observe({}, false, 2) == Change::soft_failure);
  CHECK(h.observe({}, false, 2) == Change::went_down);
}
