// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/reconcile.h"

#include <algorithm>

#include "base/rng.h"
#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace ldir::core;
using namespace ldir::ipvs;
using test::endpoint;

namespace {

ServiceKey key(std::uint16_t port) { return {Protocol::tcp, test::ip("10.9.9.100"), port, 0}; }

std::vector<std::string> texts(const std::vector<Op>& ops) {
  std::vector<std::string> out;
  for (const auto& op : ops) out.push_back(describe(op));
  return out;
}

Service random_service(base::Rng& rng) {
  Service s;
  s.options.scheduler = rng.chance(0.8) ? "wrr" : "wlc";
  s.options.persistent_s = rng.chance(0.2) ? 60 : 0;
  for (auto n = rng.below(5); n--;)
    s.dests[{test::ip("10.9.9.2"), static_cast<std::uint16_t>(rng.below(6))}] = {
        static_cast<Forward>(rng.below(4)), static_cast<std::uint32_t>(rng.below(3)), static_cast<std::uint32_t>(rng.below(2)), 0};
  return s;
}

Table random_table(base::Rng& rng) {
  Table t;
  for (auto n = rng.below(4); n--;) t[key(static_cast<std::uint16_t>(rng.below(4)))] = random_service(rng);
  return t;
}

bool serves(const Table& t, const ServiceKey& k) {
  auto s = t.find(k);
  return s != t.end() && std::any_of(s->second.dests.begin(), s->second.dests.end(), [](auto& d) { return d.second.weight > 0; });
}

bool filled(const Table& t, const ServiceKey& k) {
  auto s = t.find(k);
  return s != t.end() && !s->second.dests.empty();
}

}  // namespace

TEST_CASE("equal tables need nothing") {
  Table t{{key(80), {{}, {{endpoint("10.9.9.2:80"), {}}}}}};
  CHECK(reconcile(t, t, {key(80)}).empty());
}

TEST_CASE("what serves comes first, what goes comes last") {
  Table actual{{key(80), {{}, {{endpoint("10.9.9.2:80"), {}}, {endpoint("10.9.9.4:80"), {}}, {endpoint("10.9.9.5:80"), {Forward::route, 0, 0, 0}}}}},
               {key(81), {}}};
  Table desired{{key(80),
                 {{"wlc", 0, 0, false, 0},
                  {{endpoint("10.9.9.3:80"), {Forward::route, 0, 0, 0}},
                   {endpoint("10.9.9.4:80"), {Forward::route, 0, 0, 0}},
                   {endpoint("10.9.9.5:80"), {Forward::route, 2, 0, 0}},
                   {endpoint("127.0.0.1:80"), {}}}}},
                {key(82), {{}, {{endpoint("10.9.9.2:80"), {}}}}}};
  CHECK(texts(reconcile(desired, actual, {key(80), key(81), key(82)})) ==
        std::vector<std::string>{"-E -t 10.9.9.100:80 -s wlc", "-e -t 10.9.9.100:80 -r 10.9.9.5:80 -g -w 2",
                                 "-a -t 10.9.9.100:80 -r 127.0.0.1:80 -g -w 1", "-a -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 0",
                                 "-e -t 10.9.9.100:80 -r 10.9.9.4:80 -g -w 0", "-d -t 10.9.9.100:80 -r 10.9.9.2:80",
                                 "-A -t 10.9.9.100:82 -s wrr", "-a -t 10.9.9.100:82 -r 10.9.9.2:80 -g -w 1", "-D -t 10.9.9.100:81"});
}

TEST_CASE("services that we do not own are not touched") {
  Table actual{{key(80), {{}, {{endpoint("10.9.9.2:80"), {}}}}}, {key(443), {}}};
  CHECK(reconcile({}, actual, {}).empty());
  CHECK(texts(reconcile({}, actual, {key(443)})) == std::vector<std::string>{"-D -t 10.9.9.100:443"});
}

TEST_CASE("a destination that the kernel calls local is as it should be") {
  CHECK(same_dest({Forward::route, 1, 0, 0}, {Forward::local, 1, 0, 0}));
  CHECK_FALSE(same_dest({Forward::route, 1, 0, 0}, {Forward::local, 2, 0, 0}));
  CHECK_FALSE(same_dest({Forward::route, 1, 0, 0}, {Forward::masq, 1, 0, 0}));
}

TEST_CASE("any table becomes any other, never emptier than both on the way", "[property]") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    INFO("seed " << seed);
    base::Rng rng(seed);
    const auto desired = random_table(rng);
    const auto actual = random_table(rng);
    std::set<ServiceKey> owned;
    for (const auto& [k, s] : desired) owned.insert(k);
    for (const auto& [k, s] : actual)
      if (rng.chance(0.7)) owned.insert(k);

    test::FakeIpvs kernel;
    kernel.table = actual;
    Table model = actual;
    for (const auto& op : reconcile(desired, actual, owned)) {
      REQUIRE(kernel.apply(op).has_value());
      replay(model, op);
      REQUIRE(model == kernel.table);
      for (const auto& k : owned) {
        if (serves(actual, k) && serves(desired, k)) REQUIRE(serves(kernel.table, k));
        if (filled(actual, k) && filled(desired, k)) REQUIRE(filled(kernel.table, k));
      }
    }
    REQUIRE(reconcile(desired, kernel.table, owned).empty());
    for (const auto& [k, s] : actual)
      if (!owned.count(k)) REQUIRE(kernel.table.at(k) == s);
  }
}
