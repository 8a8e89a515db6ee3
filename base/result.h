// SPDX-License-Identifier: Apache-2.0
// Expected failure as a value. Configuration mistakes are Diagnostics (diag.h) instead; programmer
// errors are BASE_CHECK (check.h). Nothing throws across folders.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace base {

/// A sentence for the operator: what failed and why. `code` is an errno value where one exists, else 0.
struct Error {
  std::string message;
  int code = 0;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message, int code = 0) {
  return tl::unexpected<Error>(Error{std::move(message), code});
}

}  // namespace base
