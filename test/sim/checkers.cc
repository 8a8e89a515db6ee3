// SPDX-License-Identifier: Apache-2.0
#include "test/sim/checkers.h"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

using namespace hbd;

Checkers::Checkers(World& world, Limits limits) : world_(world), limits_(limits) {
  const auto n = world.hosts().size();
  connected_since_.assign(n, std::vector<Mono>(n, base::kNever));
  both_since_.assign(n, std::vector<std::vector<Mono>>(
                            n, std::vector<Mono>(world.setup().resources.groups.size(), base::kNever)));
}

void Checkers::fail(std::string what) {
  if (violations_.size() < 20) violations_.push_back(std::move(what));
}

bool Checkers::hear_each_other(std::size_t a, std::size_t b) const {
  const auto awake = [&](const Host& h) { return h.up() && !h.child_away && h.paused_until <= world_.now(); };
  return awake(world_.hosts()[a]) && awake(world_.hosts()[b]) && !world_.cut_between(a, b) &&
         !world_.cut_between(b, a);
}

void Checkers::after_step() {
  const auto now = world_.now();
  const auto& hosts = world_.hosts();
  for (std::size_t a = 0; a < hosts.size(); ++a) {
    for (std::size_t b = a + 1; b < hosts.size(); ++b) {
      auto& since = connected_since_[a][b];
      if (!hear_each_other(a, b))
        since = base::kNever;
      else if (since == base::kNever)
        since = now;
      for (std::size_t g = 0; g < world_.setup().resources.groups.size(); ++g) {
        auto& both = both_since_[a][b][g];
        if (since == base::kNever || !hosts[a].serves(g) || !hosts[b].serves(g)) {
          both = base::kNever;
        } else if (both == base::kNever) {
          both = now;
        } else if (now - both > limits_.grace) {
          fail(fmt::format("S1: {} and {} hear each other and both serve {} for {} ms", hosts[a].name,
                           hosts[b].name, world_.setup().resources.groups[g].key(), base::to_ms(now - both)));
          both = now;
        }
      }
    }
  }
}

void Checkers::on_effect(const Host& host, const core::Effect& effect) {
  const auto self = static_cast<std::size_t>(&host - world_.hosts().data());
  if (const auto* run = std::get_if<core::RunJob>(&effect)) {
    for (const auto& [id, job] : host.jobs)
      if (job.run.group == run->group && !job.cancelled)
        fail(fmt::format("S3: {} runs two jobs of group {} at once", host.name, run->group));
    if (run->verb != core::Verb::start || !limits_.strict_start || host.touches(run->group)) return;
    for (std::size_t other = 0; other < world_.hosts().size(); ++other) {
      if (other == self || !world_.hosts()[other].serves(run->group)) continue;
      const auto since = connected_since_[std::min(self, other)][std::max(self, other)];
      if (since == base::kNever || world_.now() - since < limits_.settled) continue;
      const auto snapshot = world_.hosts()[other].engine->snapshot();
      if (snapshot.groups[run->group].state == core::GroupState::held)
        fail(fmt::format("S2: {} starts group {} that {} serves", host.name, run->group,
                         world_.hosts()[other].name));
    }
  } else if (const auto* event = std::get_if<core::Publish>(&effect)) {
    if (limits_.calm && event->event.kind->id == "node_dead" && world_.host(event->event.field("node")).up())
      fail(fmt::format("S5: {} declares {} dead though nothing was wrong", host.name,
                       event->event.field("node")));
  }
}

void Checkers::check_converged() {
  const auto& hosts = world_.hosts();
  for (std::size_t g = 0; g < world_.setup().resources.groups.size(); ++g) {
    int serving = 0, touching = 0, saying = 0;
    std::string who;
    for (const auto& host : hosts) {
      if (host.serves(g)) ++serving;
      if (host.touches(g)) ++touching, who += ' ' + host.name;
      if (host.up() && host.engine->snapshot().groups[g].state == core::GroupState::held) ++saying;
    }
    if (serving != 1 || touching != 1 || saying != 1)
      fail(fmt::format("L1: group {} ({}): {} serve it, {} say so, touched by{}", g,
                       world_.setup().resources.groups[g].key(), serving, saying,
                       who.empty() ? " nobody" : who));
  }
  for (const auto& host : hosts) {
    if (!host.up()) continue;
    if (host.engine->snapshot().transition) fail(fmt::format("L1: {} is still in transition", host.name));
  }
}

}  // namespace sim
