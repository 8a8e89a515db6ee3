// SPDX-License-Identifier: Apache-2.0
// One-shot timers on the loop. Timer is for the few; DeadlineQueue serves thousands of deadlines, nearly all of which
// are cancelled, with one kernel timer that is re-armed rarely.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "base/instant.h"
#include "io/loop.h"

namespace io {

class Timer {
 public:
  explicit Timer(Context& context);
  ~Timer();  ///< cancels
  Timer(Timer&&) noexcept = default;
  /// Replaces what was planned before. kNever only cancels. A time in the past fires at once, but never from within
  /// this call.
  void at(base::Mono when, std::function<void()> what);
  void after(base::Duration delay, std::function<void()> what);
  void cancel();
  bool pending() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

class DeadlineQueue {
 public:
  using Entries = std::multimap<base::Mono, std::function<void()>>;
  using Id = Entries::iterator;

  /// A deadline fires at most `slack` late: what falls due within it is handled in one wake-up.
  DeadlineQueue(Context& context, base::Duration slack);
  Id add(base::Mono when, std::function<void()> what);
  /// Only before it has fired; from within its callback the entry is gone already.
  void cancel(Id id) { entries_.erase(id); }
  std::size_t size() const { return entries_.size(); }

 private:
  void arm();
  void fire();

  Timer timer_;
  base::Duration slack_;
  base::Mono armed_ = base::kNever;
  Entries entries_;
};

}  // namespace io
