// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/policy.h"

#include <algorithm>

namespace ldir::core {

namespace {

const ipvs::Dest* find(const ipvs::Service* service, const ipvs::DestKey& key) {
  if (!service) return nullptr;
  auto it = service->dests.find(key);
  return it == service->dests.end() ? nullptr : &it->second;
}

// Of two reals with one endpoint the one that is up wins, else the later one.
bool overrides(Placement later, Placement earlier) {
  return later == Placement::serving || earlier != Placement::serving;
}

}  // namespace

RealState effective(const RealView& view) { return view.maintenance ? RealState::down : view.state; }

PlannedEntry plan_real(const model::VirtualService& service, int index, const RealView& view, const ipvs::Service* actual) {
  const auto& real = service.reals[static_cast<std::size_t>(index)];
  PlannedEntry e{index, real.endpoint, Placement::absent, std::nullopt, ""};
  switch (effective(view)) {
    case RealState::up:
      e.placement = Placement::serving;
      e.dest = real.dest;
      if (view.hand_weight) e.dest->weight = *view.hand_weight;
      e.why = view.hand_weight ? "up; its weight was set by hand and is kept until its state changes or the next reload"
              : view.proven    ? "up"
                               : "found serving in the kernel's table; stays until its check says otherwise";
      break;
    case RealState::down:
      if (service.quiescent) {
        e.placement = Placement::quiescent;
        e.dest = real.dest;  // the same way to it, for the connections that it still has
        e.dest->weight = e.dest->upper = e.dest->lower = 0;
      }
      e.why = service.quiescent ? "down; kept at weight 0 (quiescent=yes)" : "down; taken out (quiescent=no)";
      break;
    case RealState::unknown:
      e.why = "not checked yet";
      if (const auto* found = find(actual, real.endpoint); found && found->weight == 0) {
        e.placement = Placement::held;
        e.dest = real.dest;
        e.dest->weight = 0, e.dest->upper = found->upper, e.dest->lower = found->lower;
        e.why = "not checked yet; found at weight 0 in the kernel's table and left so";
      }
      break;
  }
  if (view.maintenance) {
    e.why = service.quiescent ? "in maintenance; kept at weight 0 (quiescent=yes)"
                              : "in maintenance; taken out (quiescent=no)";
    return e;
  }
  if (real.check.type == model::CheckType::off) e.why = "never checked and never used (checktype=off)";
  if (real.check.type == model::CheckType::on) e.why = "always up (checktype=on)";
  return e;
}

ipvs::ServiceOptions kernel_options(const model::VirtualService& service) {
  auto o = service.options;
  if (service.key.protocol != ipvs::Protocol::udp) o.ops = false;
  if (!o.persistent_s) o.netmask = 0;
  return o;
}

ServicePlan plan_service(const model::VirtualService& service, std::span<const RealView> reals,
                         const ipvs::Service* actual, bool patience_over) {
  ServicePlan plan;
  plan.desired.options = kernel_options(service);
  std::map<ipvs::DestKey, Placement> placed;
  bool any_up = false, all_known = true;
  for (std::size_t i = 0; i < service.reals.size(); ++i) {
    auto e = plan_real(service, static_cast<int>(i), reals[i], actual);
    any_up |= effective(reals[i]) == RealState::up;
    all_known &= effective(reals[i]) != RealState::unknown;
    auto [slot, fresh] = placed.try_emplace(e.endpoint, e.placement);
    if (fresh || overrides(e.placement, slot->second)) {
      slot->second = e.placement;
      if (e.dest) plan.desired.dests[e.endpoint] = *e.dest;
      else plan.desired.dests.erase(e.endpoint);
    }
    plan.entries.push_back(std::move(e));
  }
  plan.decided = any_up || all_known || patience_over;
  plan.fallback_on = !any_up && plan.decided;

  bool serving = any_up;
  if (service.fallback) {
    const auto& f = *service.fallback;
    PlannedEntry e{PlannedEntry::kFallback, f.endpoint, Placement::absent, std::nullopt, ""};
    if (any_up) {
      e.why = "not needed: a real server is up";
    } else if (plan.fallback_on) {
      e.placement = Placement::serving;
      e.dest = ipvs::Dest{f.forward, 1, 0, 0};
      e.why = all_known ? "no real server is up" : "no real server is known to be up, and the first verdicts take long";
    } else if (find(actual, f.endpoint) && !placed.count(f.endpoint)) {
      e.placement = Placement::held;
      e.dest = ipvs::Dest{f.forward, 1, 0, 0};
      e.why = "found in the kernel's table; stays until a real server is known to be up";
    } else {
      e.why = "waiting for the first verdicts";
    }
    // Where the fallback is one of the real servers, a real that is up keeps its own entry.
    if (e.dest) plan.desired.dests[f.endpoint] = *e.dest, serving = true;
    placed.try_emplace(f.endpoint, e.placement);
    plan.entries.push_back(std::move(e));
  }

  if (!actual) return plan;
  const bool keep_strangers = !serving && !all_known;
  for (const auto& [endpoint, dest] : actual->dests) {
    if (placed.count(endpoint)) continue;
    PlannedEntry e{PlannedEntry::kStranger, endpoint, Placement::absent, std::nullopt, "not configured"};
    if (keep_strangers) {
      e.placement = Placement::held;
      e.dest = dest;
      e.why = "no longer configured; stays until a configured server is known to work";
      plan.desired.dests[endpoint] = dest;
    }
    plan.entries.push_back(std::move(e));
  }
  return plan;
}

}  // namespace ldir::core
