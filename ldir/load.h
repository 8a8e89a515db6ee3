// SPDX-License-Identifier: Apache-2.0
// The configuration file of this daemon, from its path to a model that can run: read, parsed, and refused where it
// asks for a check that does not exist.
#pragma once

#include <string>

#include "ldir/conf/load.h"

namespace ldir {

/// ask_machine: whether folders and programs that it names are here is part of the answer.
conf::Loaded load_config(const std::string& path, bool ask_machine = true);

}  // namespace ldir
