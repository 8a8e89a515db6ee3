// SPDX-License-Identifier: Apache-2.0
// What the daemon may still do once it runs.
#pragma once

#include "base/result.h"

namespace ldir {

/// Keeps CAP_NET_ADMIN (the IPVS table) and CAP_NET_RAW (ping) and gives up every other capability of this process.
/// Programs that it starts (checkcommand, callback, fallbackcommand, sendmail, the instances of execute) have root's
/// capabilities again, as the kernel gives them to root at exec: they are the operator's. Without root's capabilities to
/// begin with it does nothing.
base::Result<void> drop_privileges();

/// As many descriptors as the system lets us have; returns the number.
std::size_t raise_descriptor_limit();

}  // namespace ldir
