// SPDX-License-Identifier: Apache-2.0
// What one virtual service should hold, given its model, the health of its real servers and what the kernel holds:
// a pure function, computed whole each time, every entry with its reason. Knows nothing of time, checks or ops.
//
// The rules:
//  - A real that is up serves with its weight, or with the one an operator gave it by hand.
//  - One that is down is absent, or with quiescent stays at weight 0 without thresholds (as the original, D18).
//  - One in maintenance is treated as down.
//  - One not judged yet is never exposed; what the kernel already holds of it stays as it is.
//  - The fallback serves when no real is up and either all are known down or the time to wait for verdicts
//    (`patience_over`) has passed. Before that it is not put in: at every start the first verdicts are milliseconds
//    away, and a flash of the maintenance page would be worse than they are; after it, a maintenance page is better
//    than a refused connection. A fallback found in the kernel stays while nothing else serves.
//  - Strangers (entries in our service that are not configured) go, but not before something configured serves or
//    all is known: a reload that replaces every real of a service must not leave it empty meanwhile.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ldir/core/health.h"
#include "ldir/ipvs/table.h"
#include "ldir/model/service.h"

namespace ldir::core {

/// One real server as the policy sees it; same order as the model's.
struct RealView {
  RealState state = RealState::unknown;
  bool proven = false;
  std::optional<std::uint32_t> hand_weight;
  bool maintenance = false;  ///< taken out by the operator: as good as down, whatever its check says
};

/// What a real is to the policy: its state, or down while it is in maintenance.
RealState effective(const RealView& view);

/// One entry of the plan. `real` is its index in the model, or kFallback, or kStranger.
struct PlannedEntry {
  static constexpr int kFallback = -1, kStranger = -2;
  int real = kStranger;
  ipvs::DestKey endpoint;
  Placement placement = Placement::absent;
  std::optional<ipvs::Dest> dest;
  const char* why = "";  ///< the rule in words; the director adds the verdict
};

struct ServicePlan {
  ipvs::Service desired;
  bool fallback_on = false;  ///< no real serves and the fallback's time has come, whether one is configured or not
  bool decided = false;      ///< some real serves, or all are known, or the patience is over
  std::vector<PlannedEntry> entries;
};

/// `actual` is the service as the kernel holds it, nullptr when it does not.
ServicePlan plan_service(const model::VirtualService& service, std::span<const RealView> reals,
                         const ipvs::Service* actual, bool patience_over);

/// What plan_service() says of the real with this index, taken by itself: for a change of one of thousands. Good where
/// no other real and no fallback has its endpoint, and the change leaves the whole as it was: as before some real is up,
/// or as before none is, and it is or is not known of all.
PlannedEntry plan_real(const model::VirtualService& service, int index, const RealView& view, const ipvs::Service* actual);

/// The options of `service` as the kernel can hold them: one-packet scheduling for udp only, a netmask only with
/// persistence (as the original passes them to ipvsadm, D12).
ipvs::ServiceOptions kernel_options(const model::VirtualService& service);

}  // namespace ldir::core
