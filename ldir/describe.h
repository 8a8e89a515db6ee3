// SPDX-License-Identifier: Apache-2.0
// What `ldirectord -t --json` prints: the file as it was understood, for programs that build something upon it.
#pragma once

#include <string>

#include "ldir/conf/load.h"

namespace ldir {

/// One JSON object: global settings, virtual services with their real servers and what is asked of each by a check
/// (passwords left out), and every finding. Bytes that are not ASCII come as \u00XX, one for one.
std::string describe(const conf::Loaded& loaded);

}  // namespace ldir
