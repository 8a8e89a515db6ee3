// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/crowd.h"

#include <algorithm>
#include <utility>

namespace ldir::shell {
namespace {

constexpr int kMemory = 16;  // the newest answer makes this part of the average
constexpr int kForget = 1 << 20;  // so many answers later the best time may be that of another network
/// Per answer. A crowd that is too large loses half of itself while as many are answered, and comes back more slowly.
constexpr double kLess = 0.5, kMore = 0.125;

}  // namespace

base::Duration Crowd::youth() const { return std::max<base::Duration>(kYouth, 3 * usual_); }

bool Crowd::has_room(base::Mono now, std::size_t checks) {
  while (!runs_.empty() && (!runs_.front().counts || runs_.front().begun + youth() <= now)) {
    if (runs_.front().counts) --young_;
    runs_.pop_front();
    ++first_;
  }
  limit_ = std::clamp(limit_, static_cast<double>(least(checks)), static_cast<double>(most(checks)));
  return static_cast<double>(young_) < limit_;
}

base::Mono Crowd::next() const {
  for (const auto& run : runs_)
    if (run.counts) return run.begun + youth();
  return base::kNever;
}

Crowd::Ticket Crowd::started(base::Mono now) {
  runs_.push_back({now});
  ++young_;
  return first_ + runs_.size() - 1;
}

void Crowd::ended(Ticket ticket, std::optional<base::Duration> took, base::Duration timeout) {
  if (took) {
    usual_ = best_ == base::Duration::max() ? *took : usual_ + (*took - usual_) / kMemory;
    best_ = usual_ < best_ ? usual_ : best_ + (usual_ - best_) / kForget;
    const bool is_long = usual_ > std::min<base::Duration>(std::max<base::Duration>(kLong, 4 * best_), timeout / 2);
    limit_ += is_long ? -kLess : kMore;
  }
  if (ticket < first_) return;
  auto& run = runs_[ticket - first_];
  if (std::exchange(run.counts, false)) --young_;
}

}  // namespace ldir::shell
