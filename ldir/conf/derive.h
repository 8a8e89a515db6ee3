// SPDX-License-Identifier: Apache-2.0
// A section as read -> the service it means: names resolved, defaults inherited, ports and logins derived,
// and what cannot work refused. One call per section.
#pragma once

#include <optional>

#include "ldir/conf/draft.h"
#include "ldir/conf/findings.h"
#include "ldir/conf/resolver.h"

namespace ldir::conf {

/// nullopt after an error that leaves no service to speak of; other errors are in `say`.
std::optional<model::VirtualService> derive(const Section& section, const Global& global,
                                            const Resolver& resolver, Findings& say);

}  // namespace ldir::conf
