// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/explain.h"

namespace ldir::core {

const char* name(RealState state) {
  switch (state) {
    case RealState::up: return "up";
    case RealState::down: return "down";
    case RealState::unknown: break;
  }
  return "unknown";
}

const char* name(Placement placement) {
  switch (placement) {
    case Placement::serving: return "serving";
    case Placement::quiescent: return "quiescent";
    case Placement::held: return "held";
    case Placement::absent: break;
  }
  return "absent";
}

}  // namespace ldir::core
