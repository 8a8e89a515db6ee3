// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/peer_sequence.h"

#include <algorithm>

namespace hbd::elect::heartbeat {

PeerSequence::Fate PeerSequence::accept(std::uint64_t sequence, base::Mono now, base::Rng& rng,
                                        base::Millis max_delay) {
  if (sequence <= floor_) return Fate::stale;
  if (last_ == 0) {
    last_ = sequence;
    return Fate::first;
  }
  if (sequence == last_ + 1) {
    last_ = sequence;
    return Fate::next;
  }
  if (sequence <= last_) return missing_.erase(sequence) > 0 ? Fate::filled : Fate::duplicate;
  if (sequence - last_ - 1 > kMaxGap) {
    missing_.clear();
    last_ = sequence;
    return Fate::reset;
  }
  // The floor keeps us from asking for what the sender's own reordering brings within milliseconds
  // (reference, 3.6).
  auto floor = max_delay < base::Millis(100) ? base::Millis(0) : kRequestFloor;
  for (auto lost = last_ + 1; lost < sequence; ++lost)
    missing_[lost] = {now + base::Millis(rng.between(floor.count(), std::max(floor, max_delay).count()))};
  while (missing_.size() > kMaxGap) missing_.erase(missing_.begin());
  last_ = sequence;
  return Fate::ahead;
}

PeerSequence::Due PeerSequence::due(base::Mono now) {
  Due out;
  for (auto& [sequence, request] : missing_) {
    if (request.due > now) continue;
    if (request.made == kMaxRequests) {
      out.given_up.push_back(sequence);
      continue;
    }
    if (out.ask.size() == kMaxRequestsPerTurn) {
      request.due = now + kRequestFloor;
      continue;
    }
    if (request.made++ == 0) out.overdue.push_back(sequence);
    out.ask.push_back(sequence);
    request.due = now + kRequestInterval;
  }
  for (auto sequence : out.given_up) missing_.erase(sequence);
  return out;
}

base::Mono PeerSequence::next_wake() const {
  auto first = base::kNever;
  for (const auto& [sequence, request] : missing_) first = std::min(first, request.due);
  return first;
}

bool PeerSequence::give_up(std::uint64_t sequence) {
  return missing_.erase(sequence) > 0;
}

void PeerSequence::suspend() {
  floor_ = std::max(floor_, last_);
  last_ = 0;
  missing_.clear();
}

std::optional<std::uint64_t> PeerSequence::gap_from(std::uint64_t from) const {
  auto at = missing_.lower_bound(from);
  return at == missing_.end() ? std::nullopt : std::optional(at->first);
}

std::uint64_t PeerSequence::complete_through() const {
  if (!missing_.empty()) return missing_.begin()->first - 1;
  return std::max(last_, floor_);
}

std::vector<std::uint64_t> PeerSequence::gaps() const {
  std::vector<std::uint64_t> out;
  for (const auto& [sequence, request] : missing_) out.push_back(sequence);
  return out;
}

void PeerSequence::restore(std::uint64_t last, std::uint64_t floor, const std::vector<std::uint64_t>& gaps,
                           base::Mono now) {
  last_ = last;
  floor_ = floor;
  missing_.clear();
  for (auto sequence : gaps)
    if (sequence <= last && missing_.size() < kMaxGap) missing_[sequence] = {now};
}

}  // namespace hbd::elect::heartbeat
