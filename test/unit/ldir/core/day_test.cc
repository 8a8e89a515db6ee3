// SPDX-License-Identifier: Apache-2.0
// A day of a director in virtual time: checks of every kind every two seconds, servers that flap, reloads
// that change checks and services, hands on the table, a kernel that refuses, maintenance, mail. Nothing may
// be left behind.
#include <malloc.h>

#include <random>

#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using namespace ldir::core;

namespace {

constexpr CheckType kTypes[] = {
    CheckType::connect,       CheckType::negotiate, CheckType::ping, CheckType::external,
    CheckType::external_perl, CheckType::combined,  CheckType::on,   CheckType::off};

/// Ten services of ten reals; `variant` changes some checks, methods and services.
ldir::model::Config many(unsigned variant) {
  std::vector<ldir::model::VirtualService> services;
  for (int s = 0; s < 10; ++s) {
    if (variant % 3 == 1 && s == 9) continue;
    auto v = service("10.9.9.100:" + std::to_string(80 + s));
    v.quiescent = s % 2 == 0;
    v.failure_count = s % 3 == 0 ? 3 : 1;
    v.fallback_command = s % 4 == 0 ? "/bin/true" : "";
    v.monitorfile = s % 5 == 0 ? "/m" : "";
    v.email_alert = "admin@example.com,second@example.com";
    v.email_alert_freq = 60s;
    fallback(v, "127.0.0.1:80");
    for (int r = 0; r < 10; ++r) {
      auto& added = real(v, "10.9." + std::to_string(s / 2) + "." + std::to_string(r + 1) + ":80",
                         Forward::masq, 1 + (variant + static_cast<unsigned>(r)) % 3, kTypes[r % 8]);
      added.check.service = ServiceType::http;
      added.check.request = "/" + std::to_string(variant % 7);  // another check after most reloads
      added.check.combined_connects = 3;
    }
    services.push_back(std::move(v));
  }
  auto c = config(std::move(services));
  c.check_interval = 2s;
  c.maintenance_dir = "/maint";
  c.execute = {variant % 2 ? "a.cf" : "b.cf"};
  return c;
}

}  // namespace

TEST_CASE("24 hours of checks, flapping and reloads leave nothing behind") {
  World w;
  std::mt19937 random(4711);
  w.load(many(0));
  w.check();
  struct Left {
    std::size_t checks, services, bytes;
  };
  auto look = [&] {
    // The same state each time: everything up, the first configuration, nothing said.
    w.off.clear();
    w.kernel.refuse = nullptr;
    w.step(Maintenance{});
    w.load(many(0));
    for (int second = 0; second < 5; ++second) w.wait(1s), w.check();
    w.log = {}, w.commands = {}, w.monitor = {}, w.instances = {}, w.mails = {}, w.kernel.applied = {};
    ::malloc_trim(0);
    return Left{w.checks.size(), w.kernel.table.size(), ::mallinfo2().uordblks};
  };
  Left first{};
  long checked = 0;
  for (int hour = 0; hour < 24; ++hour) {
    for (int second = 0; second < 3600; second += 2) {
      if (second % 20 == 0) {
        w.off.clear();
        for (const auto& [id, spec] : w.checks)
          if (random() % 8 == 0) w.off.insert(base::Endpoint{spec.address, spec.port}.str());
      }
      if (second % 300 == 298) w.load(many(static_cast<unsigned>(random())));
      if (second % 450 == 448) w.step(Maintenance{{{"10.9.1.1", "10.9.1.2:80"}, {}}});
      if (second % 450 == 40) w.step(Maintenance{});
      if (second % 600 == 500) w.kernel.table.erase(w.kernel.table.begin()->first);
      if (second % 700 == 600) w.kernel.refuse = [&](const auto&) { return random() % 2 == 0; };
      if (second % 700 == 650) w.kernel.refuse = nullptr;
      w.wait(2s);
      w.check();
      checked += static_cast<long>(w.checks.size());
      if (second % 60 == 58) w.log = {}, w.commands = {}, w.monitor = {}, w.mails = {}, w.kernel.applied = {};
    }
    const auto left = look();
    if (hour == 0) first = left;
    INFO("hour " << hour);
    CHECK(left.checks == first.checks);
    CHECK(left.services == first.services);
    // What malloc keeps at hand differs each time by some kilobytes; eight bytes for each check that a reload
    // has replaced would be more than twice this in the end.
    CHECK(left.bytes < first.bytes + 64 * 1024);
  }
  CHECK(w.started - w.stopped == static_cast<int>(first.checks));
  CHECK(checked > 24 * 1800 * 30);
  w.step(Stop{"TERM"});
  CHECK(w.finished);
  CHECK(w.checks.empty());
  CHECK(w.kernel.table.empty());
}
