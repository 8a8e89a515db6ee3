// SPDX-License-Identifier: Apache-2.0
// Carries news to the operator's own programs: fallback command and callback. One after the other in the order of
// events, never waited for, bounded in number and time. They run as root with all its privileges: they are his.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "io/process.h"
#include "ldir/core/director.h"

namespace ldir::shell {

class Notify {
 public:
  using Publish = std::function<void(base::Event)>;
  Notify(io::ProcessRunner& programs, Publish publish);
  ~Notify();
  void run(const core::RunCommand& command);
  /// Nothing under way and nothing waiting.
  bool idle() const { return !busy_ && queue_.empty(); }

 private:
  struct Job {
    io::ProcessSpec spec;
    std::string name;  ///< for the log
  };
  void enqueue(Job job);
  void next();

  io::ProcessRunner& programs_;
  Publish publish_;
  std::deque<Job> queue_;
  bool busy_ = false;
  std::shared_ptr<bool> alive_;
};

}  // namespace ldir::shell
