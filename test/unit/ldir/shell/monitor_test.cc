// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/monitor.h"

#include <algorithm>
#include <map>
#include <utility>

#include "io/clock.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"
#include "test/unit/ldir/probe/scripted_server.h"

using namespace std::chrono_literals;
using ldir::model::CheckSpec;
using ldir::model::CheckType;
using test::ScriptedServer;

namespace {

CheckSpec connect_to(std::uint16_t port) {
  CheckSpec spec;
  spec.type = CheckType::connect;
  spec.address = base::IpAddress::v4(INADDR_LOOPBACK);
  spec.port = port;
  spec.interval = 1s;
  spec.check_timeout = 2s;
  spec.negotiate_timeout = 2s;
  return spec;
}

struct Bench {
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  ldir::probe::Prober prober{loop.context(), programs};
  std::map<ldir::core::CheckId, std::vector<base::Mono>> verdicts;
  std::string trouble;
  ldir::shell::Monitor monitor;

  explicit Bench(std::size_t most = 512)
      : monitor(
            loop, prober, most,
            [this](ldir::core::CheckId id, const ldir::check::Verdict&) {
              verdicts[id].push_back(io::now_mono());
            },
            [this](const CheckSpec&, const std::string& error) { trouble = error; }) {}
};

}  // namespace

TEST_CASE("the first runs come at once, the next within an interval and spread over it") {
  // What is judged are times: a round in which this program itself did not get to run says nothing, and is
  // repeated.
  for (int round = 0; round < 5; ++round) {
    ScriptedServer server([](int) {});
    Bench bench;
    auto begin = io::now_mono(), last = begin;
    base::Duration stood_still{};
    auto each_at_least = [&](std::size_t runs) {
      return test::run_until(bench.loop, [&] {
        auto now = io::now_mono();
        stood_still = std::max<base::Duration>(stood_still, now - std::exchange(last, now));
        return bench.verdicts.size() == 20 && std::all_of(bench.verdicts.begin(), bench.verdicts.end(),
                                                          [&](auto& v) { return v.second.size() >= runs; });
      });
    };
    for (ldir::core::CheckId id = 0; id < 20; ++id) {
      auto spec = connect_to(server.port());
      spec.interval = 3s;
      bench.monitor.start(id, spec);
    }
    REQUIRE(each_at_least(1));
    auto first = io::now_mono() - begin;
    REQUIRE(each_at_least(2));
    if (stood_still > 300ms && round < 4) continue;
    CHECK(first < 2500ms);
    // Each third of the interval has its share.
    int share[3] = {};
    for (auto& [id, times] : bench.verdicts) ++share[std::clamp<long>((times[1] - begin) / 1s, 0, 2)];
    for (int part : share) CHECK(part >= 3);
    return;
  }
}

TEST_CASE("never two runs of one check at a time") {
  // Slower than the interval: one connection after the other.
  ScriptedServer silent([](int fd) { ScriptedServer::wait_for_end(fd); });
  Bench bench;
  auto spec = connect_to(silent.port());
  spec.type = CheckType::negotiate;
  spec.service = ldir::model::ServiceType::http;
  bench.monitor.start(7, spec);
  auto begin = io::now_mono();
  REQUIRE(test::run_until(bench.loop, [&] { return !bench.verdicts.empty(); }));
  CHECK(io::now_mono() - begin >= 2s);
  CHECK(silent.accepted() == 1);
  REQUIRE(test::run_until(bench.loop, [&] { return silent.accepted() == 2; }));
  CHECK(bench.monitor.running() == 1);
}

TEST_CASE("a bounded number at once, and all get their turn") {
  ScriptedServer silent([](int fd) { ScriptedServer::wait_for_end(fd); });
  Bench bench(3);
  auto spec = connect_to(silent.port());
  spec.type = CheckType::negotiate;
  spec.service = ldir::model::ServiceType::http;
  spec.negotiate_timeout = 1s;
  for (ldir::core::CheckId id = 0; id < 6; ++id) bench.monitor.start(id, spec);
  REQUIRE(test::run_until(bench.loop, [&] { return silent.accepted() >= 3; }));
  CHECK(bench.monitor.running() == 3);
  REQUIRE(test::run_until(bench.loop, [&] {
    CHECK(bench.monitor.running() <= 3);
    return bench.verdicts.size() == 6;
  }));
}

TEST_CASE("who waits for the place of a check that is stopped gets it") {
  ScriptedServer silent([](int fd) { ScriptedServer::wait_for_end(fd); });
  ScriptedServer server([](int) {});
  Bench bench(1);
  auto spec = connect_to(silent.port());
  spec.type = CheckType::negotiate;
  spec.service = ldir::model::ServiceType::http;
  spec.negotiate_timeout = 60s;
  bench.monitor.start(0, spec);
  bench.monitor.start(1, connect_to(server.port()));
  REQUIRE(test::run_until(bench.loop, [&] { return bench.monitor.running() == 1; }));
  bench.monitor.stop(0);
  CHECK(test::run_until(bench.loop, [&] { return !bench.verdicts[1].empty(); }));
}

TEST_CASE("a stopped check is silent, whether it runs or waits") {
  ScriptedServer silent([](int fd) { ScriptedServer::wait_for_end(fd); });
  ScriptedServer quick([](int) {});
  Bench bench;
  auto spec = connect_to(silent.port());
  spec.type = CheckType::negotiate;
  spec.service = ldir::model::ServiceType::http;
  bench.monitor.start(1, spec);
  bench.monitor.start(2, connect_to(quick.port()));
  REQUIRE(test::run_until(bench.loop, [&] { return bench.verdicts.contains(2) && silent.accepted() == 1; }));
  bench.monitor.stop(1);
  bench.monitor.stop(2);
  bench.monitor.stop(3);
  CHECK(bench.monitor.size() == 0);
  CHECK(bench.monitor.running() == 0);
  auto seen = bench.verdicts[2].size();
  auto end = io::now_mono() + 1200ms;
  while (io::now_mono() < end) bench.loop.run_for(50ms);
  CHECK_FALSE(bench.verdicts.contains(1));
  CHECK(bench.verdicts[2].size() == seen);
}

TEST_CASE("a combined check negotiates first, then connects") {
  std::mutex mutex;
  std::string order;
  ScriptedServer server([&](int fd) {
    auto request = ScriptedServer::read_request(fd);
    std::lock_guard lock(mutex);
    order += request.empty() ? 'C' : 'N';
    ScriptedServer::write(fd, "HTTP/1.1 200 OK\r\n\r\nfine");
  });
  Bench bench;
  auto spec = connect_to(server.port());
  spec.type = CheckType::combined;
  spec.combined_connects = 1;
  spec.service = ldir::model::ServiceType::http;
  spec.request.assign(1, '/');  // not = "/": GCC 12 warns falsely
  bench.monitor.start(1, spec);
  REQUIRE(test::run_until(bench.loop, [&] {
    std::lock_guard lock(mutex);
    return order.size() == 3;
  }));
  std::lock_guard lock(mutex);
  CHECK(order == "NCN");
}
