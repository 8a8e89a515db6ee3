// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/complaints.h"

#include <algorithm>

#include "hbd/core/events.h"

namespace hbd::elect::heartbeat {

namespace {
constexpr base::Duration kInterval = std::chrono::minutes(1);
}

void Complaints::note(std::string_view kind, base::Event first, std::string reason, std::string_view from,
                      std::string_view link, base::Mono now, core::Effects& out) {
  count(kind);
  tick(now, out);  // a minute that is over is summed up first, and a quiet one forgotten
  auto [at, fresh] = counts_.try_emplace(kind);
  auto& counted = at->second;
  if (fresh) {
    counted.summary_at = now + kInterval;
    out.push_back(core::Publish{std::move(first)});
    return;
  }
  ++counted.more;
  counted.from = std::string(from);
  counted.link = std::string(link);
  counted.reason = std::move(reason);
}

void Complaints::tick(base::Mono now, core::Effects& out) {
  for (auto it = counts_.begin(); it != counts_.end();) {
    auto& [kind, count] = *it;
    if (now < count.summary_at) {
      ++it;
      continue;
    }
    if (count.more == 0) {
      it = counts_.erase(it);
      continue;
    }
    out.push_back(core::Publish{{core::kBadPackets,
                                 {{"count", std::to_string(count.more)},
                                  {"from", count.from},
                                  {"link", count.link},
                                  {"reason", count.reason}}}});
    count.more = 0;
    count.summary_at = now + kInterval;
    ++it;
  }
}

base::Mono Complaints::next_wake() const {
  auto wake = base::kNever;
  for (const auto& [kind, count] : counts_) wake = std::min(wake, count.summary_at);
  return wake;
}

}  // namespace hbd::elect::heartbeat
