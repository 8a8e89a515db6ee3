// SPDX-License-Identifier: Apache-2.0
#include "test/sim/world.h"

#include <algorithm>

#include "base/text.h"
#include "hbd/core/plan.h"
#include "hbd/elect/heartbeat/elector.h"

namespace sim {

using namespace hbd;
using core::Verb;
using namespace std::chrono_literals;

bool Host::serves(std::size_t g) const {
  return power && std::all_of(running[g].begin(), running[g].end(), [](bool b) { return b; });
}
bool Host::touches(std::size_t g) const {
  return power && std::any_of(running[g].begin(), running[g].end(), [](bool b) { return b; });
}

bool Host::told_serves(std::size_t g) const {
  return power && std::all_of(told[g].begin(), told[g].end(), [](bool b) { return b; });
}
bool Host::told_touches(std::size_t g) const {
  return power && std::any_of(told[g].begin(), told[g].end(), [](bool b) { return b; });
}

const core::Snapshot& Host::snapshot() const {
  if (!last_snapshot) last_snapshot = engine->snapshot();
  return *last_snapshot;
}

bool Setup::lied_about(std::size_t group) const {
  return std::any_of(liars.begin(), liars.end(), [&](const Liar& liar) { return liar.group == group; });
}

bool Setup::only_starts_lie(std::size_t group) const {
  return lied_about(group) && std::all_of(liars.begin(), liars.end(), [&](const Liar& liar) {
           return liar.group != group || liar.kind == Liar::Kind::start;
         });
}

bool Setup::may_be_unstartable(std::size_t group) const {
  return std::any_of(liars.begin(), liars.end(), [&](const Liar& liar) {
    return liar.group == group && liar.kind != Liar::Kind::stop && liar.kind != Liar::Kind::says_running;
  });
}

model::ResourceGroup parse_group(std::string_view line) {
  model::ResourceGroup out;
  const auto words = base::words(line);
  out.node = std::string(words.front());
  for (std::size_t i = 1; i < words.size(); ++i) {
    model::Resource r;
    r.text = std::string(words[i]);
    std::string_view rest = r.text;
    const auto cut = rest.find("::");
    r.script = std::string(rest.substr(0, cut));
    if (cut != std::string_view::npos) r.args.emplace_back(rest.substr(cut + 2));
    out.resources.push_back(std::move(r));
  }
  return out;
}

World::World(Setup setup) : setup_(std::move(setup)), rng_(setup_.seed) {
  model::Cluster cluster;
  cluster.nodes = setup_.nodes;
  for (int i = 0; i < setup_.media; ++i) {
    model::MediumEntry entry;
    entry.medium = model::Bcast{"eth" + std::to_string(i)};
    cluster.media.push_back(entry);
  }
  for (const auto& name : setup_.pings) {
    model::MediumEntry entry;
    if (setup_.ping_group && name == setup_.pings.front())
      entry.medium = model::PingGroup{name, {name + "a", name + "b"}};
    else
      entry.medium = model::Ping{name};
    cluster.media.push_back(entry);
  }
  cluster.timing = setup_.timing;
  cluster.failback = setup_.failback;
  if (setup_.stonith) {
    cluster.stonith.push_back({"external/power", "10.0.0.9", {}, {}});
    cluster.stonith_hosts.push_back("external/power");
  }
  // Shorter than those of hbd, so that what hangs is over while the swarm still looks.
  cluster.env = {{"START_LIMIT", "120"}, {"STOP_LIMIT", "60"}};
  if (setup_.watch) cluster.env.emplace_back("STATUS_EVERY", "1");
  if (!setup_.reboot) cluster.env.emplace_back("REBOOT", "no");
  cluster.auth.sign_with = 1;
  cluster.auth.keys[1] = {model::AuthKey::Method::crc, ""};
  if (setup_.ipfail) cluster.respawn.push_back({"hacluster", "/usr/lib/heartbeat/ipfail", false, {}});
  for (const auto& name : setup_.nodes) {
    Host host;
    host.name = name;
    host.cluster = cluster;
    host.cluster.self = name;
    host.classic = setup_.classic == hosts_.size();
    for (const auto& group : setup_.resources.groups)
      host.running.emplace_back(group.resources.size(), false);
    host.told = host.running;
    host.last_job.assign(host.running.size(), Mono{});
    hosts_.push_back(std::move(host));
  }
  cuts_.assign(hosts_.size(), std::vector<bool>(hosts_.size(), false));
  ping_cuts_.assign(hosts_.size(), std::vector<bool>(setup_.pings.size(), false));
  member_cuts_.assign(hosts_.size(), std::vector<bool>(2, false));
  answered_.assign(hosts_.size(), std::vector<Mono>(setup_.pings.size(), Mono{}));
  medium_cuts_.assign(static_cast<std::size_t>(setup_.media), false);
  held_until_.assign(hosts_.size(), Mono{});
  latest_.assign(hosts_.size(), std::vector<std::uint64_t>(hosts_.size(), 0));
}

Host& World::host(std::string_view name) {
  for (auto& host : hosts_)
    if (host.name == name) return host;
  return hosts_.front();
}

Mono World::local(const Host& host, Mono t) const {
  return Mono(host.offset + Duration(static_cast<std::int64_t>(
                                static_cast<double>(t.time_since_epoch().count()) * host.rate)));
}
Mono World::global(const Host& host, Mono t) const {
  const auto d = (t.time_since_epoch() - host.offset).count();
  return Mono(Duration(static_cast<std::int64_t>(static_cast<double>(d) / host.rate)));
}
core::Now World::clock(const Host& host) const {
  const auto mono = local(host, now_);
  return {mono, base::Wall(std::chrono::hours(400000) + mono.time_since_epoch())};
}

void World::at(Mono when, std::function<void()> f) {
  events_.push_back({std::max(when, now_), order_++, std::move(f)});
  std::push_heap(events_.begin(), events_.end(), std::greater<>());
}

void World::run_until(Mono end) {
  while (!events_.empty() && events_.front().when <= end) {
    std::pop_heap(events_.begin(), events_.end(), std::greater<>());
    auto event = std::move(events_.back());
    events_.pop_back();
    now_ = std::max(now_, event.when);
    event.run();
  }
  now_ = std::max(now_, end);
}

void World::hash(std::string_view text) {
  for (const char c : text) trace_hash = (trace_hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
}

std::unique_ptr<Daemon> World::ours(Host& host, std::string_view memento) {
  elect::heartbeat::Identity identity;
  identity.generation = host.generation;
  identity.seed = setup_.seed * 1000 + host.generation;
  identity.uuid.fill(static_cast<std::uint8_t>(index(host) + 1));
  auto elector = elect::heartbeat::make_elector(host.cluster, setup_.resources, identity);
  if (wrap) elector = wrap(host, std::move(elector));
  return std::make_unique<Engine>(std::make_unique<core::Engine>(
      host.cluster, setup_.resources, std::move(elector), memento, core::Engine::Remembering::on_request));
}

void World::make_engine(Host& host, std::string_view memento, std::optional<model::Holding> kept) {
  if (host.classic) {
    ClassicPost::Identity identity;
    identity.generation = host.generation;
    identity.seed = setup_.seed * 1000 + host.generation;
    identity.uuid.fill(static_cast<std::uint8_t>(index(host) + 1));
    auto node = std::make_unique<ClassicNode>(host.cluster, setup_.resources, identity);
    if (kept) node->keep(*kept);
    host.engine = std::move(node);
  } else {
    host.engine = ours(host, memento);
  }
  core::Effects effects;
  host.engine->start(clock(host), effects);
  host.last_snapshot.reset();
  carry_out(host, effects);
}

void World::start(Host& host) {
  if (host.up() || host.child_away || !host.power) return;
  ++host.generation;
  host.leaving = host.child_away = false;
  host.memento.clear();
  host.queue.clear();
  host.stop_failed.clear();
  if (on_start) on_start(host);
  make_engine(host, {});
}

bool World::reload(Host& host) {
  const auto* daemon = host.heartbeat();
  const auto kept = daemon == nullptr || host.paused_until > now_ ? std::nullopt : daemon->held_at_rest();
  if (!kept) return false;
  kill_daemon(host);
  ++host.generation;
  if (on_start) on_start(host);
  make_engine(host, {}, kept);
  return true;
}

void World::power_cut(Host& host) {
  kill_daemon(host);
  host.power = false;
  for (auto& group : host.running) std::fill(group.begin(), group.end(), false);
  host.told = host.running;
  host.stuck.clear();
  host.fences.clear();
}

void World::reset(Host& host) {
  power_cut(host);
  ++host.resets;
  if (device.boot != base::Millis{}) start_later(host, device.boot);
}

void World::start_later(Host& host, Duration after) {
  const auto i = index(host);
  const auto life = ++host.resets;
  host.booting = true;
  at(now_ + after, [this, i, life] {
    auto& h = hosts_[i];
    if (h.resets != life) return;
    h.booting = false;
    power_on(h);
    start(h);
  });
}

/// What was ordered happens, even when who ordered it dies; but not when its power fails.
void World::fence(Host& host, const core::Fence& order) {
  if (!setup_.stonith || !host.fences.emplace(host.generation, order.id).second) return;
  const auto i = index(host);
  const auto takes =
      base::Duration(rng_.between(Duration(device.min_time).count(), Duration(device.max_time).count()));
  at(now_ + takes, [this, i, order, generation = host.generation] {
    auto& h = hosts_[i];
    if (!h.power || h.fences.erase({generation, order.id}) == 0) return;
    core::JobDone done;
    done.id = order.id;
    if (rng_.chance(device.fail)) {
      ++happened["a fence fails"];
      done.code = 1;
    } else {
      ++happened["a fence"];
      if (rng_.chance(device.mute)) done.code = 1, ++happened["a fence works and says it failed"];
      reset(this->host(order.node));
      if (after_step) after_step(this->host(order.node));
    }
    if (h.generation == generation) deliver(h, done);
  });
}

void World::kill_daemon(Host& host) {
  host.engine.reset();
  host.queue.clear();
  host.child_away = false;
  host.paused_until = {};
  // Scripts die with the parent in this world; what they have done by then stays.
  host.jobs.clear();
  ++host.wake_version;
}

void World::kill_child(Host& host, Duration away) {
  if (!host.up() || host.child_away) return;
  host.child_away = true;
  ++host.wake_version;
  if (host.classic) return kill_daemon(host);
  host.memento = host.engine->memento();
  const auto generation = host.generation;
  const auto i = index(host);
  host.engine.reset();
  at(now_ + away, [this, i, generation] {
    auto& h = hosts_[i];
    if (!h.child_away || h.generation != generation || !h.power) return;
    h.child_away = false;
    make_engine(h, h.memento);
    auto queue = std::move(h.queue);
    h.queue.clear();
    for (auto& input : queue)
      if (h.up()) deliver(h, std::move(input));
  });
}

void World::pause(Host& host, Duration length) {
  if (!host.up() || host.paused_until > now_) return;
  host.paused_until = now_ + length;
  const auto i = index(host);
  at(host.paused_until, [this, i] { resume(hosts_[i]); });
}

void World::resume(Host& host) {
  if (!host.up() || host.paused_until > now_) return;
  // The shell drains every link first, stamps at the drain, and only then delivers the tick.
  auto queue = std::move(host.queue);
  host.queue.clear();
  for (auto& input : queue) {
    if (!host.up()) return;
    if (auto* packet = std::get_if<core::Datagram>(&input)) packet->received_at = clock(host).mono;
    deliver(host, std::move(input));
  }
  if (host.up()) arm(host);
}

void World::input(Host& host, core::Input in) {
  if (std::holds_alternative<core::Shutdown>(in)) host.leaving = true;
  deliver(host, std::move(in));
}

void World::deliver(Host& host, core::Input in) {
  if (!host.up() && !host.child_away) return;
  if (host.child_away || host.paused_until > now_) {
    // Kernel buffers are finite; what the parent knows is not lost.
    if (!std::holds_alternative<core::Datagram>(in) || (!host.child_away && host.queue.size() < 300))
      host.queue.push_back(std::move(in));
    return;
  }
  core::Effects effects;
  host.engine->step(clock(host), in, effects);
  host.last_snapshot.reset();
  ++steps;
  carry_out(host, effects);
}

void World::carry_out(Host& host, core::Effects& effects) {
  for (auto& effect : effects) {
    if (const auto* packet = std::get_if<core::Transmit>(&effect)) {
      hash(packet->bytes);
      transmit(host, *packet);
      continue;
    }
    if (on_effect) on_effect(host, effect);
    if (const auto* run = std::get_if<core::RunJob>(&effect)) {
      run_job(host, *run);
    } else if (const auto* cancel = std::get_if<core::CancelJob>(&effect)) {
      auto job = host.jobs.find(cancel->id);
      if (job != host.jobs.end() && !job->second.cancelled) {
        job->second.cancelled = true;
        const auto i = index(host);
        const auto id = cancel->id;
        job->second.result.end = core::JobDone::End::killed_by_signal;
        job->second.result.code = 15;
        at(now_ + base::Millis(5), [this, i, id] { end_job(i, id); });
      }
    } else if (const auto* order = std::get_if<core::Fence>(&effect)) {
      fence(host, *order);
    } else if (std::holds_alternative<core::Reboot>(effect) && setup_.reboot) {
      ++happened["a node resets itself"];
      reset(host);
      if (after_step) after_step(host);
      return;
    } else if (std::holds_alternative<core::Reboot>(effect) && host.classic) {
      ++happened["a Heartbeat kills itself"];
      kill_daemon(host);
      if (after_step) after_step(host);
      return;
    } else if (const auto* finish = std::get_if<core::Finish>(&effect)) {
      host.engine.reset();
      // The original sleeps before it begins again.
      if (finish->restart) start_later(host, setup_.timing.deadtime + 1s);
      ++host.wake_version;
      host.queue.clear();
      if (after_step) after_step(host);
      return;
    }
  }
  if (host.up()) arm(host);
  if (after_step) after_step(host);
}

void World::arm(Host& host) {
  const auto wake = host.engine->next_wake();
  const auto version = ++host.wake_version;
  if (wake == base::kNever) return;
  host.planned = wake;
  const auto i = index(host);
  // A timer never fires early; rounding of the drifting clock must not make it so.
  auto when = std::max(global(host, wake), now_);
  while (local(host, when) < wake) when += Duration(1);
  when = std::max(when, host.paused_until);
  at(when, [this, i, version] {
    auto& h = hosts_[i];
    if (!h.up() || h.wake_version != version) return;
    if (h.paused_until > now_) return;
    h.ticks_at_once = h.last_tick == now_ ? h.ticks_at_once + 1 : 0;
    h.last_tick = now_;
    if (h.ticks_at_once > 1000) {
      stuck = h.name;
      return;
    }
    deliver(h, core::Tick{h.planned, "0.00 0.00 0.00 1/1 1"});
  });
}

void World::transmit(Host& host, const core::Transmit& packet) {
  const auto from = index(host);
  const auto media = static_cast<std::size_t>(setup_.media);
  if (packet.link && *packet.link >= media) {
    const auto ping = *packet.link - media;
    if (ping >= setup_.pings.size() || ping_cuts_[from][ping] || rng_.chance(weather.loss)) return;
    const auto link = *packet.link;
    const bool group = setup_.ping_group && ping == 0;
    for (std::size_t member = 0; member < (group ? 2u : 1u); ++member) {
      if (group && member_cuts_[from][member]) continue;
      at(now_ + base::Millis(1), [this, from, link, ping, bytes = packet.bytes, name = setup_.pings[ping]] {
        if (!hosts_[from].child_away && hosts_[from].paused_until <= now_) answered_[from][ping] = now_;
        deliver(hosts_[from], core::Datagram{link, bytes, name, clock(hosts_[from]).mono});
      });
    }
    return;
  }
  for (std::size_t m = 0; m < media; ++m) {
    if ((packet.link && *packet.link != m) || medium_cuts_[m]) continue;
    for (std::size_t to = 0; to < hosts_.size(); ++to) {
      if (to == from || cuts_[from][to]) continue;
      const int copies = rng_.chance(weather.duplicate) ? 2 : 1;
      if (copies == 2) ++duplicated;
      for (int c = 0; c < copies; ++c) {
        if (rng_.chance(weather.loss)) {
          ++lost;
          continue;
        }
        ++packets;
        const auto delay = base::Duration(
            rng_.between(Duration(weather.min_delay).count(), Duration(weather.max_delay).count()));
        at(std::max(now_, held_until_[from]) + delay,
           [this, from, to, m, number = packets, bytes = packet.bytes] {
             if (cuts_[from][to] || medium_cuts_[m]) return;
             if (number < latest_[from][to]) ++reordered;
             latest_[from][to] = std::max(latest_[from][to], number);
             core::Datagram arrived{static_cast<core::LinkId>(m), bytes, hosts_[from].name, clock(hosts_[to]).mono};
             if (on_packet) on_packet(hosts_[to], arrived);
             deliver(hosts_[to], std::move(arrived));
           });
      }
    }
  }
}

bool World::lies(const Host& host, const core::RunJob& run, Liar::Kind kind) {
  for (const auto& liar : setup_.liars)
    if (liar.kind == kind && liar.group == run.group && liar.resource == run.resource &&
        (liar.node.empty() || liar.node == host.name))
      return rng_.chance(liar.often);
  return false;
}

void World::run_job(Host& host, const core::RunJob& run) {
  const auto& t = host.temper;
  Host::Job job{
      run,
      now_ + base::Duration(rng_.between(Duration(t.min_time).count(), Duration(t.max_time).count())),
      {}};
  job.result.id = run.id;
  hash(core::word(run.verb));
  if (rng_.chance(t.hang)) {
    job.ends = now_ + run.limit;
    job.result.end = core::JobDone::End::timed_out;
    ++happened["a " + std::string(core::word(run.verb)) + " hangs"];
  } else if (run.verb == Verb::start && rng_.chance(t.fail_start)) {
    job.result.code = 1;
    ++happened["a start fails"];
  } else if (run.verb == Verb::stop &&
             (rng_.chance(t.fail_stop) || host.stuck.contains({run.group, run.resource}))) {
    job.result.code = 1;
    ++happened["a stop fails"];
  }
  const auto id = run.id;
  const auto i = index(host);
  host.jobs[id] = std::move(job);
  at(host.jobs[id].ends, [this, i, id] { end_job(i, id); });
}

void World::end_job(std::size_t i, core::JobId id) {
  auto& host = hosts_[i];
  const auto found = host.jobs.find(id);
  if (found == host.jobs.end()) return;
  auto job = std::move(found->second);
  host.jobs.erase(found);
  const auto& run = job.run;
  host.last_job[run.group] = now_;
  if (run.verb == Verb::stop && !job.result.ok())
    host.stop_failed[{run.group, run.resource}] = now_;
  else if (run.verb != Verb::status || (run.resource == 0 && host.up() && host.snapshot().groups[run.group].state == core::GroupState::starting))
    std::erase_if(host.stop_failed, [&](const auto& entry) { return entry.first.first == run.group; });
  auto running = host.running[run.group][run.resource];
  auto told = host.told[run.group][run.resource];
  if (!job.result.ok()) {
    // It failed, but did something. What a reader of its answers may believe has not changed.
    if (run.verb == Verb::start && rng_.chance(0.5)) running = true;
  } else if (run.verb == Verb::start) {
    told = true;
    if (!running && lies(host, run, Liar::Kind::start))
      ++happened["a start lies"];
    else
      running = true;
  } else if (run.verb == Verb::stop) {
    told = false;
    if (running && lies(host, run, Liar::Kind::stop))
      ++happened["a stop lies"];
    else
      running = false;
  } else {
    told = running;
    if (lies(host, run, Liar::Kind::says_running)) told = true;
    if (lies(host, run, Liar::Kind::says_stopped)) told = false;
    if (lies(host, run, Liar::Kind::says_opposite)) told = !running;
    if (told != running) ++happened[told ? "a status lies: running" : "a status lies: stopped"];
    job.result.output = told ? "INFO:  Running OK\n" : "INFO:  Resource is stopped\n";
  }
  if (on_effect) {
    // The moment something changed matters to checkers as much as an effect does.
    if (after_step) after_step(host);
  }
  deliver(host, job.result);
}

void World::hold(std::size_t from, Duration length) {
  if (held_until_[from] <= now_) held_until_[from] = now_ + length;
}

void World::cut(std::size_t from, std::size_t to, bool on) {
  cuts_[from][to] = on;
}
void World::cut_ping(std::size_t host, std::size_t ping, bool on) {
  ping_cuts_[host][ping] = on;
}

void World::cut_ping_member(std::size_t host, std::size_t member, bool on) {
  member_cuts_[host][member] = on;
}

Mono World::ping_answered(std::size_t host, std::string_view ping) const {
  const auto at = std::find(setup_.pings.begin(), setup_.pings.end(), ping);
  return at == setup_.pings.end() ? Mono{} : answered_[host][static_cast<std::size_t>(at - setup_.pings.begin())];
}

void World::cut_medium(int medium, bool on) {
  medium_cuts_[static_cast<std::size_t>(medium)] = on;
}

void World::heal() {
  weather = {};
  medium_cuts_.assign(medium_cuts_.size(), false);
  for (auto& row : cuts_) std::fill(row.begin(), row.end(), false);
  for (auto* cuts : {&ping_cuts_, &member_cuts_})
    for (auto& row : *cuts) std::fill(row.begin(), row.end(), false);
  for (auto& host : hosts_) host.temper = {}, host.stuck.clear();
  device.fail = device.mute = 0;
  held_until_.assign(hosts_.size(), now_);
  for (auto& host : hosts_) {
    if (host.paused_until <= now_) continue;
    host.paused_until = now_;
    resume(host);
  }
}

}  // namespace sim
