// SPDX-License-Identifier: Apache-2.0
// The configuration file of this daemon, from its path to a model that can run: read, parsed, and refused where it
// asks for a check that does not exist.
#pragma once

#include <string>

#include "ldir/conf/load.h"

namespace ldir {

conf::Loaded load_config(const std::string& path);

}  // namespace ldir
