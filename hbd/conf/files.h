// SPDX-License-Identifier: Apache-2.0
// The grammars of the files, one function each. load.h is what callers outside this room use.
#pragma once

#include "hbd/conf/load.h"

namespace hbd::conf {

/// ha.cf alone: every line, defaults, and what its directives say about each other.
void read_ha_cf(const base::Source& source, std::string_view node_name, const MachineView& machine,
                model::Cluster& cluster, base::Diagnostics& diagnostics);

/// haresources against the nodes of `cluster`. With no nodes known (ha.cf is broken) names are not checked.
void read_haresources(const base::Source& source, const model::Cluster& cluster, const MachineView& machine,
                      model::Haresources& haresources, base::Diagnostics& diagnostics);

void read_authkeys(const File& file, model::AuthKeys& keys, base::Diagnostics& diagnostics);

/// OnlyForTesting: packets lost on purpose. Whatever is in it keeps no daemon from starting: all findings are warnings.
void read_only_for_testing(const base::Source& source, model::Cluster& cluster, base::Diagnostics& diagnostics);

}  // namespace hbd::conf
