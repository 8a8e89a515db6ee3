// SPDX-License-Identifier: Apache-2.0
// The real servers of one section: names and ranges resolved, ports normalised, each with its complete check.
#pragma once

#include <cstddef>
#include <vector>

#include "ldir/conf/draft.h"
#include "ldir/conf/findings.h"
#include "ldir/conf/resolver.h"

namespace ldir::conf {

/// Addresses in one range; more is a mistake (and a table no kernel should be given).
inline constexpr std::size_t kMostInRange = 65536;
inline constexpr std::size_t kMostReals = 4 * kMostInRange;  ///< in one section, all ranges together

/// gate and ipip do not rewrite packets: the kernel's entry has the virtual service's port whatever was
/// written.
bool keeps_port(const ipvs::ServiceKey& key, ipvs::Forward forward);

std::vector<model::RealServer> derive_reals(const Section& section, const Global& global,
                                            const ipvs::ServiceKey& key, const Resolver& resolver,
                                            Findings& say);

}  // namespace ldir::conf
