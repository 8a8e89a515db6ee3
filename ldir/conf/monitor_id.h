// SPDX-License-Identifier: Apache-2.0
// How a monitorfile names a real server: the original's identity of a check, which scripts that read such files take
// apart by blanks.
#pragma once

#include <string>

#include "ldir/conf/draft.h"

namespace ldir::conf {

std::string monitor_id(const Section& section, const ipvs::ServiceKey& key, const RealText& real,
                       const base::IpAddress& address, std::uint16_t port);

}  // namespace ldir::conf
