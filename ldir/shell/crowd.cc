// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/crowd.h"

#include <algorithm>
#include <utility>

namespace ldir::shell {
namespace {

constexpr int kMemory = 16;  // the newest answer makes this part of the average

}  // namespace

base::Duration Crowd::youth() const { return std::max<base::Duration>(kYouth, 3 * usual_); }

bool Crowd::has_room(base::Mono now, std::size_t checks) {
  while (!runs_.empty() && (!runs_.front().counts || runs_.front().begun + youth() <= now)) {
    if (runs_.front().counts) --young_;
    runs_.pop_front();
    ++first_;
  }
  return young_ < std::max(kAlwaysAllowed, checks / 4);
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

void Crowd::ended(Ticket ticket, std::optional<base::Duration> took) {
  if (took) usual_ += (*took - usual_) / kMemory;
  if (ticket < first_) return;
  auto& run = runs_[ticket - first_];
  if (std::exchange(run.counts, false)) --young_;
}

}  // namespace ldir::shell
