// SPDX-License-Identifier: Apache-2.0
// An elector with a planted bug, to show that the simulator finds one: a node that should let go of a group
// which another one holds as well keeps it. It is what Heartbeat 3.0.6 does after a short cut ("Both machines
// own our resources!").
#pragma once

#include <memory>

#include "hbd/core/elector.h"

namespace sim {

std::unique_ptr<hbd::core::Elector> with_canary(std::unique_ptr<hbd::core::Elector> inner);

}  // namespace sim
