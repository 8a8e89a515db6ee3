// SPDX-License-Identifier: Apache-2.0
#include "io/log_format.h"

#include <fmt/format.h>
#include <syslog.h>

#include <ctime>

namespace io {
namespace {

std::string local_time(base::Wall when, const char* shape) {
  std::time_t seconds = base::to_unix(when);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, shape, &parts));
}

int syslog_priority(base::Level level) {
  switch (level) {
    case base::Level::debug: return LOG_DEBUG;
    case base::Level::info: return LOG_INFO;
    case base::Level::notice: return LOG_NOTICE;
    case base::Level::warn: return LOG_WARNING;
    case base::Level::error: return LOG_ERR;
    case base::Level::crit: return LOG_CRIT;
  }
  return LOG_INFO;
}

}  // namespace

std::string ctime_text(base::Wall when) { return local_time(when, "%a %b %e %H:%M:%S %Y"); }

std::string_view heartbeat_level(base::Level level) {
  switch (level) {
    case base::Level::debug: return "debug";
    case base::Level::info: return "info";
    case base::Level::notice: return "notice";
    case base::Level::warn: return "WARN";
    case base::Level::error: return "ERROR";
    case base::Level::crit: return "CRIT";
  }
  return "info";
}

std::string heartbeat_line(const LogRecord& record, std::string_view host, std::string_view program) {
  return fmt::format("{} {} {}: [{}]: {}: {}", local_time(record.when, "%b %d %H:%M:%S"), host, program, record.pid,
                     heartbeat_level(record.level), record.text);
}

std::string heartbeat_syslog_text(const LogRecord& record, std::string_view program) {
  return fmt::format("{}: [{}]: {}: {}", program, record.pid, heartbeat_level(record.level), record.text);
}

std::string ldirectord_line(const LogRecord& record, std::string_view name) {
  return fmt::format("[{}|{}|{}] {}", ctime_text(record.when), name, record.pid, record.text);
}

std::string ldirectord_supervised_line(const LogRecord& record) {
  return fmt::format("[{}] {}", ctime_text(record.when), record.text);
}

std::string syslog_line(const LogRecord& record, int facility, std::string_view ident, std::string_view text) {
  auto head = fmt::format("<{}>{} ", facility | syslog_priority(record.level), local_time(record.when, "%b %e %H:%M:%S"));
  if (ident.empty()) return head.append(text);
  return fmt::format("{}{}[{}]: {}", head, ident, record.pid, text);
}

}  // namespace io
