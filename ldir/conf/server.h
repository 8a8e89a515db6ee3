// SPDX-License-Identifier: Apache-2.0
// The three forms in which ldirectord.cf names a server: virtual=, real= and fallback=. Syntax only; names
// are resolved later, when the protocol of the section is known.
#pragma once

#include <optional>

#include "ldir/conf/draft.h"
#include "ldir/conf/findings.h"
#include "ldir/conf/lines.h"

namespace ldir::conf {

/// HOST:PORT, [IPV6]:PORT or a firewall mark. `valid` is false after an error, so that the section can be
/// read on.
VirtualText parse_virtual(const Line& line, Findings& say);

/// HOST[->HOST][:PORT] METHOD [WEIGHT] ["REQUEST", "RECEIVE"] [l:LOW] [u:UP]
std::optional<RealText> parse_real(const Line& line, Findings& say);

/// HOST[:PORT] [METHOD]; an empty value is the loopback address.
std::optional<FallbackText> parse_fallback(const Line& line, std::string_view value, base::Family family,
                                           Findings& say);

}  // namespace ldir::conf
