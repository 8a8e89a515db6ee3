// SPDX-License-Identifier: Apache-2.0
// What one check costs must not depend on how many others there are. Counted, not timed: the memory that is asked for
// while one verdict is taken in and carried out.
#include <fmt/format.h>
#include <malloc.h>

#include <cstdlib>
#include <new>
#include <random>

#include "ldir/check/registry.h"
#include "ldir/check/script.h"
#include "ldir/core/policy.h"
#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

namespace {
std::size_t allocations = 0;
}

// GCC takes malloc and a replaced delete for a mismatch once they are inlined.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) {
  ++allocations;
  if (void* got = std::malloc(size ? size : 1)) return got;
  throw std::bad_alloc();
}
void operator delete(void* what) noexcept { std::free(what); }
void operator delete(void* what, std::size_t) noexcept { std::free(what); }

using namespace test;
using namespace ldir::core;

namespace {

std::string address(int r) { return fmt::format("10.{}.{}.{}:80", 20 + r / 60000, r / 250 % 240, 1 + r % 250); }

/// One service of so many reals, all up and in the table.
void start(World& w, int reals) {
  auto v = service("10.9.9.100:80");
  fallback(v, "127.0.0.1:80");
  for (int r = 0; r < reals; ++r) real(v, address(r), Forward::route);
  w.start(config({std::move(v)}));
  REQUIRE(w.kernel.table.begin()->second.dests.size() == static_cast<std::size_t>(reals));
}

void verdict(World& w, CheckId id, bool pass) {
  w.step(CheckDone{id, pass ? ldir::check::passed("fine") : ldir::check::failed(ldir::check::Layer::network, "no")});
}

struct Cost {
  std::size_t same, down, up;
};

/// Allocations per verdict: of one like the last, and of those that take a server out and back in.
Cost cost(int reals) {
  World w;
  start(w, reals);
  Cost sum{};
  auto measure = [&](std::size_t& into, CheckId id, bool pass) {
    w.log.clear(), w.kernel.applied.clear();
    const auto before = allocations;
    verdict(w, id, pass);
    into += allocations - before;
  };
  for (CheckId id = 10; id < 60; ++id) {
    verdict(w, id, false), verdict(w, id, true);  // whatever grows by itself has grown
    measure(sum.same, id, true);
    measure(sum.down, id, false);
    measure(sum.up, id, true);
  }
  return sum;
}

}  // namespace

TEST_CASE("a verdict costs the same among 100 servers and among 10,000") {
  const auto few = cost(100), many = cost(10'000);
  CHECK(many.same == few.same);
  CHECK(many.down == few.down);
  CHECK(many.up == few.up);
  CHECK(few.down > 0);
}

TEST_CASE("what changes one by one comes to what a plan of the whole would be") {
  std::mt19937 random(7);
  for (int run = 0; run < 40; ++run) {
    World w;
    auto v = service("10.9.9.100:80");
    v.quiescent = run % 2;
    v.failure_count = 1 + run % 3;
    const int reals = 1 + run % 7;
    // Sometimes a fallback, sometimes one that is a real server as well, sometimes a real server twice.
    if (run % 4 == 1) fallback(v, "127.0.0.1:80");
    if (run % 4 == 2) fallback(v, address(1));
    for (int r = 0; r < reals; ++r) real(v, address(run % 5 == 4 ? r / 2 : r), Forward::route, 1 + r % 3u).check.request = std::to_string(r);
    auto c = config({std::move(v)});
    c.maintenance_dir = "/m";
    c.check_interval = 1s;
    w.load(std::move(c));
    for (int turn = 0; turn < 200; ++turn) {
      Effects out;
      for (auto n = random() % 3; n-- > 0;) {
        const auto id = static_cast<CheckId>(random() % w.checks.size());
        verdict(w, id, random() % 4 > static_cast<unsigned>(run) / 3 % 3);
      }
      if (turn % 17 == 5) w.wait(2s);
      if (turn % 23 == 7) w.step(Maintenance{{{address(static_cast<int>(random() % 4)).substr(0, 8 + random() % 4)}, {}}});
      if (turn % 29 == 11) w.kernel.refuse = [&](const auto&) { return random() % 2 == 0; };
      if (turn % 29 == 14) w.kernel.refuse = nullptr, w.wait(2s);
      if (turn % 41 == 20 && !w.kernel.table.empty()) w.kernel.table.begin()->second.dests.clear(), w.wait(2s);
      INFO("run " << run << ", turn " << turn);
      const auto& desired = w.director.desired().begin()->second.dests;
      // explain() plans the whole, each time. Where entries share an endpoint it does not say which one is meant.
      if (run % 5 != 4 && run % 4 != 2) {
        std::map<ldir::ipvs::DestKey, ldir::ipvs::Dest> whole;
        const auto explained = w.director.explain();
        for (const auto& entry : explained.front().entries)
          if (entry.dest) whole[entry.endpoint] = *entry.dest;
        REQUIRE(desired == whole);
      }
      if (!w.kernel.refuse) REQUIRE(w.kernel.table.begin()->second.dests == desired);
    }
  }
}

TEST_CASE("a check that has run holds a few kilobytes") {
  ldir::model::CheckSpec spec;
  spec.service = ServiceType::http;
  spec.address = ip("10.9.9.2");
  spec.port = 80;
  spec.request = "/check.html";
  spec.receive = "Test (HA|LA) Page";
  constexpr std::size_t kChecks = 1000;
  std::vector<ldir::check::Scripts> scripts(kChecks);
  const auto before = ::mallinfo2().uordblks;
  for (auto& each : scripts) {
    auto* script = each.get(spec, CheckType::negotiate);
    script->next(ldir::check::Connected{});
    script->next(ldir::check::Sent{});
    auto last = script->next(ldir::check::Received{"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nTest HA Page\n"});
    REQUIRE(std::get<ldir::check::Done>(last).verdict.pass);
  }
  CHECK((::mallinfo2().uordblks - before) / kChecks < 3072);
}
