// SPDX-License-Identifier: Apache-2.0
// The client socket of the daemon, spoken to in turns and with one deadline for all. Reads nothing from the environment:
// cl_status may be installed setgid.
#pragma once

#include <chrono>
#include <string>

#include "hbd/api/frame.h"
#include "hbd/tools/heartbeat.h"

namespace hbd::tools {

class Connection : public Heartbeat {
 public:
  /// `pid_file` tells a daemon that we may not reach from none at all.
  Connection(std::string socket, std::chrono::milliseconds limit, std::string pid_file = {});
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Replies sign_on() override;
  Replies ask(const wire::Message& request, std::chrono::milliseconds limit) override;

 private:
  using Clock = std::chrono::steady_clock;
  Replies converse(wire::Message request, Clock::time_point until);
  bool wait(short events, Clock::time_point until) const;
  Failure overdue(Clock::time_point until) const;
  Failure unreachable(int error) const;

  std::string socket_, pid_file_;
  Clock::time_point deadline_;
  int fd_ = -1;
  std::string node_;
  api::FrameReader reader_;
};

}  // namespace hbd::tools
