// SPDX-License-Identifier: Apache-2.0
// BASE_CHECK: a broken invariant of our own, kept in release builds: better dead and restarted than wrong.
// Never for input from outside; hostile bytes must not be able to reach one.
#pragma once

namespace base {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

#define BASE_CHECK(x) (static_cast<bool>(x) ? void(0) : ::base::check_failed(#x, __FILE__, __LINE__))
