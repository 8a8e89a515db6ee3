// SPDX-License-Identifier: Apache-2.0
#include "io/watchdog.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "base/text.h"
#include "io/daemon.h"

namespace io {

std::optional<base::Duration> watchdog_limit() {
  auto number = [](const char* name) {
    const char* text = ::getenv(name);
    return base::parse_number<std::uint64_t>(text ? text : "");
  };
  const auto limit = number("WATCHDOG_USEC"), pid = number("WATCHDOG_PID");
  if (!limit || *limit == 0 || (pid && *pid != static_cast<std::uint64_t>(::getpid()))) return {};
  return std::chrono::microseconds(*limit);
}

Watchdog::Watchdog(Context& context) : timer_(context) {
  if (auto limit = watchdog_limit()) {
    limit_ = *limit;
    feed();
  }
}

void Watchdog::feed() {
  notify_service_manager("WATCHDOG=1");
  timer_.after(limit_ / 2, [this] { feed(); });
}

}  // namespace io
