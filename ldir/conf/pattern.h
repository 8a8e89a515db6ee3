// SPDX-License-Identifier: Apache-2.0
// Whether a receive pattern is one that the checks can run, decided before anything is started.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ldir::conf {

struct PatternError {
  std::size_t offset;  ///< where in the pattern
  std::string message;
};

std::optional<PatternError> check_pattern(std::string_view pattern);

}  // namespace ldir::conf
