// SPDX-License-Identifier: Apache-2.0
// What cluster-glue's logging daemon is told: one frame per log line, on its Unix stream socket. Learnt from what
// ha_logger 1.0.12 sends and ha_logd 1.0.12 writes; numbers are in this machine's byte order.
#pragma once

#include <string>
#include <string_view>

#include "base/event.h"
#include "base/instant.h"

namespace base {

inline constexpr std::string_view kLogdSocket = "/var/lib/heartbeat/log_daemon";  ///< ha_logd(8)

struct LogdLine {
  std::string tag;     ///< whose line: "heartbeat"; the first 63 bytes count
  int pid = 0;
  Level level = Level::info;
  bool weighed = true;  ///< ha_logd writes "info: " and the like before the text; false: the text has it
  std::string text;     ///< the first 64 KiB count
  Wall when{};          ///< whole seconds; 0: when ha_logd gets it
};

std::string logd_frame(const LogdLine& line);

}  // namespace base
