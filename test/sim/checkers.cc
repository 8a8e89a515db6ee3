// SPDX-License-Identifier: Apache-2.0
#include "test/sim/checkers.h"

#include <fmt/format.h>

#include <algorithm>

#include "hbd/core/events.h"

namespace sim {

using namespace hbd;
using namespace std::chrono_literals;
using core::GroupState;

namespace {
// What hbd/core promises; one percent of it is left to the clocks.
constexpr Duration kStopRetry = 990ms;
constexpr Duration kStopStuck = 5050ms;
constexpr Duration kStartRetry = 29700ms;
/// Nothing that Fate does moves a group as often as this on one node.
constexpr std::size_t kManyStarts = 6;
constexpr Duration kManyStartsWithin = 1s;
}  // namespace

Checkers::Checkers(World& world, Limits limits) : world_(world), limits_(limits), begin_(world.now()) {
  const auto n = world.hosts().size();
  const auto groups = world.setup().resources.groups.size();
  audible_since_.assign(n, std::vector<Mono>(n, base::kNever));
  active_since_.assign(n, std::vector<Mono>(groups, base::kNever));
  engaged_since_ = active_since_;
  begun_.assign(n, std::vector<bool>(groups, false));
  in_place_ = begun_;
  left_over_.assign(groups, false);
  claimed_since_.assign(groups, base::kNever);
  both_since_.assign(n, Clock(n, std::vector<Mono>(groups, base::kNever)));
}

void Checkers::fail(std::string what) {
  if (violations_.size() < 20)
    violations_.push_back(
        fmt::format("{:.3f} {}", static_cast<double>((world_.now() - begin_).count()) / 1e9, what));
}

void Checkers::healed(Duration word) {
  limits_.grace -= limits_.word - word;
  limits_.word = word;
  limits_.lossless = true;
  // What was said before may have been lost: every clock that news is measured by begins again.
  const auto again = [now = world_.now()](Clock& clock) {
    for (auto& row : clock)
      for (auto& since : row)
        if (since != base::kNever) since = now;
  };
  again(audible_since_), again(active_since_);
  for (auto& clock : both_since_) again(clock);
}

bool Checkers::awake(const Host& h) const {
  return h.up() && !h.child_away && h.paused_until <= world_.now();
}

bool Checkers::audible(std::size_t from, std::size_t to) const {
  return awake(world_.hosts()[from]) && awake(world_.hosts()[to]) && !world_.cut_between(from, to);
}

bool Checkers::left_over(const Host& host, std::size_t group) const {
  if (!host.classic) return false;
  const auto* daemon = host.heartbeat();
  const bool legacy = host.cluster.failback == model::Failback::legacy;
  if (legacy && daemon != nullptr) {
    // It never looks whether it has what it has, nor says so: its own groups are always its own.
    if (!left_over_[group] && !daemon->took_without_a_word(group)) return false;
    for (const auto& other : world_.hosts())
      if (!other.classic && (other.serves(group) || starts(other, group)))
        return grant(left_over_[group] ? Granted::left_running : Granted::legacy, group), true;
    return false;
  }
  if (!left_over_[group]) return false;
  grant(host.up() ? Granted::unsaid : Granted::left_running, group);
  return true;
}

/// Counted once for each time that it begins.
void Checkers::grant(Granted what, std::size_t group) const {
  if (granted_now_.insert({static_cast<int>(what), group}).second)
    ++granted_[std::string(kClassicFaults[static_cast<int>(what)].name)];
}

/// What runs there without its daemon knowing can be known to nobody.
void Checkers::look_at_heartbeat(std::size_t i) {
  const auto& host = world_.hosts()[i];
  for (std::size_t g = 0; g < left_over_.size(); ++g) {
    const auto* daemon = host.heartbeat();
    const bool claims = daemon != nullptr && daemon->claims(g);
    const bool unknown = daemon == nullptr || (!claims && !daemon->at_work_on(g));
    if (!host.touches(g) ||
        (claims && !(left_over_[g] && host.cluster.failback == model::Failback::legacy))) {
      left_over_[g] = false;
      if (host.touches(g)) continue;
      for (const auto what : {Granted::left_running, Granted::unsaid, Granted::legacy})
        granted_now_.erase({static_cast<int>(what), g});
    } else if (unknown) {
      left_over_[g] = true;
    }
    if (!claims || !awake(host))
      claimed_since_[g] = base::kNever;
    else if (claimed_since_[g] == base::kNever)
      claimed_since_[g] = world_.now();
  }
}

bool Checkers::serves(const Host& host, std::size_t group) const {
  if (host.serves(group) && left_over(host, group)) return false;
  return world_.setup().lied_about(group) ? host.told_serves(group) : host.serves(group);
}

bool Checkers::touches(const Host& host, std::size_t group) const {
  if (host.touches(group) && left_over(host, group)) return false;
  return world_.setup().lied_about(group) ? host.told_touches(group) : host.touches(group);
}

/// A stop that fails or hangs takes its time; but then it must be running, or wait for its next attempt.
bool Checkers::stopping_in_earnest(const Host& host, std::size_t group) const {
  if (!limits_.stops_fail) return false;
  if (host.snapshot().groups[group].state != GroupState::stopping) return false;
  for (const auto& [id, job] : host.jobs)
    if (job.run.group == group) return true;
  return world_.now() - host.last_job[group] <= kStopStuck;
}

void Checkers::after_step() {
  const auto now = world_.now();
  const auto& hosts = world_.hosts();
  const auto groups = world_.setup().resources.groups.size();
  for (std::size_t a = 0; a < hosts.size(); ++a)
    if (hosts[a].classic) look_at_heartbeat(a);
  for (std::size_t a = 0; a < hosts.size(); ++a) {
    for (std::size_t b = 0; b < hosts.size(); ++b) {
      if (a == b) continue;
      auto& since = audible_since_[a][b];
      if (!audible(a, b))
        since = base::kNever;
      else if (since == base::kNever)
        since = now;
    }
    for (std::size_t g = 0; g < groups; ++g) {
      auto& since = active_since_[a][g];
      if (!awake(hosts[a]) || !touches(hosts[a], g))
        since = base::kNever;
      else if (since == base::kNever)
        since = now;
      check_held(hosts[a], g);
      auto& engaged = engaged_since_[a][g];
      if (!touches(hosts[a], g) && !starts(hosts[a], g))
        // (What has died between two starts of a group is begun all the same.)
        engaged = base::kNever,
        begun_[a][g] = begun_[a][g] && hosts[a].up() && hosts[a].snapshot().groups[g].state == GroupState::starting;
      else if (engaged == base::kNever)
        engaged = now;
    }
  }
  for (std::size_t a = 0; a < hosts.size(); ++a) {
    for (std::size_t b = a + 1; b < hosts.size(); ++b) {
      const bool beside = hosts[a].classic || hosts[b].classic;
      auto& longest = beside ? longest_beside_ : longest_both_;
      const bool connected = audible_since_[a][b] != base::kNever && audible_since_[b][a] != base::kNever;
      for (std::size_t g = 0; g < groups; ++g) {
        auto& both = both_since_[a][b][g];
        // The address is the last that stops: who still runs anything of a group has perhaps that.
        const bool conflict =
            (serves(hosts[a], g) && touches(hosts[b], g)) || (touches(hosts[a], g) && serves(hosts[b], g));
        if (!connected || !conflict) {
          both = base::kNever;
          continue;
        }
        if (both == base::kNever) both = now;
        if (now - both <= longest) continue;
        // Excused, and its clock begins again when the excuse ends.
        if (stopping_in_earnest(hosts[a], g) || stopping_in_earnest(hosts[b], g)) {
          both = now;
          continue;
        }
        longest = now - both;
        if (now - both > (beside ? limits_.beside : limits_.grace)) {
          fail(fmt::format("{}: {} and {} hear each other and both run {} for {} ms", beside ? "C1" : "S1",
                           hosts[a].name, hosts[b].name, world_.setup().resources.groups[g].key(),
                           base::to_ms(now - both)));
          both = now;
        }
      }
    }
  }
}

/// S8: a start that says it succeeded is not believed. (Whether all of it runs is asked of each script; what a job that
/// has just ended found is known a moment later.)
void Checkers::check_held(const Host& host, std::size_t group) {
  if (!awake(host) || host.classic || !limits_.answers || !world_.setup().only_starts_lie(group)) return;
  if (host.snapshot().groups[group].state != GroupState::held || host.serves(group)) return;
  fail(fmt::format("S8: {} says that it holds group {}, which does not run there", host.name, group));
}

bool Checkers::starts(const Host& host, std::size_t group) const {
  for (const auto& [id, job] : host.jobs)
    if (job.run.group == group && job.run.verb == core::Verb::start) return true;
  return false;
}

bool Checkers::declared_dead(const Host& by, const std::string& node) const {
  // by.engine is in the middle of a step, but what it thinks of others is not.
  for (const auto& view : by.snapshot().nodes)
    if (view.name == node) return view.status == "dead" || (view.status == "init" && by.snapshot().comm_up);
  return true;  // one that is added again has not been heard yet
}

bool Checkers::deleted(const Host& by, const std::string& node) const {
  const auto& nodes = by.snapshot().nodes;
  return std::none_of(nodes.begin(), nodes.end(), [&](const auto& view) { return view.name == node; });
}

/// S2: what another node has been ordered to start, or what runs there, is not started here before that one
/// has stopped it, was reset, or is dead in our eyes; whether it can be heard just now, is asleep or has
/// crashed makes no difference. Judged at the first script that is told to start: who comes back while
/// scripts are only asked for their status is heeded. What was left running here excuses nobody. What nobody
/// can know is what began elsewhere after the last word that one may rely on: of who can be heard, its last;
/// of who can not, it is S1 who says who keeps it. To be declared dead is no excuse where it was heard all
/// the time.
void Checkers::check_start(std::size_t self, std::size_t group) {
  const auto& hosts = world_.hosts();
  const auto now = world_.now();
  for (std::size_t other = 0; other < hosts.size(); ++other) {
    const auto engaged = engaged_since_[other][group];
    if (other == self || engaged == base::kNever || hosts[other].classic) continue;
    if (deleted(hosts[self], hosts[other].name)) continue;  // it was dead then, and nobody listens to it since
    const auto heard = audible_since_[other][self];
    const bool could_know = heard != base::kNever && now - std::max(heard, engaged) > limits_.word;
    if (!could_know && now - engaged <= limits_.stale) continue;
    const bool excused = !could_know || !limits_.lossless;
    if (excused && declared_dead(hosts[self], hosts[other].name)) continue;
    fail(fmt::format("S2: {} starts group {} that {} holds{}", hosts[self].name, group, hosts[other].name,
                     could_know ? "" : ", or may hold for all that it knows"));
  }
}

/// S7: where nodes can be reset, nothing is ever started that runs anywhere else, whatever anybody can hear.
/// (Except by who hears it begin elsewhere at the same moment: the one of them that keeps it is named by S1.)
void Checkers::check_alone(std::size_t self, std::size_t group) {
  for (std::size_t other = 0; other < world_.hosts().size(); ++other) {
    if (other == self || !touches(world_.hosts()[other], group)) continue;
    // What only lying scripts say to run does not.
    if (!world_.hosts()[other].touches(group)) continue;
    if (gave_word_too_early(world_.hosts()[other], group)) continue;
    if (const auto* heartbeat = world_.hosts()[other].heartbeat();
        heartbeat != nullptr && heartbeat->took_without_a_word(group)) {
      grant(Granted::legacy, group);
      continue;
    }
    const auto active = active_since_[other][group];
    const bool news_on_its_way = active != base::kNever && world_.now() - active <= limits_.word;
    if (news_on_its_way && audible_since_[other][self] != base::kNever) continue;
    fail(fmt::format("S7: {} starts group {} that runs on {}, which was not reset", world_.hosts()[self].name,
                     group, world_.hosts()[other].name));
  }
}

/// It says that it has let go, and that it is at rest, before its scripts have stopped what they are
/// stopping.
bool Checkers::gave_word_too_early(const Host& host, std::size_t group) const {
  const auto* daemon = host.heartbeat();
  if (daemon == nullptr || daemon->claims(group) || !daemon->said_free(group)) return false;
  grant(Granted::too_early, group);
  granted_now_.erase({static_cast<int>(Granted::too_early), group});
  return true;
}

/// C2: beside a Heartbeat 3.0.6. It says what it has taken, and what it lets go of when its scripts are done.
void Checkers::check_claim(std::size_t self, std::size_t group) {
  const auto& hosts = world_.hosts();
  for (std::size_t other = 0; other < hosts.size(); ++other) {
    if (other == self || !hosts[other].classic) continue;
    const auto since = std::min(claimed_since_[group], engaged_since_[other][group]);
    const auto heard = audible_since_[other][self];
    if (since == base::kNever || heard == base::kNever) continue;
    if (world_.now() - std::max(since, heard) <= limits_.word) continue;
    if (declared_dead(hosts[self], hosts[other].name)) continue;
    if (gave_word_too_early(hosts[other], group)) continue;
    // Having called us dead in the middle of a handover it claims what it then gives.
    const auto* heartbeat = hosts[other].heartbeat();
    // And what it gives just after its start it starts meanwhile.
    if (heartbeat != nullptr && heartbeat->gave_at(group) > since && (world_.now() - heartbeat->gave_at(group) <= limits_.beside || !heartbeat->at_work_on(group)) && (heartbeat->at_work_on(group) || !hosts[other].touches(group))) {
      grant(heartbeat->at_work_on(group) ? Granted::too_early : Granted::not_run, group);
      continue;
    }
    // Its answer was true when our scripts began to look.
    const auto looked = looked_.find({self, group});
    if (heartbeat != nullptr && heartbeat->took_without_a_word(group) && looked != looked_.end() && looked->second < since) {
      grant(Granted::legacy, group);
      continue;
    }
    fail(fmt::format("C2: {} starts group {} that {} {}", hosts[self].name, group, hosts[other].name,
                     claimed_since_[group] == base::kNever ? "has not let go of" : "claims"));
  }
}

void Checkers::check_pace(const Host& host, const core::RunJob& run) {
  const auto self = static_cast<std::size_t>(&host - world_.hosts().data());
  const auto now = world_.now();
  const auto what = [&] {
    return host.name + ' ' + world_.setup().resources.groups[run.group].resources[run.resource].text;
  };
  if (run.verb == core::Verb::stop) {
    const auto failed = host.stop_failed.find({run.group, run.resource});
    if (failed != host.stop_failed.end() && now - failed->second < kStopRetry)
      fail(
          fmt::format("S6: {}: stop again {} ms after it failed", what(), base::to_ms(now - failed->second)));
  } else if (run.verb == core::Verb::start && !host.touches(run.group)) {
    const auto failed = start_failed_.find({self, run.group});
    if (failed != start_failed_.end() && now - failed->second < kStartRetry)
      fail(fmt::format("S6: {}: start again {} ms after it was given up", what(),
                       base::to_ms(now - failed->second)));
    if (run.resource != 0) return;
    auto& starts = starts_[{self, run.group}];
    starts.push_back(now);
    std::erase_if(starts, [&](Mono t) { return now - t > kManyStartsWithin; });
    if (starts.size() > kManyStarts) {
      fail(fmt::format("S6: {}: started {} times within {} ms", what(), starts.size(),
                       base::to_ms(kManyStartsWithin)));
      starts.clear();
    }
  }
}

void Checkers::on_effect(const Host& host, const core::Effect& effect) {
  if (host.classic) return;
  const auto self = static_cast<std::size_t>(&host - world_.hosts().data());
  if (const auto* run = std::get_if<core::RunJob>(&effect)) {
    if (run->verb == core::Verb::stop) {
      begun_[self][run->group] = false;
      in_place_[self][run->group] = host.snapshot().groups[run->group].state == GroupState::starting;
    } else if (run->verb == core::Verb::start && in_place_[self][run->group]) {
      begun_[self][run->group] = true;  // stopped to be started again: it was never let go of
      in_place_[self][run->group] = false;
    }
    if (run->verb == core::Verb::status && run->resource == 0) looked_[{self, run->group}] = world_.now();
    // (What a lying status claims to be left over here is taken for it.)
    const bool claimed = world_.setup().lied_about(run->group) && touches(host, run->group);
    // Who holds it tells the network once more, whether its program has died meanwhile or not.
    const bool announces = host.snapshot().groups[run->group].state == GroupState::held;
    if (run->verb == core::Verb::start && !begun_[self][run->group] && !claimed && !announces) {
      begun_[self][run->group] = true;
      check_start(self, run->group);
      check_claim(self, run->group);
      if (world_.setup().stonith) check_alone(self, run->group);
    }
    for (const auto& [id, job] : host.jobs)
      if (job.run.group == run->group && !job.cancelled)
        fail(fmt::format("S3: {} runs two jobs of group {} at once", host.name, run->group));
    check_pace(host, *run);
  } else if (const auto* event = std::get_if<core::Publish>(&effect)) {
    const auto id = event->event.kind->id;
    if (id == core::kGivingUpGroup.id) {
      // The event names the resource; its group is the one whose start has just ended badly.
      for (std::size_t g = 0; g < world_.setup().resources.groups.size(); ++g)
        for (const auto& resource : world_.setup().resources.groups[g].resources)
          if (resource.text == event->event.field("resource")) start_failed_[{self, g}] = world_.now();
    }
    if (id != core::kNodeDead.id) return;
    const auto name = event->event.field("node");
    check_ping(host, name);
    for (std::size_t other = 0; other < world_.hosts().size(); ++other) {
      // In a calm one nobody ever stops: its child is at most away for a moment.
      if (world_.hosts()[other].name != name || (!limits_.calm && !world_.hosts()[other].up())) continue;
      // It may leave and start again at any time, for reasons of its own.
      if (world_.hosts()[other].classic && !awake(world_.hosts()[other])) continue;
      const auto since = audible_since_[other][self];
      const bool heard = limits_.lossless && since != base::kNever && world_.now() - since > limits_.word;
      if ((limits_.calm && !world_.hosts()[other].classic) || heard)
        fail(fmt::format("S5: {} declares {} dead though it could be heard{}", host.name, name,
                         heard ? fmt::format(" for {} ms", base::to_ms(world_.now() - since)) : ""));
    }
  }
}

/// S9: a ping node, or a group of which any member answers, is not called dead before deadping is over.
void Checkers::check_ping(const Host& host, std::string_view ping) {
  const auto self = static_cast<std::size_t>(&host - world_.hosts().data());
  const auto answered = world_.ping_answered(self, ping);
  const auto silence = world_.now() - answered;
  if (answered == Mono{} || silence >= Duration(world_.setup().timing.deadping) * 98 / 100) return;
  fail(fmt::format("S9: {} calls ping node {} dead {} ms after its answer", host.name, ping, base::to_ms(silence)));
}

void Checkers::restarted(const Host& host) {
  const auto self = static_cast<std::size_t>(&host - world_.hosts().data());
  for (std::size_t g = 0; g < world_.setup().resources.groups.size(); ++g) {
    start_failed_.erase({self, g});
    starts_.erase({self, g});
    begun_[self][g] = in_place_[self][g] = false;
  }
}

std::optional<std::string> Checkers::not_held_once(std::size_t g) const {
  int serving = 0, touching = 0, saying = 0;
  for (const auto& host : world_.hosts()) {
    if (serves(host, g)) ++serving;
    if (touches(host, g)) ++touching;
    if (host.up() && host.snapshot().groups[g].state == GroupState::held && !left_over(host, g)) ++saying;
  }
  if (serving == 1 && touching == 1 && saying == 1) return std::nullopt;
  // What says of itself that it does not run is tried again and again, and is held by nobody.
  if (world_.setup().may_be_unstartable(g) && saying <= 1 && serving <= 1) return std::nullopt;
  for (const auto& host : world_.hosts()) {
    const auto* heartbeat = host.heartbeat();
    const bool at_rest = heartbeat != nullptr && heartbeat->claims(g) && !heartbeat->at_work_on(g);
    if (!at_rest || serving > 0 || touching > (touches(host, g) ? 1 : 0)) continue;
    grant(Granted::not_run, g);
    return std::nullopt;
  }
  std::string who;
  for (const auto& host : world_.hosts())
    if (touches(host, g)) who += ' ' + host.name;
  return fmt::format("group {} ({}): {} serve it, {} say so, touched by{}", g,
                     world_.setup().resources.groups[g].key(), serving, saying,
                     who.empty() ? " nobody" : who);
}

std::optional<std::string> Checkers::unsettled() const {
  for (std::size_t g = 0; g < world_.setup().resources.groups.size(); ++g)
    if (auto why = not_held_once(g)) return why;
  for (const auto& host : world_.hosts()) {
    if (!host.up()) return host.name + " is not running";
    if (const auto* heartbeat = host.heartbeat(); heartbeat != nullptr && host.snapshot().transition) {
      if (heartbeat->stuck_in_transition())
        grant(Granted::race, 0);
      else if (heartbeat->waits_for_handover())
        grant(Granted::an_hour, 0);
      else
        return host.name + " is still in transition";
      continue;
    }
    bool tries_again = false;  // what can be started nowhere is tried again now and then
    for (std::size_t g = 0; g < world_.setup().resources.groups.size(); ++g)
      tries_again = tries_again || world_.setup().may_be_unstartable(g);
    if (host.snapshot().transition && !tries_again) return host.name + " is still in transition";
  }
  return std::nullopt;
}

}  // namespace sim
