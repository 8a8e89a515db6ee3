// SPDX-License-Identifier: Apache-2.0
// Resetting dead nodes: what a dead node may hold is its own until a device of ha.cf has reset it, however
// often that takes. One node of the survivors does it, the others wait for its word, but not for ever. A node
// that comes back by itself answers for what it holds, and need not be reset.
#include <algorithm>

#include "hbd/core/events.h"
#include "hbd/elect/heartbeat/seat.h"

namespace hbd::elect::heartbeat {

namespace {
using namespace std::chrono_literals;

constexpr base::Duration kFenceRetry = 5s;       ///< of the original; longer after each failure,
constexpr base::Duration kFenceRetryMost = 60s;  ///< up to this
constexpr base::Duration kOthersFence = 15s;     ///< before we do what another survivor should have done
}  // namespace

void HeartbeatElector::fence(Node& node) {
  node.fencing = true;
  for (const auto& job : fences_)
    if (job.node == index_of(node)) return;  // it came back and went again under an attempt
  bool first = true;
  for (std::size_t i = 0; i < members_.self(); ++i) {
    const auto& other = members_.nodes()[i];
    first = first && !(other.in_game() && other.upbeat && other.status == "active");
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
  if (!node.fencing) {  // it came back meanwhile
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

void HeartbeatElector::on_stonith(Node& teller, const wire::Message& m) {
  auto* node = members_.find(m.get("node"));
  if (node == nullptr || node->ping || !node->fencing || m.get("result") != "OK") return;
  publish({core::kFencedBy, {{"node", node->name}, {"by", teller.name}}});
  fenced(*node);
}

void HeartbeatElector::say_stonith(const Node& node, std::string_view result) {
  wire::Message m("stonith");
  m.add("node", node.name).add("result", result);
  send(std::move(m));
}

}  // namespace hbd::elect::heartbeat
