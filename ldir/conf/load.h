// SPDX-License-Identifier: Apache-2.0
// ldirectord.cf: text -> model::Config and everything that is wrong with it, all at once. Pure: the caller
// reads the file and brings the resolver. Whether a directory or a program named in it exists is the caller's
// business too.
#pragma once

#include "base/diag.h"
#include "ldir/conf/resolver.h"
#include "ldir/model/service.h"

namespace ldir::conf {

struct Loaded {
  model::Config config;        ///< complete and usable if and only if there are no errors
  base::Diagnostics findings;  ///< in the order of lines
  bool usable() const { return !findings.has_errors(); }
};

Loaded parse(const base::Source& source, const Resolver& resolver);

/// The global lines alone, the right ones of them: what a verb needs that looks for what runs already. Nobody is asked
/// for a name, and no mistake in the file is in the way.
model::Config parse_globals(const base::Source& source);

}  // namespace ldir::conf
