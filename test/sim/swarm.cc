// SPDX-License-Identifier: Apache-2.0
#include "test/sim/swarm.h"

#include <fmt/format.h>

#include <algorithm>

#include "test/sim/canary.h"
#include "test/sim/checkers.h"
#include "test/sim/trace.h"

namespace sim {

using namespace hbd;
using namespace std::chrono_literals;

namespace {

/// What one seed makes of a run.
struct Plan {
  Setup setup;
  Weather weather;
  Temper temper;
  bool calm = false;
  double drift = 0;       ///< of the clocks, at most
  Duration faults_for{};  ///< length of the first phase
  Duration fault_every{};
};

template <class T>
const T& one_of(base::Rng& rng, const std::vector<T>& from) {
  return from[rng.below(from.size())];
}

Plan plan_of(const Options& options) {
  base::Rng rng(options.seed * 0x9E3779B97F4A7C15ull + 17);
  Plan out;
  auto& s = out.setup;
  s.seed = options.seed;
  static const std::vector<std::string> kNames{"alice", "bob",   "carol", "dave",
                                               "erin",  "frank", "grace", "heidi"};
  auto count = static_cast<std::size_t>(one_of<int>(rng, {2, 2, 2, 2, 2, 2, 2, 3, 3, 4}));
  if (options.nodes > 0)
    count = std::min<std::size_t>(static_cast<std::size_t>(options.nodes), kNames.size());
  s.nodes.assign(kNames.begin(), kNames.begin() + static_cast<std::ptrdiff_t>(count));
  const auto groups = 1 + rng.below(4);
  for (std::size_t g = 0; g < groups; ++g) {
    auto line = one_of(rng, s.nodes) + fmt::format(" IPaddr::10.0.0.{}", g + 1);
    for (auto n = rng.below(3); n > 0; --n) line += fmt::format(" svc{}::{}", n, g);
    s.resources.groups.push_back(parse_group(line));
  }
  const auto keepalive = base::Millis(one_of<int>(rng, {50, 100, 200, 500, 1000}));
  s.timing.keepalive = keepalive;
  s.timing.deadtime = keepalive * one_of<int>(rng, {5, 6, 8, 10});
  s.timing.warntime = s.timing.deadtime / 2;
  s.timing.initdead = s.timing.deadtime * 2;
  s.timing.deadping = s.timing.deadtime;
  s.failback = one_of<model::Failback>(rng, {model::Failback::on, model::Failback::on, model::Failback::off});
  s.media = one_of<int>(rng, {1, 1, 2});
  if (rng.chance(0.4)) {
    s.pings = {"gw1"};
    if (rng.chance(0.5)) s.pings.push_back("gw2");
    s.ipfail = count == 2;
  }
  out.calm = rng.chance(0.15);
  out.weather.max_delay = one_of<base::Millis>(rng, {1ms, 5ms, keepalive / 4});
  if (!out.calm) {
    out.weather.loss = one_of<double>(rng, {0, 0, 0.05, 0.2});
    out.temper.fail_start = one_of<double>(rng, {0, 0, 0, 0.2});
    out.temper.fail_stop = one_of<double>(rng, {0, 0, 0, 0.2});
    out.temper.hang = one_of<double>(rng, {0, 0, 0, 0, 0.03});
  }
  out.weather.duplicate = one_of<double>(rng, {0, 0.1});
  out.temper.max_time = one_of<base::Millis>(rng, {10ms, 50ms, 500ms});
  out.drift = one_of<double>(rng, {0, 0.0001, 0.01});
  out.faults_for = s.timing.deadtime * 20;
  out.fault_every = s.timing.deadtime * one_of<int>(rng, {1, 2, 4});
  return out;
}

Limits limits_of(const Plan& plan) {
  const auto& timing = plan.setup.timing;
  Limits out;
  out.calm = plan.calm;
  out.strict_start = plan.weather.loss == 0;
  Duration word = timing.keepalive * 2 + plan.weather.max_delay * 4;
  if (plan.weather.loss > 0) word += timing.keepalive * 10 + 1s;
  out.settled = word + timing.deadtime;
  out.grace = word + 2s + plan.temper.max_time * 12;
  if (plan.temper.fail_stop > 0) out.grace += 90s;
  if (plan.temper.hang > 0) out.grace += 400s;
  return out;
}

std::string describe(const Options& options, const Plan& plan) {
  const auto& s = plan.setup;
  return fmt::format(
      "seed {}: {} nodes, {} groups, {} media, {} pings, keepalive {} ms, deadtime {} ms, failback {}, loss "
      "{}, delay {} ms, "
      "start/stop fail {}/{}, hang {}, script {} ms, drift {}{}",
      options.seed, s.nodes.size(), s.resources.groups.size(), s.media, s.pings.size(),
      s.timing.keepalive.count(), s.timing.deadtime.count(), s.failback == model::Failback::on ? "on" : "off",
      plan.weather.loss, plan.weather.max_delay.count(), plan.temper.fail_start, plan.temper.fail_stop,
      plan.temper.hang, plan.temper.max_time.count(), plan.drift, plan.calm ? ", calm" : "");
}

/// The hand that breaks things.
class Fate {
 public:
  Fate(World& world, const Plan& plan, base::Rng& rng, bool trace)
      : world_(world), plan_(plan), rng_(rng), trace_(trace) {}

  void strike() {
    auto& hosts = world_.hosts();
    auto& host = hosts[rng_.below(hosts.size())];
    const auto i = static_cast<std::size_t>(&host - hosts.data());
    const auto deadtime = plan_.setup.timing.deadtime;
    const auto soon = [&](double most) {
      return base::Duration(
          rng_.between(0, static_cast<std::int64_t>(static_cast<double>(Duration(deadtime).count()) * most)));
    };
    const auto kind = plan_.calm ? one_of<int>(rng_, {2, 8, 9, 11}) : static_cast<int>(rng_.below(12));
    switch (kind) {
      case 0:
        say(host, "power cut");
        world_.power_cut(host);
        later(soon(4), i, [this](Host& h) { world_.power_on(h), world_.start(h); });
        break;
      case 1:
        say(host, "both processes killed");
        world_.kill_daemon(host);
        later(soon(4), i, [this](Host& h) { world_.start(h); });
        break;
      case 2:
        say(host, "child killed");
        world_.kill_child(host, base::Duration(plan_.setup.timing.keepalive) / 2);
        break;
      case 3:
      case 11:
        say(host, "paused");
        world_.pause(host, plan_.calm ? soon(0.5) : soon(3));
        break;
      case 4: {
        say(host, "cut off both ways");
        for (std::size_t k = 0; k < hosts.size(); ++k) world_.cut(i, k, true), world_.cut(k, i, true);
        later(soon(4), i, [this](Host& h) { reconnect(h); });
        break;
      }
      case 5: {
        const bool outgoing = rng_.chance(0.5);
        say(host, outgoing ? "is not heard" : "does not hear");
        for (std::size_t k = 0; k < hosts.size(); ++k) world_.cut(outgoing ? i : k, outgoing ? k : i, true);
        later(soon(4), i, [this](Host& h) { reconnect(h); });
        break;
      }
      case 6:
        if (plan_.setup.pings.empty()) break;
        say(host, "loses a ping node");
        world_.cut_ping(i, 0, true);
        later(soon(6), i, [this, i](Host&) { world_.cut_ping(i, 0, false); });
        break;
      case 7:
        if (!host.up() || host.child_away) break;
        say(host, "is shut down");
        world_.input(host, core::Shutdown{});
        later(soon(6), i, [this](Host& h) { world_.start(h); });
        break;
      case 8:
        say(host, "hb_standby");
        if (host.up())
          world_.input(host,
                       core::Standby{one_of<model::Holding>(
                           rng_, {model::Holding::all, model::Holding::foreign, model::Holding::local})});
        break;
      case 9:
        say(host, "hb_takeover");
        if (host.up())
          world_.input(host,
                       core::Takeover{one_of<model::Holding>(
                           rng_, {model::Holding::all, model::Holding::foreign, model::Holding::local})});
        break;
      case 10:
        say(host, "fast restart");
        world_.kill_daemon(host);
        world_.start(host);
        break;
      default:
        break;
    }
  }

 private:
  void say(const Host& host, std::string_view what) const {
    if (trace_) fmt::print("{} {:<6} === {}\n", stamp(world_.now(), Mono(1000s)), host.name, what);
  }
  void later(Duration delay, std::size_t i, std::function<void(Host&)> f) {
    world_.at(world_.now() + delay, [this, i, f = std::move(f)] { f(world_.hosts()[i]); });
  }
  void reconnect(Host& host) {
    const auto i = static_cast<std::size_t>(&host - world_.hosts().data());
    for (std::size_t k = 0; k < world_.hosts().size(); ++k) world_.cut(i, k, false), world_.cut(k, i, false);
    say(host, "is reachable again");
  }

  World& world_;
  const Plan& plan_;
  base::Rng& rng_;
  bool trace_;
};

void start_all(World& world) {
  for (auto& host : world.hosts()) {
    world.power_on(host);
    if (!host.up() && !host.child_away) world.start(host);
  }
}

}  // namespace

Result run(const Options& options) {
  const auto plan = plan_of(options);
  base::Rng rng(options.seed ^ 0xfa7e);
  World world(plan.setup);
  Checkers checkers(world, limits_of(plan));
  const auto begin = world.now();
  std::uint64_t moves = 0;
  world.after_step = [&](Host&) { checkers.after_step(); };
  world.on_effect = [&](Host& host, const core::Effect& effect) {
    checkers.on_effect(host, effect);
    if (const auto* run = std::get_if<core::RunJob>(&effect)) moves += run->verb != core::Verb::status;
    if (!options.trace) return;
    const auto line = describe(world, host, effect);
    if (!line.empty()) fmt::print("{} {}\n", stamp(world.now(), begin), line);
  };
  if (options.canary)
    world.wrap = [](const Host&, std::unique_ptr<core::Elector> inner) {
      return with_canary(std::move(inner));
    };
  for (auto& host : world.hosts()) {
    host.rate = 1.0 + plan.drift * (static_cast<double>(rng.below(2001)) / 1000.0 - 1.0);
    host.offset = base::Seconds(rng.between(0, 100000));
    host.temper = plan.temper;
  }
  world.weather = plan.weather;
  if (options.trace) fmt::print("{}\n", describe(options, plan));

  // First phase: faults. Nothing bad may ever be seen.
  for (std::size_t i = 0; i < world.hosts().size(); ++i)
    world.at(world.now() + base::Duration(rng.between(0, Duration(plan.setup.timing.deadtime).count())),
             [&world, i] { world.start(world.hosts()[i]); });
  Fate fate(world, plan, rng, options.trace);
  world.run_for(plan.setup.timing.deadtime * 4);
  const auto end = world.now() + plan.faults_for;
  while (world.now() < end) {
    fate.strike();
    world.run_for(base::Duration(rng.between(0, 2 * Duration(plan.fault_every).count())));
  }

  // Second phase: all is healed, and must come to rest.
  if (options.trace) fmt::print("{} === healed\n", stamp(world.now(), begin));
  world.run_for(plan.setup.timing.deadtime * 6);  // what Fate has still in hand
  world.heal();
  start_all(world);
  const Duration rest = plan.setup.timing.initdead + plan.setup.timing.deadtime * 3 + 45s +
                        (plan.temper.hang > 0 ? Duration(300s) : Duration(0));
  for (int part = 0; part < 10; ++part) {
    world.run_for(rest / 10);
    start_all(world);
  }
  checkers.check_converged();
  moves = 0;
  world.run_for(20s);
  checkers.check_converged();
  Result out;
  out.violations = checkers.violations();
  if (!world.stuck.empty())
    out.violations.push_back("L3: " + world.stuck + " wakes up for ever at the same moment");
  if (moves != 0) out.violations.push_back(fmt::format("L2: {} scripts ran although all was settled", moves));
  if (options.trace)
    for (const auto& host : world.hosts()) fmt::print("{}\n", summary(host));
  out.setup = describe(options, plan);
  out.hash = world.trace_hash;
  out.steps = world.steps;
  out.packets = world.packets;
  return out;
}

}  // namespace sim
