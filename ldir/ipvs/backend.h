// SPDX-License-Identifier: Apache-2.0
// The seam between the director and a kernel: read everything, apply one operation. The real one is netlink.h,
// tests use an in-memory one that can refuse.
#pragma once

#include "base/result.h"
#include "ldir/ipvs/table.h"

namespace ldir::ipvs {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual base::Result<Table> read() = 0;
  virtual base::Result<void> apply(const Op& op) = 0;
};

}  // namespace ldir::ipvs
