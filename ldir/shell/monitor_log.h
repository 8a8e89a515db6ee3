// SPDX-License-Identifier: Apache-2.0
// The monitorfiles: a line for each check, with time and pid. Written by a few threads of their own, so that no file
// system holds a check up; a file that cannot be written costs its lines. Files of one folder share a thread: they hang
// together anyway.
#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>

#include "io/log_sink.h"
#include "ldir/core/director.h"

namespace ldir::shell {

class MonitorLog {
 public:
  void write(const core::WriteMonitor& line);
  /// From now on only files of this configuration are held open.
  void keep(const model::Config& config);
  bool flush(base::Duration limit);

 private:
  static constexpr std::size_t kThreads = 4;
  static std::size_t lane_of(const std::string& file);
  std::array<std::unique_ptr<io::LogSink>, kThreads> lanes_;
  std::set<std::string> files_;  // that have been written to
};

}  // namespace ldir::shell
