// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/history.h"

#include <algorithm>

#include "base/check.h"

namespace hbd::elect::heartbeat {

void History::add(std::uint64_t sequence, const wire::Message& message, base::Mono now) {
  BASE_CHECK(entries_.empty() || sequence > entries_.back().sequence);
  auto bytes = message.byte_size();
  entries_.push_back({sequence, message, now, now, bytes});
  bytes_ += bytes;
  while (entries_.size() > kMaxMessages || (bytes_ > kMaxBytes && entries_.size() > 1)) {
    bytes_ -= entries_.front().bytes;
    entries_.pop_front();
  }
}

History::Entry* History::find(std::uint64_t sequence) {
  auto at =
      std::lower_bound(entries_.begin(), entries_.end(), sequence,
                       [](const Entry& entry, std::uint64_t wanted) { return entry.sequence < wanted; });
  return at == entries_.end() || at->sequence != sequence ? nullptr : &*at;
}

std::vector<const History::Entry*> History::last_words(base::Mono now) const {
  std::vector<const Entry*> out;
  for (auto at = entries_.rbegin(); at != entries_.rend() && out.size() < kLastWords; ++at) {
    if (now - at->sent > kLastWordAge) break;
    if (at->bytes <= kLastWordBytes && at->message.type() != "status") out.push_back(&*at);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

void History::forget_through(std::uint64_t sequence, base::Mono now) {
  while (!entries_.empty() && entries_.front().sequence <= sequence &&
         now - entries_.front().sent > kMinAge) {
    bytes_ -= entries_.front().bytes;
    entries_.pop_front();
  }
}

}  // namespace hbd::elect::heartbeat
