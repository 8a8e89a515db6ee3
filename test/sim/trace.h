// SPDX-License-Identifier: Apache-2.0
// Effects as lines of text, for stories and for --trace.
#pragma once

#include <string>

#include "test/sim/world.h"

namespace sim {

/// "  1.204 alice  run IPaddr::10.0.0.1 start"; empty for effects that are not worth a line.
std::string describe(const World& world, const Host& host, const hbd::core::Effect& effect);
/// "  1.204": seconds since `start`.
std::string stamp(Mono now, Mono start);
/// One packet, as `host` is reached by it, on one line: what it says, without the fields that all of them have.
std::string describe(const Host& host, const hbd::core::Datagram& packet);
/// "alice active all [held released]": one host's snapshot.
std::string summary(const Host& host);

}  // namespace sim
