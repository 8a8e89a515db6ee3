// SPDX-License-Identifier: Apache-2.0
// The line shapes that log readers of twenty years know. Text in, text out.
#pragma once

#include <string>
#include <string_view>

#include "io/log_sink.h"

namespace io {

/// "Nov 20 08:43:53 alice heartbeat: [31]: info: TEXT"
std::string heartbeat_line(const LogRecord& record, std::string_view host, std::string_view program);
/// The same line's part after time and host, for syslog: "heartbeat: [31]: info: TEXT"
std::string heartbeat_syslog_text(const LogRecord& record, std::string_view program);
/// "debug", "info", "notice", "WARN", "ERROR", "CRIT"
std::string_view heartbeat_level(base::Level level);

/// "[Fri Nov 20 08:47:51 2026|NAME|PID] TEXT"; NAME is the name part of the pid file.
std::string ldirectord_line(const LogRecord& record, std::string_view name);
/// "[Fri Nov 20 08:47:51 2026] TEXT": supervised, on standard output.
std::string ldirectord_supervised_line(const LogRecord& record);

/// A datagram for /dev/log: "<PRI>Nov 20 08:43:53 IDENT[PID]: TEXT"; without an ident, TEXT begins with its own tag.
std::string syslog_line(const LogRecord& record, int facility, std::string_view ident, std::string_view text);

/// As ctime(3), without the newline: "Fri Nov 20 08:47:51 2026", local time.
std::string ctime_text(base::Wall when);

}  // namespace io
