// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/timeline.h"

#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using namespace ldir::core;

namespace {

/// "up connected, down refused": of the first real server of the first service.
std::string told(const World& w) {
  std::string out;
  const auto services = w.director.explain();
  for (const auto& each : services.at(0).entries.at(0).timeline)
    out += (out.empty() ? "" : ", ") + std::string(name(each.turn)) + " " + each.reason;
  return out;
}

}  // namespace

TEST_CASE("a timeline keeps the last turns, oldest first, and reasons of a bounded length") {
  Timeline line;
  CHECK(line.turns().empty());
  for (int i = 0; i < 100; ++i)
    line.note(base::Mono(std::chrono::seconds(i)), i % 2 ? Turn::down : Turn::up, std::to_string(i));
  REQUIRE(line.turns().size() == Timeline::kMostTurns);
  CHECK(line.turns().front().reason == "92");
  CHECK(line.turns().back().reason == "99");
  CHECK(line.turns().back().at == base::Mono(99s));
  CHECK(line.turns().back().turn == Turn::down);

  line.note({}, Turn::down, std::string(Timeline::kLongestReason, 'x'));
  CHECK(line.turns().back().reason == std::string(Timeline::kLongestReason, 'x'));
  line.note({}, Turn::down, std::string(5000, 'x'));
  CHECK(line.turns().back().reason == std::string(Timeline::kLongestReason - 3, 'x') + "...");
}

TEST_CASE("what happened to a real server stands in its timeline, over reloads and other requests, too") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::masq, 3);
  auto c = config({v});
  c.maintenance_dir = "/maintenance";
  World w;
  w.start(c);
  CHECK(told(w) == "up connected");
  w.off = {"10.9.9.2:80"};
  w.wait(10s);
  w.check();
  w.check();  // no turn: it was down before
  CHECK(told(w) == "up connected, down refused");
  CHECK(w.director.explain().at(0).entries.at(0).timeline.back().at == w.now);
  w.off.clear();
  w.check();

  MaintenanceFiles files;
  files.files = {"10.9.9.2"};
  w.step(Maintenance{files});
  w.step(Maintenance{});
  w.load(c);
  w.kernel.table.begin()->second.dests.begin()->second.weight = 7;
  w.wait(10s);
  const std::string so_far =
      "up connected, down refused, up connected, maintenance 10.9.9.2, back , weight set to 7 by hand";
  CHECK(told(w) == so_far);

  c.services[0].reals[0].check.type = CheckType::ping;  // a check of its own, which begins anew
  w.load(c);
  w.check();
  CHECK(told(w) == so_far + ", up found in the kernel's table");
  c.services[0].reals[0].endpoint = endpoint("10.9.9.9:80");  // another server
  w.load(c);
  CHECK(told(w).empty());
}
