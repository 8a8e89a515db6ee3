// SPDX-License-Identifier: Apache-2.0
// The status page of ldirectord: what base/status_page.h shows of status_json(). Values in, text out.
#pragma once

#include "base/status_page.h"
#include "ldir/core/status.h"

namespace ldir::core {

base::StatusPage page(const Status& status);

}  // namespace ldir::core
