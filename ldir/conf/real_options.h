// SPDX-License-Identifier: Apache-2.0
// What follows the address of a real server: forwarding method, weight, request and receive, thresholds.
#pragma once

#include <optional>
#include <string_view>

#include "ldir/conf/draft.h"
#include "ldir/conf/findings.h"

namespace ldir::conf {

std::optional<ipvs::Forward> forward_method(std::string_view word);

/// `text` is everything after the address. What is wrong goes to `say`, all of it; `real` gets what could be read.
void parse_real_options(std::string_view text, RealText& real, Findings& say);

}  // namespace ldir::conf
