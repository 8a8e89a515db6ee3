// SPDX-License-Identifier: Apache-2.0
// The status in numbers, as the text form of OpenMetrics. Labels carry the names of ldirectord.cf: virtual is
// "tcp:10.0.0.1:80", real "10.0.0.2:80" as configured, checktype and service as the directives. Values in, text out.
#pragma once

#include <string>

#include "ldir/core/status.h"

namespace ldir::core {

/// About 200 bytes for each real server and 4 KB for each virtual service.
std::string metrics_text(const Status& status);

}  // namespace ldir::core
