// SPDX-License-Identifier: Apache-2.0
// Carries news to the operator's own programs: fallback command and callback. Those of one queue run one after the
// other, in the order of events, those of different queues side by side: a program that hangs holds up its own kind
// only. Never waited for, bounded in time. No service's last word is ever dropped, however long it had to wait; words
// that it made untrue meanwhile are. They run as root with all its privileges: they are his.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

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
  bool idle() const { return queues_.empty(); }
  std::size_t waiting() const;

 private:
  struct Job {
    io::ProcessSpec spec;
    std::string name;  ///< for the log
  };
  struct Queue {
    std::deque<std::string> order;       ///< of services that have something to say
    std::map<std::string, Job> waiting;  ///< by service
    std::string service, running;        ///< whose job is under way, and its name; empty: none is
  };
  void next();
  void start(const std::string& name, Queue& queue);

  io::ProcessRunner& programs_;
  Publish publish_;
  std::map<std::string, Queue> queues_;  // those with anything in them
  std::size_t running_ = 0;
  std::shared_ptr<bool> alive_;
};

}  // namespace ldir::shell
