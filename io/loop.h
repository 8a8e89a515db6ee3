// SPDX-License-Identifier: Apache-2.0
// The event loop of a process: one thread, every callback runs on it, one after the other. A process that forks
// without exec makes its Loop after the fork; spawned programs (io/process.h) are no concern.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>

#include "base/instant.h"

namespace boost::asio {
class io_context;
}

namespace io {

using Context = boost::asio::io_context;

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Context& context() { return *context_; }
  /// Runs until stop() or until nothing is left to wait for.
  void run();
  /// Runs what is due and waits for more, at most this long; tells whether anything ran. For tests.
  bool run_for(base::Duration limit);
  void stop();
  void post(std::function<void()> what);
  /// post() for threads that may outlive the loop: what comes after its end is dropped.
  using Post = std::function<void(std::function<void()>)>;
  Post poster() const;

 private:
  struct Door;
  std::shared_ptr<Door> door_;
  std::unique_ptr<Context> context_;
};

/// Calls back whenever `fd` is readable (level-triggered: called again while unread bytes remain).
/// Does not own fd: destroy the Watch before closing it.
class Watch {
 public:
  Watch(Context& context, int fd, std::function<void()> on_readable);
  ~Watch();
  Watch(Watch&&) noexcept = default;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Delivers signals as callbacks on the loop.
class Signals {
 public:
  Signals(Context& context, std::initializer_list<int> which, std::function<void(int)> on_signal);
  ~Signals();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace io
