// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/monitor_log.h"

#include <fmt/format.h>

#include "io/log_format.h"

namespace ldir::shell {

void MonitorLog::write(const core::WriteMonitor& line) {
  auto& file = files_[line.file];
  if (!file) {
    std::vector<io::LogTarget> targets;
    targets.push_back(io::LogTarget::file(
        line.file, base::Level::info,
        [](const io::LogRecord& r) {
          return fmt::format("[{}] [{}] {}", io::ctime_text(r.when), r.pid, r.text);
        },
        0644));
    file = std::make_unique<io::LogSink>(std::move(targets));
    file->start();
  }
  file->say(base::Level::info, line.text);
}

bool MonitorLog::flush(base::Duration limit) {
  bool all = true;
  for (auto& [name, file] : files_) all &= file->flush(limit);
  return all;
}

}  // namespace ldir::shell
