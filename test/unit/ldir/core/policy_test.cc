// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/policy.h"

#include "base/rng.h"
#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace ldir::core;
using test::endpoint;
using test::Forward;

namespace {

ldir::model::VirtualService two_reals() {
  auto v = test::service("10.9.9.100:80");
  test::real(v, "10.9.9.2:80", Forward::route, 2);
  test::real(v, "10.9.9.3:80", Forward::route, 3);
  test::fallback(v, "127.0.0.1:80");
  return v;
}

RealView view(RealState state, std::optional<std::uint32_t> hand = {}) { return {state, state != RealState::unknown, hand}; }
constexpr auto kUp = RealState::up, kDown = RealState::down, kUnknown = RealState::unknown;

const PlannedEntry& entry(const ServicePlan& plan, const char* address) {
  for (const auto& e : plan.entries)
    if (e.endpoint == endpoint(address)) return e;
  FAIL("no entry " << address);
  return plan.entries.front();
}

bool in(const ServicePlan& plan, const char* address) { return plan.desired.dests.count(endpoint(address)); }

ServicePlan plan(const ldir::model::VirtualService& v, std::vector<RealView> views, const ldir::ipvs::Service* actual = nullptr,
                 bool patience_over = false) {
  return plan_service(v, views, actual, patience_over);
}

}  // namespace

TEST_CASE("nothing unchecked is exposed, and the fallback waits for the first verdicts") {
  const auto v = two_reals();
  auto p = plan(v, {view(kUnknown), view(kUnknown)});
  CHECK(p.desired.dests.empty());
  CHECK_FALSE(p.decided);
  CHECK(std::string(entry(p, "10.9.9.2:80").why) == "not checked yet");
  p = plan(v, {view(kDown), view(kUnknown)});
  CHECK_FALSE(in(p, "127.0.0.1:80"));  // the other one may pass within milliseconds
  p = plan(v, {view(kDown), view(kDown)});
  CHECK(in(p, "127.0.0.1:80"));
  p = plan(v, {view(kUnknown), view(kUnknown)}, nullptr, true);
  CHECK(in(p, "127.0.0.1:80"));  // a page is better than a refused connection
  CHECK(p.fallback_on);
  p = plan(v, {view(kUnknown), view(kUp)}, nullptr, true);
  CHECK_FALSE(in(p, "127.0.0.1:80"));
  CHECK(in(p, "10.9.9.3:80"));
}

TEST_CASE("a service without reals shows its fallback at once") {
  auto v = two_reals();
  v.reals.clear();
  CHECK(in(plan(v, {}), "127.0.0.1:80"));
}

TEST_CASE("the fallback command's word changes without a fallback too") {
  auto v = two_reals();
  v.fallback.reset();
  CHECK(plan(v, {view(kDown), view(kDown)}).fallback_on);
  CHECK_FALSE(plan(v, {view(kDown), view(kUp)}).fallback_on);
}

TEST_CASE("what was found in the kernel and is not judged yet stays as it is") {
  const auto v = two_reals();
  ldir::ipvs::Service found;
  found.dests[endpoint("10.9.9.2:80")] = {Forward::route, 0, 0, 0};
  found.dests[endpoint("127.0.0.1:80")] = {Forward::route, 1, 0, 0};
  auto p = plan(v, {view(kUnknown), view(kUnknown)}, &found);
  CHECK(p.desired.dests == found.dests);
  CHECK(entry(p, "10.9.9.2:80").placement == Placement::held);
  CHECK(entry(p, "127.0.0.1:80").placement == Placement::held);
  p = plan(v, {view(kUnknown), view(kUp)}, &found);
  CHECK_FALSE(in(p, "127.0.0.1:80"));
}

TEST_CASE("strangers stay until something configured serves or all is known") {
  auto v = two_reals();
  ldir::ipvs::Service found;
  found.dests[endpoint("10.9.9.77:80")] = {Forward::masq, 7, 0, 0};
  CHECK(in(plan(v, {view(kUnknown), view(kUnknown)}, &found), "10.9.9.77:80"));
  CHECK(in(plan(v, {view(kUnknown), view(kDown)}, &found), "10.9.9.77:80"));
  CHECK_FALSE(in(plan(v, {view(kUnknown), view(kUp)}, &found), "10.9.9.77:80"));
  CHECK_FALSE(in(plan(v, {view(kDown), view(kDown)}, &found), "10.9.9.77:80"));
  CHECK_FALSE(in(plan(v, {view(kUnknown), view(kDown)}, &found, true), "10.9.9.77:80"));  // the fallback serves
  v.fallback.reset();
  CHECK(in(plan(v, {view(kUnknown), view(kDown)}, &found, true), "10.9.9.77:80"));
}

TEST_CASE("a weight set by hand holds while the real is up") {
  const auto v = two_reals();
  CHECK(plan(v, {view(kUp, 0), view(kUp)}).desired.dests.at(endpoint("10.9.9.2:80")).weight == 0);
  CHECK_FALSE(in(plan(v, {view(kUp, 0), view(kDown)}), "127.0.0.1:80"));  // drained on purpose is not down
  CHECK_FALSE(in(plan(v, {view(kDown, 5), view(kUp)}), "10.9.9.2:80"));
}

TEST_CASE("the fallback may be one of the real servers") {
  auto v = two_reals();
  v.quiescent = true;
  test::fallback(v, "10.9.9.3:80", Forward::route);
  auto p = plan(v, {view(kDown), view(kDown)});
  CHECK(p.desired.dests.at(endpoint("10.9.9.3:80")).weight == 1);
  CHECK(p.desired.dests.at(endpoint("10.9.9.2:80")).weight == 0);
  p = plan(v, {view(kDown), view(kUp)});
  CHECK(p.desired.dests.at(endpoint("10.9.9.3:80")).weight == 3);
}

TEST_CASE("of two reals with one endpoint the one that is up wins, else the later") {
  auto v = test::service("10.9.9.100:80");
  test::real(v, "10.9.9.2:80", Forward::route, 1);
  test::real(v, "10.9.9.2:80", Forward::route, 9).check.request = "/other";
  auto weight = [&](RealState a, RealState b) {
    auto p = plan(v, {view(a), view(b)});
    return p.desired.dests.empty() ? 0u : p.desired.dests.begin()->second.weight;
  };
  CHECK(weight(kUp, kUp) == 9);
  CHECK(weight(kUp, kDown) == 1);
  CHECK(weight(kDown, kUp) == 9);
  CHECK(weight(kDown, kDown) == 0);
}

TEST_CASE("every entry has a reason, and the plan is what its entries say", "[property]") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    INFO("seed " << seed);
    base::Rng rng(seed);
    auto v = test::service("10.9.9.100:80");
    v.quiescent = rng.chance(0.5);
    std::vector<RealView> views;
    for (auto n = rng.below(4); n--;) {
      test::real(v, "10.9.9." + std::to_string(2 + rng.below(3)) + ":80", Forward::route, static_cast<std::uint32_t>(rng.below(3)));
      views.push_back(view(static_cast<RealState>(rng.below(3)), rng.chance(0.2) ? std::optional(7u) : std::nullopt));
    }
    if (rng.chance(0.7)) test::fallback(v, rng.chance(0.2) ? "10.9.9.2:80" : "127.0.0.1:80");
    ldir::ipvs::Service found;
    for (auto n = rng.below(4); n--;)
      found.dests[endpoint("10.9.9." + std::to_string(1 + rng.below(5)) + ":80")] = {Forward::masq, static_cast<std::uint32_t>(rng.below(2)), 0, 0};
    const auto p = plan(v, views, rng.chance(0.7) ? &found : nullptr, rng.chance(0.3));

    bool any_up = false, all_down = true;
    for (const auto& x : views) any_up |= x.state == kUp, all_down &= x.state == kDown;
    REQUIRE(p.fallback_on <= !any_up);
    if (v.fallback && all_down) REQUIRE(p.desired.dests.count(v.fallback->endpoint));
    std::map<ldir::ipvs::DestKey, bool> wanted;
    for (const auto& e : p.entries) {
      REQUIRE(*e.why);
      REQUIRE(e.dest.has_value() == (e.placement != Placement::absent));
      wanted[e.endpoint] |= e.dest.has_value();
      if (e.real >= 0 && views[static_cast<std::size_t>(e.real)].state == kUnknown && e.dest) REQUIRE(e.dest->weight == 0);
    }
    for (const auto& [k, d] : p.desired.dests) REQUIRE(wanted[k]);
  }
}

TEST_CASE("a quiesced server stays reachable by the tunnel that it had") {
  auto v = test::service("10.9.9.100:80");
  v.quiescent = true;
  auto& r = test::real(v, "10.9.9.2:80", Forward::tunnel, 3);
  r.dest.tunnel = ldir::ipvs::Tunnel::gue;
  r.dest.tunnel_port = 6080;
  test::World w;
  w.start(test::config({v}));
  w.off = {"10.9.9.2:80"};
  w.check();
  CHECK(w.table()[1] == "-a -t 10.9.9.100:80 -r 10.9.9.2:80 -i -w 0 --tun-type gue --tun-port 6080 --tun-nocsum");
}
