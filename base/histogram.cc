// SPDX-License-Identifier: Apache-2.0
#include "base/histogram.h"

#include <algorithm>

namespace base {

void Histogram::add(Duration value) {
  value = std::max(value, Duration::zero());
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  ++counts_[static_cast<std::size_t>(at)];
  ++total_;
  sum_ += value;
}

}  // namespace base
