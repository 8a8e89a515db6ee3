// SPDX-License-Identifier: Apache-2.0
// Resetting dead nodes: what a dead node may hold is its own until a device of ha.cf has reset it, however
// often that takes. One node of the survivors does it, the others wait for its word, but not for ever. A node
// that comes back by itself answers for what it holds, and need not be reset. A node that lives, but can not let go of
// what it holds and must not reset itself, asks for it in its status.
#include <algorithm>

#include "hbd/core/events.h"
#include "hbd/elect/heartbeat/seat.h"
#include "hbd/model/reboot.h"

namespace hbd::elect::heartbeat {

namespace {
using namespace std::chrono_literals;

constexpr base::Duration kFenceRetry = 5s;       ///< of the original; longer after each failure,
constexpr base::Duration kFenceRetryMost = 60s;  ///< up to this
constexpr base::Duration kOthersFence = 15s;     ///< before we do what another survivor should have done
constexpr int kReboots = 3;                      ///< asked for so often in vain: let others reset this node
}  // namespace

void HeartbeatElector::fence(Node& node) {
  node.fencing = true;
  plan_fence(node);
}

void HeartbeatElector::plan_fence(Node& node) {
  for (const auto& job : fences_)
    if (job.node == index_of(node)) return;  // it came back and went again under an attempt
  bool first = true;  // by name: the order of ha.cf may be another on each node
  for (std::size_t i = 0; i < members_.normal_nodes(); ++i) {
    const auto& other = members_.nodes()[i];
    if (other.name >= cluster_.self) continue;
    first = first && !(&other != &node && other.in_game() && other.upbeat && other.status == "active");
  }
  FenceJob job;
  job.node = index_of(node);
  if (first)
    attempt(job);
  else
    job.retry_at = now_.mono + kOthersFence;
  fences_.push_back(job);
}

void HeartbeatElector::attempt(FenceJob& job) {
  const auto& name = members_.nodes()[job.node].name;
  job.id = next_fence_++;
  job.retry_at = base::kNever;
  publish({core::kFencing,
           {{"node", name}, {"device", cluster_.stonith.empty() ? "" : cluster_.stonith.front().type}}});
  out_.push_back(core::Fence{job.id, name});
}

void HeartbeatElector::fence_tick() {
  for (auto& job : fences_)
    if (now_.mono >= job.retry_at) attempt(job);
}

void HeartbeatElector::fence_done(const core::JobDone& done) {
  const auto job =
      std::find_if(fences_.begin(), fences_.end(), [&](const FenceJob& f) { return f.id == done.id; });
  if (job == fences_.end() || job->retry_at != base::kNever) return;
  auto& node = members_.nodes()[job->node];
  if (done.ok()) {
    publish({core::kFenced, {{"node", node.name}}});
    say_stonith(node, "OK");
    return fenced(node);
  }
  if (!node.fencing && !node.asks_reset) {  // it came back meanwhile
    fences_.erase(job);
    return;
  }
  const auto wait = std::min<base::Duration>(kFenceRetry * ++job->failed, kFenceRetryMost);
  publish({core::kFenceFailed, {{"node", node.name}}});
  publish({core::kFenceBlocks,
           {{"node", node.name},
            {"count", std::to_string(job->failed)},
            {"seconds", std::to_string(wait / base::Seconds(1))}}});
  say_stonith(node, "bad");
  job->retry_at = now_.mono + wait;
}

/// It is off, whatever we heard of it lately.
void HeartbeatElector::fenced(Node& node) {
  std::erase_if(fences_, [&](const FenceJob& f) { return f.node == index_of(node); });
  if (node.alive) {
    members_.declare_dead(node, out_);
    transport_.node_dead(node.name);
    standby_.gone(node.name, *this);
  }
  node.fencing = node.returned = false;
  forget_claims(node);
  if (shutting_) return;
  publish({core::kTakingOver, {{"node", node.name}}});
  taking_over_from_ = node.name;
}

void HeartbeatElector::unfence(Node& node) {
  if (!node.fencing) return;
  node.fencing = false;
  publish({core::kFenceMoot, {{"node", node.name}}});
  // An attempt under way can not be called back.
  std::erase_if(fences_,
                [&](const FenceJob& f) { return f.node == index_of(node) && f.retry_at != base::kNever; });
}

void HeartbeatElector::hear_whether_it_asks(Node& node, bool asks) {
  if (asks == node.asks_reset || cluster_.stonith.empty() || !comm_up_ || shutting_) return;
  node.asks_reset = asks;
  if (asks) {
    publish({core::kResetAsked, {{"node", node.name}}});
    return plan_fence(node);
  }
  publish({core::kFenceMoot, {{"node", node.name}}});
  std::erase_if(fences_, [&](const FenceJob& f) {
    return f.node == index_of(node) && f.retry_at != base::kNever && !node.fencing;
  });
}

/// What we hold nobody else may have, and a stop that fails for good would keep it from all clients for ever.
bool HeartbeatElector::asks_to_be_reset() {
  int most = 0;
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) most = std::max(most, council_->stuck(g));
  const bool asks = !cluster_.stonith.empty() && most >= (model::reboot_is_off(cluster_) ? 1 : kReboots);
  if (asks && !asks_reset_) publish({core::kAsksReset});
  return asks_reset_ = asks;
}

void HeartbeatElector::on_stonith(Node& teller, const wire::Message& m) {
  auto* node = members_.find(m.get("node"));
  if (node == nullptr || node->ping || (!node->fencing && !node->asks_reset) || m.get("result") != "OK") return;
  publish({core::kFencedBy, {{"node", node->name}, {"by", teller.name}}});
  fenced(*node);
}

void HeartbeatElector::say_stonith(const Node& node, std::string_view result) {
  wire::Message m("stonith");
  m.add("node", node.name).add("result", result);
  send(std::move(m));
}

}  // namespace hbd::elect::heartbeat
