// SPDX-License-Identifier: Apache-2.0
// The configuration file of this daemon, from its path to a model that can run: read, parsed, and refused where it
// asks for a check that does not exist.
#pragma once

#include <string>

#include "ldir/conf/load.h"
#include "ldir/options.h"

namespace ldir {

/// ask_machine: whether folders and programs that it names are here is part of the answer.
conf::Loaded load_config(const std::string& path, const conf::Resolver& resolver, bool ask_machine = true);

/// As much of it as the verb needs. To stop the daemon and to ask it how it is takes the global lines only: no name
/// server is asked, whose silence would hold up a monitor or a stop until the cluster acts on it.
conf::Loaded load_for(Verb verb, const std::string& path, const conf::Resolver& resolver);

}  // namespace ldir
