// SPDX-License-Identifier: Apache-2.0
// What `hbd -t --json` prints: the files as they were understood, for programs that build something upon them.
#pragma once

#include <string>

#include "hbd/shell/config.h"

namespace hbd::shell {

/// One JSON object: nodes, timing in milliseconds, media and groups with their lines, the methods (never the texts) of
/// the keys, and every finding. Bytes that are not ASCII come as \u00XX, one for one.
std::string describe(const Config& config);

}  // namespace hbd::shell
