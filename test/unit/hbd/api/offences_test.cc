// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/offences.h"

#include "test/support/catch.h"

using hbd::api::Offences;
using namespace std::chrono_literals;

TEST_CASE("each kind of offence is told once per ten seconds, with the number of those in between") {
  Offences offences;
  const base::Mono start(1h);
  CHECK(offences.note("garbage", "not a client frame", start) == "not a client frame");
  for (int n = 0; n < 1000; ++n) CHECK_FALSE(offences.note("garbage", "not a client frame", start + n * 9ms));
  // Another kind is not lost among them.
  CHECK(offences.note("too many", "too many clients", start + 9s) == "too many clients");
  CHECK_FALSE(offences.note("garbage", "an empty payload", start + 9999ms));
  CHECK(offences.note("garbage", "an empty payload", start + 10s) == "an empty payload (1001 more before)");
  CHECK(offences.note("garbage", "not a client frame", start + 20s) == "not a client frame");
  CHECK_FALSE(offences.note("too many", "too many clients", start + 18s));
  CHECK(offences.note("too many", "too many clients", start + 19s) == "too many clients (1 more before)");
}
