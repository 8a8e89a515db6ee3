// SPDX-License-Identifier: Apache-2.0
// The monitorfiles: a line for each check, with time and pid. Written by threads of their own, so that no file system
// holds a check up; a file that cannot be written costs its lines.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "io/log_sink.h"
#include "ldir/core/director.h"

namespace ldir::shell {

class MonitorLog {
 public:
  void write(const core::WriteMonitor& line);
  bool flush(base::Duration limit);

 private:
  std::map<std::string, std::unique_ptr<io::LogSink>> files_;
};

}  // namespace ldir::shell
