// SPDX-License-Identifier: Apache-2.0
// What the child can never do again, whoever has taken it over: start programs, open new ways to the network,
// write files, look at or signal other processes, change who it is. A list of what is refused, with EPERM,
// and not of what is allowed: a C library that asks for something new must not cost a heartbeat.
#pragma once

#include "base/result.h"

namespace hbd::shell {

/// For good, in every thread. An error says why the kernel or this build has no such filter; then nothing has
/// changed.
base::Result<void> confine();

}  // namespace hbd::shell
