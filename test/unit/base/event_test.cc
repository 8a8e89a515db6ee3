// SPDX-License-Identifier: Apache-2.0
#include "base/event.h"

#include "test/support/catch.h"

using namespace base;

namespace {
constexpr EventKind kDead{"node_dead", Level::warn, "node {node}: is dead"};
constexpr EventKind kOdd{"odd", Level::info, "a {missing} b {open"};
}  // namespace

TEST_CASE("fields fill the historic text") {
  CHECK(Event(kDead, {{"node", "bob"}}).text() == "node bob: is dead");
  CHECK(Event(kOdd).text() == "a  b {open");
}

TEST_CASE("a field cannot forge a log line") {
  CHECK(Event(kDead, {{"node", "x\nNov 20 fake"}}).text() == "node x\\x0aNov 20 fake: is dead");
}
