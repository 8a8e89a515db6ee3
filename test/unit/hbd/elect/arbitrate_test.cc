// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/arbitrate.h"

#include "test/support/catch.h"

using namespace hbd::elect::heartbeat;

namespace {

Bench pair(GroupClaim mine, GroupClaim theirs, std::size_t self, std::size_t home, bool failback) {
  Bench out;
  out.self = self;
  out.failback = failback;
  out.preferred = {home};
  out.standing = {{}};
  out.seats = {{"alice", true, true, true, true, false, false, {self == 0 ? mine : theirs}},
               {"bob", true, true, true, true, false, false, {self == 1 ? mine : theirs}}};
  return out;
}

constexpr Claim kClaims[] = {Claim::none, Claim::yielded, Claim::failed, Claim::asking, Claim::starting, Claim::held, Claim::stopping};

}  // namespace

TEST_CASE("two nodes that know each other's claims never both hold or take, whatever they claim") {
  for (const auto a : kClaims)
    for (const auto b : kClaims)
      for (std::uint64_t term_a = 1; term_a <= 2; ++term_a)
        for (std::uint64_t term_b = 1; term_b <= 2; ++term_b)
          for (std::size_t home = 0; home < 2; ++home)
            for (const bool failback : {false, true}) {
              CAPTURE(static_cast<int>(a), static_cast<int>(b), term_a, term_b, home, failback);
              const GroupClaim ca{a, term_a}, cb{b, term_b};
              const auto alice = decide(pair(ca, cb, 0, home, failback), 0);
              const auto bob = decide(pair(cb, ca, 1, home, failback), 0);
              CHECK_FALSE((alice.hold && bob.hold));
              CHECK_FALSE(alice.reason.empty());
              CHECK_FALSE(bob.reason.empty());
              // Somebody has it in the end, unless both gave up on it or the way out is still in progress.
              const bool a_can = a != Claim::yielded && a != Claim::failed, b_can = b != Claim::yielded && b != Claim::failed;
              const bool moving = a == Claim::stopping || b == Claim::stopping;
              if ((a_can || b_can) && !moving) CHECK((alice.hold || bob.hold));
            }
}

TEST_CASE("after a partition the preferred node keeps under failback, else the one that holds longer") {
  const GroupClaim old{Claim::held, 1}, young{Claim::held, 2};
  CHECK(decide(pair(young, old, 0, 0, true), 0).hold);
  CHECK_FALSE(decide(pair(young, old, 0, 0, false), 0).hold);
  CHECK(decide(pair(old, young, 0, 1, false), 0).hold);
  // Nothing else to tell them apart: the preferred node.
  CHECK(decide(pair(old, old, 1, 1, false), 0).hold);
  CHECK_FALSE(decide(pair(old, old, 0, 1, false), 0).hold);
}

TEST_CASE("a Heartbeat drops all by itself after a partition: we keep") {
  auto bench = pair({Claim::held, 2}, {Claim::held, 0}, 0, 1, true);
  bench.seats[1].upbeat = false;
  CHECK(decide(bench, 0).hold);
  SECTION("unless it never noticed") {
    bench.seats[1].stubborn = true;
    CHECK_FALSE(decide(bench, 0).hold);
  }
  bench.seats[0].claims[0].claim = Claim::starting;
  CHECK_FALSE(decide(bench, 0).hold);
}

TEST_CASE("who cannot hear us will not yield: we do") {
  auto bench = pair({Claim::held, 1}, {Claim::held, 2}, 0, 0, true);
  CHECK(decide(bench, 0).hold);
  bench.seats[1].deaf = true;
  CHECK_FALSE(decide(bench, 0).hold);
}

TEST_CASE("what nobody holds goes home, and elsewhere only when home is away, unable or asleep") {
  auto bench = pair({}, {}, 0, 1, true);
  CHECK_FALSE(decide(bench, 0).hold);
  SECTION("failed there") {
    bench.seats[1].claims[0].claim = Claim::failed;
    CHECK(decide(bench, 0).hold);
  }
  SECTION("given away on purpose") {
    bench.seats[1].claims[0].claim = Claim::yielded;
    CHECK(decide(bench, 0).hold);
  }
  SECTION("dead") {
    bench.seats[1].alive = false;
    CHECK(decide(bench, 0).hold);
  }
  SECTION("does not act") {
    bench.standing[0].patience_over = true;
    CHECK(decide(bench, 0).hold);
  }
  SECTION("has not said what it holds") {
    bench.seats[1].known = false;
    bench.preferred = {0};
    CHECK_FALSE(decide(bench, 0).hold);
  }
  SECTION("a Heartbeat that has finished starting does not take it any more") {
    bench.seats[1].upbeat = false;
    CHECK(decide(bench, 0).hold);
    bench.seats[1].ready = false;
    CHECK_FALSE(decide(bench, 0).hold);
  }
}

TEST_CASE("what is being taken but was not touched yet is left to whoever turns up with any of it") {
  auto bench = pair({Claim::asking, 2}, {}, 0, 1, true);
  CHECK(decide(bench, 0).hold);
  SECTION("leftovers that its new process stops") {
    bench.seats[1].claims[0].claim = Claim::stopping;
    CHECK_FALSE(decide(bench, 0).hold);
    bench.seats[0].claims[0].claim = Claim::starting;
    CHECK(decide(bench, 0).hold);
  }
  SECTION("it has begun to start it, and that counts more than whose home it is") {
    bench.seats[1].claims[0].claim = Claim::starting;
    bench.preferred[0] = 0;
    CHECK_FALSE(decide(bench, 0).hold);
    bench.self = 1;
    CHECK(decide(bench, 0).hold);
  }
  SECTION("it holds") {
    bench.seats[1].claims[0].claim = Claim::held;
    CHECK_FALSE(decide(bench, 0).hold);
  }
  SECTION("back, and has not said yet what it holds") {
    bench.seats[1].known = false;
    CHECK_FALSE(decide(bench, 0).hold);
    bench.seats[1].alive = false;
    CHECK(decide(bench, 0).hold);
  }
  SECTION("given away to us: the preferred node's silence is no reason to give up") {
    bench.seats[1].claims[0].claim = Claim::none;
    CHECK(decide(bench, 0).hold);
  }
}

TEST_CASE("nothing that a dead node may hold is taken before it was reset") {
  auto bench = pair({}, {}, 0, 0, true);
  bench.seats[1].fencing = true;
  SECTION("it held the group") {
    bench.seats[1].claims[0].claim = Claim::held;
    CHECK_FALSE(decide(bench, 0).hold);
    bench.standing[0].patience_over = true;
    CHECK_FALSE(decide(bench, 0).hold);
  }
  SECTION("it was never heard") {
    bench.seats[1].known = false;
    bench.standing[0].patience_over = true;
    CHECK_FALSE(decide(bench, 0).hold);
    bench.seats[0].claims[0].claim = Claim::asking;
    CHECK_FALSE(decide(bench, 0).hold);
  }
  SECTION("it held nothing when it was last heard: it may have taken since what nobody held") {
    CHECK_FALSE(decide(bench, 0).hold);
    bench.seats[0].claims[0].claim = Claim::asking;
    CHECK_FALSE(decide(bench, 0).hold);
  }
  SECTION("what we hold stays") {
    bench.seats[0].claims[0].claim = bench.seats[1].claims[0].claim = Claim::held;
    CHECK(decide(bench, 0).hold);
  }
}

TEST_CASE("nothing that nobody holds is taken while a live node is silent or does not hear us") {
  auto bench = pair({}, {}, 0, 0, true);
  CHECK(decide(bench, 0).hold);
  bench.seats[1].in_touch = false;
  CHECK_FALSE(decide(bench, 0).hold);
  SECTION("however long nobody takes it") {
    bench.standing[0].patience_over = true;
    CHECK_FALSE(decide(bench, 0).hold);
  }
  SECTION("and not if we have only asked its scripts so far") {
    bench.seats[0].claims[0].claim = Claim::asking;
    CHECK_FALSE(decide(bench, 0).hold);
  }
  SECTION("what we have begun to start, or hold, stays") {
    bench.seats[0].claims[0].claim = Claim::starting;
    CHECK(decide(bench, 0).hold);
    bench.seats[0].claims[0].claim = Claim::held;
    CHECK(decide(bench, 0).hold);
  }
  SECTION("a dead one is not waited for") {
    bench.seats[1].alive = false;
    CHECK(decide(bench, 0).hold);
  }
}

TEST_CASE("failback is offered only when it can succeed and was not overruled") {
  auto bench = pair({Claim::held, 1}, {}, 0, 1, true);
  CHECK(decide(bench, 0).offer == std::optional<std::size_t>(1));
  SECTION("brought here on purpose") {
    bench.standing[0].pinned = true;
    CHECK_FALSE(decide(bench, 0).offer);
  }
  SECTION("not ready") {
    bench.seats[1].ready = false;
    CHECK_FALSE(decide(bench, 0).offer);
  }
  SECTION("failed there") {
    bench.seats[1].claims[0].claim = Claim::failed;
    CHECK_FALSE(decide(bench, 0).offer);
  }
  SECTION("auto_failback off") {
    bench.failback = false;
    CHECK_FALSE(decide(bench, 0).offer);
  }
  CHECK(decide(bench, 0).hold);
}

TEST_CASE("of three nodes, one takes what a dead one held") {
  Bench bench;
  bench.preferred = {0};
  bench.standing = {{}};
  bench.seats = {{"alice", false, false, true, true, false, false, {{}}},
                 {"bob", true, true, true, true, false, false, {{}}},
                 {"carol", true, true, true, true, false, false, {{}}}};
  bench.self = 1;
  CHECK(decide(bench, 0).hold);
  bench.self = 2;
  CHECK_FALSE(decide(bench, 0).hold);
  bench.seats[1].claims[0].claim = Claim::failed;
  CHECK(decide(bench, 0).hold);
}
