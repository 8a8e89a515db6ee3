// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/monitor_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <string_view>

#include "io/clock.h"
#include "io/log_format.h"

namespace ldir::shell {
namespace {

/// Lines that may wait for the disk, in each thread: a line for each of ten thousand checks, and then some.
constexpr std::size_t kLines = 32 * 1024;

std::vector<io::LogTarget> targets() {
  std::vector<io::LogTarget> out;
  out.push_back(io::LogTarget::files(
      base::Level::info,
      [](const io::LogRecord& r) { return fmt::format("[{}] [{}] {}", io::ctime_text(r.when), r.pid, r.text); }, 0644));
  return out;
}

}  // namespace

std::size_t MonitorLog::lane_of(const std::string& file) {
  return std::hash<std::string_view>()(std::string_view(file).substr(0, file.rfind('/'))) % kThreads;
}

void MonitorLog::write(const core::WriteMonitor& line) {
  auto& lane = lanes_[lane_of(line.file)];
  if (!lane) {
    lane = std::make_unique<io::LogSink>(targets(), kLines);
    lane->start();
  }
  files_.insert(line.file);
  lane->publish({io::now_wall(), base::Level::info, ::getpid(), "monitor", line.text, line.file});
}

void MonitorLog::keep(const model::Config& config) {
  std::set<std::string> wanted;
  for (const auto& service : config.services) wanted.insert(service.monitorfile);
  std::set<std::size_t> changed;
  for (auto at = files_.begin(); at != files_.end();) {
    if (wanted.count(*at)) {
      ++at;
      continue;
    }
    changed.insert(lane_of(*at));
    at = files_.erase(at);
  }
  for (auto i : changed) lanes_[i]->retarget(targets());  // closes all; the others are opened again as needed
}

bool MonitorLog::flush(base::Duration limit) {
  bool all = true;
  for (auto& lane : lanes_)
    if (lane) all &= lane->flush(limit);
  return all;
}

}  // namespace ldir::shell
