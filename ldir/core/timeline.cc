// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/timeline.h"

namespace ldir::core {

const char* name(Turn turn) {
  switch (turn) {
    case Turn::up:
      return "up";
    case Turn::down:
      return "down";
    case Turn::maintenance:
      return "maintenance";
    case Turn::back:
      return "back";
    case Turn::weight:
      break;
  }
  return "weight";
}

void Timeline::note(base::Mono at, Turn turn, std::string_view reason) {
  if (turns_.size() == kMostTurns) turns_.erase(turns_.begin());
  constexpr std::string_view kCut = "...";
  std::string kept(reason.substr(0, kLongestReason));
  if (kept.size() < reason.size()) kept.replace(kLongestReason - kCut.size(), kCut.size(), kCut);
  turns_.push_back({at, turn, std::move(kept)});
}

}  // namespace ldir::core
