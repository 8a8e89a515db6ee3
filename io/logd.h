// SPDX-License-Identifier: Apache-2.0
// A connection to cluster-glue's ha_logd that never waits: what its socket does not take is kept, so much and no more; who is
// away is looked for again after a while. One thread's own.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/instant.h"
#include "io/fd.h"
#include "io/log_sink.h"

namespace io {

class LogdChannel {
 public:
  /// `retry`: between two attempts to reach it. `room`: bytes that are kept while it does not read.
  LogdChannel(std::string path, base::Duration retry, std::size_t room = 256 * 1024);

  enum class Answer {
    taken,  ///< sent, or kept until it can be
    full,   ///< it is there, and has not read for so long that there is no room
    away,   ///< it is not there; see give_back()
  };
  Answer offer(const LogRecord& record, std::string frame);
  /// Sends what is kept, as far as the socket takes it.
  void pump();
  bool roomy() const { return bytes_ <= room_ / 2; }
  bool unsent() const { return !kept_.empty(); }
  /// What was taken and could not be handed over, oldest first: after Answer::away, and at the end.
  std::vector<LogRecord> give_back();
  bool connected() const { return bool(fd_); }

 private:
  struct Kept {
    LogRecord record;
    std::string frame;
    std::size_t sent = 0;
  };
  bool reach();
  std::string path_;
  base::Duration retry_;
  std::size_t room_, bytes_ = 0;
  base::Mono next_try_{};
  Fd fd_;
  std::deque<Kept> kept_;
};

}  // namespace io
