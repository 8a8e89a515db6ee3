// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/liveness.h"

#include "test/support/catch.h"

using namespace hbd::elect::heartbeat;
using namespace std::chrono_literals;

TEST_CASE("a node is dead at exactly its dead time of silence, not before") {
  const base::Mono start(1h);
  Pulse pulse;
  pulse.begin(start, 1s);
  CHECK(pulse.heard(start + 400ms) == 400ms);
  CHECK_FALSE(pulse.silent(start + 1399ms));
  CHECK(pulse.deadline() == start + 1400ms);
  CHECK(pulse.silent(start + 1400ms));
  pulse.set_limit(2s);  // it said another dead time
  CHECK_FALSE(pulse.silent(start + 1400ms));
}

TEST_CASE("our own stall gives a silent node one more heartbeat's time") {
  const base::Mono start(1h);
  CHECK_FALSE(stalled(start, start + 200ms, 200ms));
  CHECK(stalled(start, start + 201ms, 200ms));
  Pulse pulse;
  pulse.begin(start, 1s);
  pulse.pardon(start + 5300ms);
  CHECK_FALSE(pulse.silent(start + 5299ms));
  CHECK(pulse.silent(start + 5300ms));
}

TEST_CASE("a packet that was drained late never moves the pulse back") {
  const base::Mono start(1h);
  Pulse pulse;
  pulse.begin(start, 1s);
  pulse.heard(start + 500ms);
  pulse.heard(start + 300ms);
  CHECK(pulse.last() == start + 500ms);
}
