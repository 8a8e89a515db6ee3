// SPDX-License-Identifier: Apache-2.0
#include "test/sim/swarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "hbd/model/limit.h"
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
  Device device;
  bool stuck = false;  ///< some stops never end well
  bool calm = false;
  Duration longest_pause{};  ///< of a host
  Duration longest_hold{};   ///< of a host's packets by the network
  bool children_die = true;
  Duration starts_within{};  ///< all hosts, of the first
  Duration last_cut{};       ///< the cut whose heal is timed
  int last_cut_kind = 0;
  double drift = 0;       ///< of the clocks, at most
  Duration faults_for{};  ///< length of the first phase
  Duration fault_every{};
};

template <class T>
const T& one_of(base::Rng& rng, const std::vector<T>& from) {
  return from[rng.below(from.size())];
}

/// "No failover while every delay is below deadtime", made exact: a node is dead when nothing was heard of it
/// for deadtime, so a delay is that of one heartbeat against the one before it, and what lies between two
/// heartbeats anyway, one keepalive, counts too. Whether the network or a host is late makes no difference,
/// nor whose clock is slow and whose fast. So much a heartbeat may be late at most:
Duration most_late(const model::Timing& timing, double drift) {
  const auto ms = static_cast<double>(timing.deadtime.count()) / (1 + drift) -
                  static_cast<double>(timing.keepalive.count()) / (1 - drift);
  return base::Millis(static_cast<int>(ms) - 1);
}

/// What a calm seed is late with: hosts that sleep, a network that keeps packets back and then delivers all
/// at once, one that delays each as it likes, or half of that and half of sleep. A delay that all packets
/// have in common comes on top of it, up to deadtime.
void make_late(Plan& plan, base::Rng& rng) {
  const auto& timing = plan.setup.timing;
  const auto most = most_late(timing, plan.drift);
  const auto kind = rng.below(4);
  plan.starts_within = Duration(timing.deadtime) / 2;
  plan.longest_pause = kind == 0 ? most - plan.weather.max_delay : Duration{};
  plan.longest_hold = kind == 1 ? most - plan.weather.max_delay : Duration{};
  plan.children_die = kind == 0 || kind == 3;
  if (kind >= 2) {
    plan.weather.max_delay = std::chrono::floor<base::Millis>(kind == 2 ? most : most / 2);
    if (kind == 3) plan.longest_pause = most - plan.weather.max_delay;
  }
  if (kind == 0 || rng.chance(0.5)) return;
  plan.weather.min_delay += timing.keepalive;
  plan.weather.max_delay += timing.keepalive;
}

Plan plan_of(const Options& options) {
  base::Rng rng(options.seed * 0x9E3779B97F4A7C15ull + 17);
  Plan out;
  auto& s = out.setup;
  s.seed = options.seed;
  static const std::vector<std::string> kNames{"alice", "bob",   "carol", "dave",
                                               "erin",  "frank", "grace", "heidi"};
  auto count = static_cast<std::size_t>(one_of<int>(rng, {2, 2, 2, 2, 2, 2, 2, 3, 3, 4}));
  // One in three with a Heartbeat 3.0.6 in one seat.
  const bool classic = options.classic || (options.nodes == 0 && options.seed % 3 == 0);
  if (classic)
    count = 2;
  else if (options.nodes > 0)
    count = std::min<std::size_t>(static_cast<std::size_t>(options.nodes), kNames.size());
  s.nodes.assign(kNames.begin(), kNames.begin() + static_cast<std::ptrdiff_t>(count));
  const auto groups = 1 + rng.below(4);
  for (std::size_t g = 0; g < groups; ++g) {
    auto line = one_of(rng, s.nodes) + fmt::format(" IPaddr::10.0.0.{}", g + 1);
    for (auto n = rng.below(3); n > 0; --n) line += fmt::format(" svc{}::{}", n, g);
    s.resources.groups.push_back(parse_group(line));
  }
  if (classic) s.classic = rng.below(2);
  // The original reads what comes up to half a second late: below that nobody ever ran it.
  const auto keepalive = base::Millis(classic ? one_of<int>(rng, {500, 1000, 1000, 2000})
                                              : one_of<int>(rng, {50, 100, 200, 500, 1000}));
  s.timing.keepalive = keepalive;
  s.timing.deadtime = keepalive * one_of<int>(rng, {5, 6, 8, 10});
  s.timing.warntime = s.timing.deadtime / 2;
  s.timing.initdead = s.timing.deadtime * 2;
  s.timing.deadping = s.timing.deadtime;
  s.failback = one_of<model::Failback>(
      rng, {model::Failback::on, model::Failback::on, model::Failback::off, model::Failback::legacy});
  s.media = one_of<int>(rng, {1, 1, 2});
  if (rng.chance(0.4)) {
    s.pings = {"gw1"};
    if (rng.chance(0.5)) s.pings.push_back("gw2");
    s.ipfail = count == 2;
    // From a stream of its own, as all that came later: other seeds keep their lives.
    s.ping_group = base::Rng(options.seed ^ 0x9106).chance(0.3);
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
  if (!classic && rng.chance(0.3)) {
    using Kind = Liar::Kind;
    for (auto n = 1 + rng.below(2); n > 0; --n) {
      Liar liar;
      liar.group = rng.below(groups);
      liar.resource = rng.below(s.resources.groups[liar.group].resources.size());
      liar.kind = one_of<Kind>(
          rng, {Kind::start, Kind::stop, Kind::says_running, Kind::says_stopped, Kind::says_opposite});
      if (rng.chance(0.4)) liar.node = one_of(rng, s.nodes);
      liar.often = one_of<double>(rng, {1, 1, 0.5});
      s.liars.push_back(std::move(liar));
    }
  }
  s.watch = s.liars.empty() && options.seed % 10 == 1;
  s.reboot = rng.chance(0.5);
  if (!out.calm) {
    out.stuck = rng.chance(0.15);
    s.stonith = rng.chance(0.25);
    // Rare by chance alone: who can not let go and must not reset itself asks the others to do it.
    if (out.stuck && options.seed % 4 == 0) s.stonith = true, s.reboot = false;
    out.device.max_time = s.timing.deadtime;
    out.device.fail = one_of<double>(rng, {0, 0, 0.5});
    out.device.mute = one_of<double>(rng, {0, 0, 0.3});
  }
  out.device.boot = s.timing.deadtime * one_of<int>(rng, {1, 2, 5});
  // A Heartbeat does not call its device back: one that is as slow as a node boots would reset it in a circle.
  if (classic && s.stonith) out.device.boot = std::max<base::Millis>(out.device.boot, 3 * s.timing.deadtime);
  out.last_cut = base::Duration(
      rng.between(Duration(s.timing.deadtime).count() / 4, Duration(s.timing.deadtime).count() * 3));
  out.last_cut_kind = static_cast<int>(rng.below(3));
  out.faults_for = s.timing.deadtime * 20;
  out.fault_every = s.timing.deadtime * one_of<int>(rng, {1, 2, 4});
  out.longest_pause = 3 * s.timing.deadtime;
  out.starts_within = s.timing.deadtime;
  if (out.calm) make_late(out, rng);
  return out;
}

Duration slow_keepalive(const Plan& plan) {
  return Duration(plan.setup.timing.keepalive) * 102 / 100;
}

/// How long any news may take, said so many times, and so late.
Duration word_of(const Plan& plan, int times, Duration delay) {
  return times * slow_keepalive(plan) + delay;
}

Limits limits_of(const Plan& plan) {
  Limits out;
  out.calm = plan.calm;
  out.lossless = plan.weather.loss == 0;
  out.answers = plan.temper.hang == 0;
  out.stops_fail = plan.stuck || plan.temper.fail_stop > 0 || plan.temper.hang > 0;
  // Everybody speaks once a keepalive, of everything; a lost word is repeated then. (At the worst loss here,
  // eight in a row are lost once in 400,000 times.)
  out.word = word_of(plan, plan.weather.loss > 0 ? 8 : 1, plan.weather.max_delay + plan.longest_hold);
  // What was said within two heartbeats is taken for the present; and who slept for less than five quarters
  // of one may not have noticed.
  const auto delay = plan.weather.max_delay + plan.longest_hold;
  out.stale = slow_keepalive(plan) * 13 / 4 + delay;
  // The script that runs just then, and each stop.
  std::size_t longest = 0;
  for (const auto& group : plan.setup.resources.groups) longest = std::max(longest, group.resources.size());
  out.grace = out.word + (1 + static_cast<int>(longest)) * plan.temper.max_time;
  // A start that hangs is killed 2 s after it is no longer wanted.
  if (plan.temper.hang > 0) out.grace += 2s;
  // Who is just being asked whether it runs may answer, for a moment.
  if (plan.setup.watch) out.grace += 100ms;
  // A Heartbeat drops all 2 s after it has seen a partition end; failing that, ours asks it three times, and
  // gives way after 28 s.
  out.beside = out.grace + 32s;
  return out;
}

std::string describe(const Options& options, const Plan& plan) {
  const auto& s = plan.setup;
  static constexpr std::string_view kLies[] = {"start", "stop", "status:running", "status:stopped",
                                               "status:opposite"};
  std::string liars;
  for (const auto& liar : s.liars)
    liars += fmt::format("{}{} of {} on {}, {}", liars.empty() ? "" : "; ",
                         kLies[static_cast<std::size_t>(liar.kind)],
                         s.resources.groups[liar.group].resources[liar.resource].text,
                         liar.node.empty() ? "all" : liar.node, liar.often);
  std::string groups;
  for (const auto& group : s.resources.groups)
    groups += fmt::format("{}{}/{}", groups.empty() ? "" : " ", group.node, group.resources.size());
  return fmt::format(
      "seed {}: {} nodes, groups {}, {} media, {} pings{}, keepalive {} ms, deadtime {} ms, failback {}, "
      "loss {}, duplicates {}, delay {}-{} ms, start/stop fail {}/{}, hang {}, script {} ms, drift {}, fault "
      "every {} ms, last cut {} ms{}{}{}{}{}{}{}{}",
      options.seed, s.nodes.size(), groups, s.media, s.pings.size(), s.ipfail ? " ipfail" : "",
      s.timing.keepalive.count(), s.timing.deadtime.count(),
      s.failback == model::Failback::legacy ? "legacy"
      : s.failback == model::Failback::on   ? "on"
                                            : "off",
      plan.weather.loss, plan.weather.duplicate, plan.weather.min_delay.count(),
      plan.weather.max_delay.count(), plan.temper.fail_start, plan.temper.fail_stop, plan.temper.hang,
      plan.temper.max_time.count(), plan.drift, base::to_ms(plan.fault_every), base::to_ms(plan.last_cut),
      s.classic ? fmt::format(", {} is a Heartbeat", s.nodes[*s.classic]) : "", plan.calm ? ", calm" : "",
      plan.stuck ? ", stuck stops" : "", s.watch ? ", watched" : "", s.reboot ? ", reboots" : "",
      s.stonith ? fmt::format(", stonith (fails {}, mute {}, boot {} ms)", plan.device.fail, plan.device.mute,
                              plan.device.boot.count())
                : "",
      liars.empty() ? "" : ", lies: ", liars);
}

/// The hand that breaks things.
class Fate {
 public:
  Fate(World& world, const Plan& plan, base::Rng& rng, bool trace, Tally& tally)
      : world_(world), plan_(plan), rng_(rng), trace_(trace), tally_(tally) {}

  /// An operator knows that a node is off, and serves nothing, before he calls it gone; but not whether all others have
  /// noticed.
  void change_nodes() {
    auto& hosts = world_.hosts();
    auto& teller = hosts[nodes_rng_.below(hosts.size())];
    const auto& node = hosts[nodes_rng_.below(hosts.size())];
    bool off = !node.up() && !node.child_away;
    for (std::size_t g = 0; g < node.running.size(); ++g) off = off && !node.touches(g);
    if (teller.up()) say_nodes(teller, off && nodes_rng_.chance(0.8) ? "delnode" : "addnode", node.name);
  }
  void all_belong() {
    std::string all;
    for (const auto& host : world_.hosts()) all += (all.empty() ? "" : " ") + host.name;
    for (auto& host : world_.hosts())
      if (host.up()) say_nodes(host, "addnode", all);
  }

  void strike() {
    auto& hosts = world_.hosts();
    if (plan_.setup.watch && deaths_rng_.chance(0.5)) a_program_dies();
    auto& host = hosts[rng_.below(hosts.size())];
    const auto i = static_cast<std::size_t>(&host - hosts.data());
    const auto deadtime = plan_.setup.timing.deadtime;
    const auto soon = [&](double most) {
      return base::Duration(
          rng_.between(0, static_cast<std::int64_t>(static_cast<double>(Duration(deadtime).count()) * most)));
    };
    const auto kind = plan_.calm ? one_of<int>(rng_, {2, 8, 9, 11, 11, 12, 16, 16})
                                 : static_cast<int>(rng_.below(plan_.stuck ? 16 : 14));
    switch (kind) {
      case 0:
        if (!host.power) break;
        say(host, "power cut");
        world_.power_cut(host);
        later(soon(4), i, [this](Host& h) { world_.power_on(h), world_.start(h); });
        break;
      case 1:
        if (!host.up()) break;
        say(host, "both processes killed");
        world_.kill_daemon(host);
        later(soon(4), i, [this](Host& h) { world_.start(h); });
        break;
      case 2:
        if (!host.up() || host.child_away || host.classic || !plan_.children_die) break;
        say(host, "child killed");
        world_.kill_child(host, base::Duration(plan_.setup.timing.keepalive) / 2);
        break;
      case 3:
      case 11:
        if (!host.up() || host.paused_until > world_.now() || plan_.longest_pause == Duration{}) break;
        say(host, "paused");
        world_.pause(host, up_to(plan_.longest_pause));
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
        if (plan_.setup.ping_group && groups_rng_.chance(0.6)) {
          say(host, "loses one of a ping group");
          world_.cut_ping_member(i, 1, true);
          later(base::Duration(deadtime) * 3, i, [this, i](Host&) { world_.cut_ping_member(i, 1, false); });
          break;
        }
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
        if (!host.up()) break;
        say(host, "hb_standby");
        world_.input(host, core::Standby{one_of<model::Holding>(
                               rng_, {model::Holding::all, model::Holding::foreign, model::Holding::local})});
        break;
      case 9:
        if (!host.up()) break;
        say(host, "hb_takeover");
        world_.input(host, core::Takeover{one_of<model::Holding>(
                               rng_, {model::Holding::all, model::Holding::foreign, model::Holding::local})});
        break;
      case 10:
        if (!host.up()) break;
        if (host.classic && reloads_rng_.chance(0.4)) {
          if (world_.reload(host)) say(host, "is reloaded");
          break;
        }
        say(host, "fast restart");
        world_.kill_daemon(host);
        world_.start(host);
        break;
      case 12: {
        if (plan_.setup.media < 2 || unplugged_) break;  // never both: that is a partition
        // What is under way on a medium is lost with it: in a calm seed all that came by this one alone has arrived.
        if (plan_.calm && world_.now() < plugged_at_ + plan_.weather.max_delay + plan_.longest_hold) break;
        unplugged_ = true;
        const int medium = static_cast<int>(rng_.below(2));
        say(host, "one of two media is unplugged");
        world_.cut_medium(medium, true);
        later(soon(4), i, [this, medium](Host&) { world_.cut_medium(medium, unplugged_ = false), plugged_at_ = world_.now(); });
        break;
      }
      case 13: {
        auto& other = hosts[(i + 1 + rng_.below(hosts.size() - 1)) % hosts.size()];
        const auto k = static_cast<std::size_t>(&other - hosts.data());
        if (hosts.size() == 2) break;
        say(host, "is cut off from one of several");
        world_.cut(i, k, true), world_.cut(k, i, true);
        later(soon(4), i, [this, i, k](Host&) { world_.cut(i, k, false), world_.cut(k, i, false); });
        break;
      }
      case 14:
      case 15: {
        if (!host.power) break;
        say(host, "a stop is stuck");
        const auto group = static_cast<std::uint16_t>(rng_.below(host.running.size()));
        const auto resource = static_cast<std::uint16_t>(rng_.below(host.running[group].size()));
        host.stuck.insert({group, resource});
        if (rng_.chance(0.5)) later(soon(10), i, [](Host& h) { h.stuck.clear(); });
        break;
      }
      case 16:
        if (plan_.longest_hold == Duration{}) break;
        say(host, "its packets are kept back");
        world_.hold(i, up_to(plan_.longest_hold));
        break;
      default:
        break;
    }
  }

 private:
  void say_nodes(Host& host, const std::string& word, const std::string& nodes) {
    say(host, "hb_" + word);
    world_.input(host, core::LocalMessage{"", wire::Message(word).add("nodelist", nodes)});
  }
  /// In a calm seed the longest is what is worth trying.
  Duration up_to(Duration most) {
    return plan_.calm && rng_.chance(0.5) ? most : Duration(rng_.between(0, most.count()));
  }
  void say(const Host& host, std::string_view what) {
    ++tally_["fate: " + std::string(what)];
    if (trace_) fmt::print("{} {:<6} === {}\n", stamp(world_.now(), Mono(1000s)), host.name, what);
  }
  void later(Duration delay, std::size_t i, std::function<void(Host&)> f) {
    world_.at(world_.now() + delay, [this, i, f = std::move(f)] { f(world_.hosts()[i]); });
  }
  /// One that hbd keeps an eye on. A Heartbeat would never know.
  void a_program_dies() {
    auto& host = world_.hosts()[deaths_rng_.below(world_.hosts().size())];
    auto& group = host.running[deaths_rng_.below(host.running.size())];
    const auto resource = deaths_rng_.below(group.size());
    if (host.classic || !group[resource]) return;
    say(host, "a program dies");
    group[resource] = false;
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
  Tally& tally_;
  bool unplugged_ = false;  ///< a medium,
  Mono plugged_at_{};       ///< or when it was plugged in again
  base::Rng reloads_rng_{plan_.setup.seed ^ 0x4e};
  base::Rng groups_rng_{plan_.setup.seed ^ 0x96};
  base::Rng deaths_rng_{plan_.setup.seed ^ 0xdead};
  base::Rng nodes_rng_{plan_.setup.seed ^ 0xadd};
};

/// Everybody runs, or comes back by itself after a reset.
void start_all(World& world) {
  for (auto& host : world.hosts()) {
    if (host.booting) continue;
    world.power_on(host);
    if (!host.up() && !host.child_away) world.start(host);
  }
}

/// The fixed waits of a Heartbeat 3.0.6 from the end of a partition to rest: 2 s until it drops all, two to
/// leave, one more than the dead time asleep, two times RQSTDELAY; and what ours waits before it gives way.
constexpr Duration kClassicRound = 2s + 2s + 1s + 20s + 32s;
/// A start is not believed when five statuses, a second apart, say "stopped" (kProofs of hbd/core/jobs.cc).
constexpr Duration kProof = 4s;

struct Allowed {
  Duration one_holder{};  ///< each group has, or had, one holder
  Duration rest{};        ///< and nothing moves any more
  Duration in_vain{};     ///< while a group is started that runs nowhere
};

/// "Every group has exactly one holder within deadtime plus the jobs' time", counted from the moment when all
/// is healed: the network carries everything, all are awake, and whoever did not run was started just then.
/// A group that runs nowhere holds up the others' way home while each node starts it and asks for some seconds in vain, and a
/// handover that was asked for meanwhile is given up and begun again.
Duration starts_in_vain(const Plan& plan) {
  for (std::size_t g = 0; g < plan.setup.resources.groups.size(); ++g)
    if (plan.setup.may_be_unstartable(g)) return 2 * kProof + 3s;
  return {};
}

/// Deadtime, because so long a group that its preferred node does not take is left to it; a keepalive until
/// all have heard each other. The jobs' time is what the scripts of this seed may still do to us.
Allowed after_faults(const Plan& plan, std::size_t longest) {
  const auto& timing = plan.setup.timing;
  const auto resources = static_cast<int>(longest);
  // The script that was running at the heal; then, at their healed pace, stops, status, starts and status.
  Duration jobs = plan.temper.max_time + resources * 4 * Duration(10ms);
  if (plan.temper.hang > 0) jobs += 120s;       // a start that hangs is killed then (others before)
  if (plan.temper.fail_start > 0) jobs += 30s;  // what could be started nowhere is tried again then
  if (plan.temper.fail_stop > 0) jobs += 1s;    // so is a stop
  // What has died is missed a second later, believed dead, and stopped before it is started; or tried again like the above.
  if (plan.setup.watch) jobs += 1s + kProof + resources * Duration(10ms) + 30s;
  if (plan.stuck) jobs += 5s;                   // and one that failed many times
  // Whose reset was under way is away for a boot, and who was silent for that while may be reset once more.
  const bool resets = plan.setup.stonith || (plan.stuck && plan.setup.reboot);
  if (resets) jobs += 2 * (plan.device.max_time + plan.device.boot) + timing.deadtime;
  Allowed out;
  out.one_holder = Duration(timing.deadtime + timing.keepalive) * 102 / 100 + jobs;
  if (plan.setup.classic) out.one_holder += kClassicRound + 2 * (timing.deadtime + timing.initdead);
  // A handover whose partner fell silent in the middle is given up after 3 s, and begun again.
  out.in_vain = starts_in_vain(plan);
  out.rest = out.one_holder + 3s + Duration(timing.keepalive) * 102 / 100 + resources * 4 * Duration(10ms) + out.in_vain;
  return out;
}

void count_setup(const Plan& plan, Tally& tally) {
  const auto& s = plan.setup;
  ++tally[fmt::format("setup: {} nodes", s.nodes.size())];
  ++tally[s.failback == model::Failback::legacy ? "setup: auto_failback legacy"
          : s.failback == model::Failback::on   ? "setup: auto_failback on"
                                                : "setup: auto_failback off"];
  if (s.resources.groups.size() > 1) ++tally["setup: several groups"];
  for (const auto& group : s.resources.groups)
    if (group.node != s.resources.groups.front().node) {
      ++tally["setup: several preferred nodes"];
      break;
    }
  if (s.media > 1) ++tally["setup: two media"];
  if (s.ipfail) ++tally["setup: ipfail"];
  if (s.ping_group) ++tally["setup: ping group"];
  if (plan.drift > 0) ++tally["setup: clocks drift"];
  if (plan.calm) ++tally["setup: calm"];
  if (plan.calm && plan.weather.max_delay >= 2 * s.timing.keepalive) ++tally["setup: calm, the network late"];
  if (plan.calm && plan.longest_hold >= s.timing.keepalive) ++tally["setup: calm, the network in bursts"];
  if (plan.calm && plan.longest_pause >= s.timing.keepalive) ++tally["setup: calm, the hosts late"];
  if (s.classic) ++tally["setup: beside a Heartbeat 3.0.6"];
  if (!s.liars.empty()) ++tally["setup: liars"];
  if (s.stonith) ++tally["setup: stonith"];
}

/// One more cut, with everything else well, and its heal timed.
class LastCut {
 public:
  LastCut(World& world, const Plan& plan, base::Rng& rng) : world_(world), plan_(plan) {
    host_ = rng.below(world.hosts().size());
  }
  void set(bool on) {
    for (std::size_t k = 0; k < world_.hosts().size(); ++k) {
      if (plan_.last_cut_kind != 1) world_.cut(host_, k, on);
      if (plan_.last_cut_kind != 2) world_.cut(k, host_, on);
    }
  }
  std::string_view name() const {
    static constexpr std::string_view kNames[] = {"fate: last cut, both ways", "fate: last cut, deaf",
                                                  "fate: last cut, mute"};
    return kNames[plan_.last_cut_kind];
  }

 private:
  World& world_;
  const Plan& plan_;
  std::size_t host_ = 0;
};

}  // namespace

const std::vector<std::string_view>& expected() {
  static const std::vector<std::string_view> kExpected{"setup: 2 nodes",
                                                       "setup: 3 nodes",
                                                       "setup: 4 nodes",
                                                       "setup: auto_failback on",
                                                       "setup: auto_failback off",
                                                       "setup: auto_failback legacy",
                                                       "setup: several groups",
                                                       "setup: several preferred nodes",
                                                       "setup: two media",
                                                       "setup: ipfail",
                                                       "setup: ping group",
                                                       "setup: clocks drift",
                                                       "setup: calm",
                                                       "setup: calm, the network late",
                                                       "setup: calm, the network in bursts",
                                                       "setup: calm, the hosts late",
                                                       "setup: liars",
                                                       "setup: stonith",
                                                       "setup: beside a Heartbeat 3.0.6",
                                                       "fate: power cut",
                                                       "fate: both processes killed",
                                                       "fate: child killed",
                                                       "fate: paused",
                                                       "fate: cut off both ways",
                                                       "fate: is not heard",
                                                       "fate: does not hear",
                                                       "fate: loses a ping node",
                                                       "fate: loses one of a ping group",
                                                       "fate: is shut down",
                                                       "fate: hb_standby",
                                                       "fate: hb_takeover",
                                                       "fate: fast restart",
                                                       "fate: is reloaded",
                                                       "fate: one of two media is unplugged",
                                                       "fate: is cut off from one of several",
                                                       "fate: a stop is stuck",
                                                       "fate: its packets are kept back",
                                                       "fate: a program dies",
                                                       "fate: last cut, both ways",
                                                       "fate: last cut, deaf",
                                                       "fate: last cut, mute",
                                                       "packets: lost",
                                                       "packets: duplicated",
                                                       "packets: reordered",
                                                       "agents: a start fails",
                                                       "agents: a stop fails",
                                                       "agents: a start hangs",
                                                       "agents: a stop hangs",
                                                       "agents: a status hangs",
                                                       "agents: a start lies",
                                                       "agents: a stop lies",
                                                       "agents: a status lies: running",
                                                       "agents: a status lies: stopped",
                                                       "agents: a fence",
                                                       "agents: a fence fails",
                                                       "agents: a fence works and says it failed",
                                                       "agents: a node resets itself",
                                                       "event: fence_moot",
                                                       "event: fenced_by",
                                                       "event: called_off",
                                                       "event: node_dead",
                                                       "event: conflict",
                                                       "event: standby_taken",
                                                       "event: retry_stop",
                                                       "event: stopped_by_itself",
                                                       "event: stopped_again",
                                                       "event: classic_returned",
                                                       "event: classic_takes_over",
                                                       "event: classic_standby",
                                                       "event: classic_failback",
                                                       "event: classic_shutdown"};
  return kExpected;
}

Result run(const Options& options) {
  const auto plan = plan_of(options);
  const auto& timing = plan.setup.timing;
  base::Rng rng(options.seed ^ 0xfa7e);
  World world(plan.setup);
  Checkers checkers(world, limits_of(plan));
  Result out;
  out.setup = describe(options, plan);
  count_setup(plan, out.tally);
  const auto begin = world.now();
  std::uint64_t moves = 0;
  world.after_step = [&](Host&) { checkers.after_step(); };
  world.on_start = [&](Host& host) { checkers.restarted(host); };
  if (options.trace && options.packets)
    world.on_packet = [&](const Host& host, const core::Datagram& packet) {
      fmt::print("{} {}\n", stamp(world.now(), begin), describe(host, packet));
    };
  world.on_effect = [&](Host& host, const core::Effect& effect) {
    checkers.on_effect(host, effect);
    if (const auto* run = std::get_if<core::RunJob>(&effect)) moves += run->verb != core::Verb::status && !plan.setup.may_be_unstartable(run->group);
    if (const auto* event = std::get_if<core::Publish>(&effect))
      ++out.tally["event: " + std::string(event->event.kind->id)];
    if (!options.trace) return;
    const auto line = describe(world, host, effect);
    if (!line.empty()) fmt::print("{} {}\n", stamp(world.now(), begin), line);
  };
  if (options.canary)
    world.wrap = [bug = *options.canary](const Host&, std::unique_ptr<core::Elector> inner) {
      return with_canary(bug, std::move(inner));
    };
  for (auto& host : world.hosts()) {
    host.rate = 1.0 + plan.drift * (static_cast<double>(rng.below(2001)) / 1000.0 - 1.0);
    host.offset = base::Seconds(rng.between(0, 100000));
    host.temper = plan.temper;
    // Its scripts have no time limit: one that hangs, hangs for ever, and all that comes after it.
    if (host.classic) host.temper.hang = 0;
    if (options.canary == Bug::nervous) host.cluster.timing.deadtime -= timing.keepalive / 4;
    if (options.canary == Bug::blind)
      std::erase_if(host.cluster.env, [](const auto& word) { return word.first == model::kStatusEvery; });
  }
  world.weather = plan.weather;
  world.device = plan.device;
  const auto mark = [&](std::string_view what) {
    if (options.trace) fmt::print("{} === {}\n", stamp(world.now(), begin), what);
  };
  if (options.trace) fmt::print("{}\n", out.setup);

  // First phase: faults. Nothing bad may ever be seen.
  for (std::size_t i = 0; i < world.hosts().size(); ++i)
    world.at(world.now() + base::Duration(rng.between(0, plan.starts_within.count())),
             [&world, i] { world.start(world.hosts()[i]); });
  Fate fate(world, plan, rng, options.trace, out.tally);
  world.run_for(timing.deadtime * 4);
  const auto end = world.now() + plan.faults_for;
  while (world.now() < end) {
    fate.strike();
    if (options.nodes_change)
      for (int i = 0; i < 3; ++i) fate.change_nodes();
    world.run_for(base::Duration(rng.between(0, 2 * Duration(plan.fault_every).count())));
  }

  // Second phase: all is healed, and must come to rest.
  mark("healed");
  std::size_t longest = 0;
  for (const auto& group : plan.setup.resources.groups) longest = std::max(longest, group.resources.size());
  world.heal();
  checkers.healed(word_of(plan, 1, world.weather.max_delay));
  start_all(world);
  if (options.nodes_change) fate.all_belong();
  const auto heal_at = world.now();
  // Who is reset or resets itself comes back, and waits for nobody longer than initdead.
  const Duration returns = plan.device.boot + plan.device.max_time + timing.initdead + timing.deadtime;
  const auto allowed = after_faults(plan, longest);
  // Who holds a group for a keepalive is its holder from the moment when that began.
  const auto wait_for_one = [&](Mono from, Duration limit, std::string_view what, bool restart) {
    const auto steady = Duration(timing.keepalive) * 102 / 100;
    std::vector<Mono> since(plan.setup.resources.groups.size(), base::kNever);
    std::vector<std::size_t> open(since.size());
    std::iota(open.begin(), open.end(), 0);
    Duration longest_wait{};
    while (true) {
      // Each for itself: one may be on its way home while the next has just arrived.
      std::erase_if(open, [&](std::size_t g) {
        if (checkers.not_held_once(g))
          since[g] = base::kNever;
        else if (since[g] == base::kNever)
          since[g] = world.now();
        if (since[g] == base::kNever || world.now() - since[g] < steady) return false;
        if (since[g] - from > limit)
          checkers.fail(fmt::format("L1: group {} has one holder only {} ms after {}", g,
                                    base::to_ms(since[g] - from), what));
        longest_wait = std::max(longest_wait, since[g] - from);
        return true;
      });
      if (open.empty() || world.now() - from > limit + steady) break;
      world.run_for(10ms);
      if (restart) start_all(world);
    }
    for (const auto g : open)
      checkers.fail(fmt::format("L1: {} ms after {}: {}", base::to_ms(world.now() - from), what,
                                checkers.not_held_once(g).value_or("not for long")));
    return open.empty() ? longest_wait : world.now() - from;
  };
  out.one_holder = wait_for_one(heal_at, allowed.one_holder, "all faults", true);
  while (world.now() - heal_at <= allowed.rest) {
    moves = 0;
    world.run_for(10ms), start_all(world);
    if (moves != 0 || checkers.unsettled()) out.rest = world.now() - heal_at;
  }
  const auto demand = [&](std::string_view when) {
    if (const auto why = checkers.unsettled()) checkers.fail(fmt::format("L1: {}: {}", when, *why));
  };
  const auto hold_still = [&](std::string_view when) {
    moves = 0;
    world.run_for(timing.deadtime * 2 + 2s);
    demand(when);
    if (moves != 0) checkers.fail(fmt::format("L2: {} scripts ran although all was settled", moves));
  };
  demand("after all faults");
  hold_still("at rest");

  // Third phase: one more cut; from its heal to one holder of each group there is little time.
  for (auto& host : world.hosts()) host.temper.max_time = plan.temper.max_time;
  LastCut last(world, plan, rng);
  mark(last.name());
  ++out.tally[std::string(last.name())];
  checkers.storm();
  last.set(true);
  world.run_for(plan.last_cut);
  last.set(false);
  mark("healed again");
  const auto healed_at = world.now();
  // Who let go stops all of a group; who takes it asks each script, starts it, and asks it again.
  const Duration scripts = static_cast<int>(longest) * 3 * plan.temper.max_time;
  // What was being stopped at the moment of the heal is stopped to its end first.
  const Duration begun = static_cast<int>(longest) * plan.temper.max_time + (plan.setup.watch ? 100ms : 0ms);
  Duration limit = std::max<Duration>(1s, Duration(timing.keepalive) * 3 / 2) + begun + scripts;
  // Whoever was cut off for so long is reset, or both are.
  // (Up to a keepalive before the cut, and one after it, lies in the silence too; one percent each for two
  // clocks.)
  const auto silence = plan.last_cut + Duration(timing.keepalive) * 2 * 101 / 100 + world.weather.max_delay;
  const bool resets = plan.setup.stonith && silence >= Duration(timing.deadtime) * 99 / 100;
  if (resets) limit += 2 * returns;
  if (plan.setup.classic) limit = allowed.one_holder;
  out.converge = wait_for_one(healed_at, limit, "the last heal", plan.setup.classic.has_value());
  if (plan.setup.classic) {
    const auto rest = world.now() + allowed.rest;
    while (world.now() < rest) world.run_for(100ms), start_all(world);
  }
  world.run_for(timing.deadtime * 2 + 2 * scripts + 2s + allowed.in_vain);
  if (resets) world.run_for(2 * returns);
  demand("after the last heal");
  hold_still("at rest again");

  out.violations = checkers.violations();
  if (!world.stuck.empty())
    out.violations.push_back("L3: " + world.stuck + " wakes up for ever at the same moment");
  if (options.trace)
    for (const auto& host : world.hosts()) fmt::print("{}\n", summary(host));
  out.both = checkers.longest_both();
  out.beside = checkers.longest_beside();
  for (const auto& [what, count] : checkers.granted()) out.tally["granted: " + what] += count;
  out.tally["packets: lost"] += world.lost;
  out.tally["packets: duplicated"] += world.duplicated;
  out.tally["packets: reordered"] += world.reordered;
  for (const auto& [what, count] : world.happened) out.tally["agents: " + what] += count;
  out.hash = world.trace_hash;
  out.steps = world.steps;
  out.packets = world.packets;
  return out;
}

}  // namespace sim
