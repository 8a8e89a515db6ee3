// SPDX-License-Identifier: Apache-2.0
#include "io/timer.h"

#include "io/asio.h"
#include "io/clock.h"

namespace io {

struct Timer::Impl : std::enable_shared_from_this<Timer::Impl> {
  explicit Impl(Context& context) : timer(context) {}

  void wait() {
    timer.async_wait([self = shared_from_this(), number = generation](const boost::system::error_code& error) {
      // A timer that was moved or cancelled after it expired still delivers success: the generation tells.
      if (error || number != self->generation) return;
      auto call = std::move(self->what);
      self->what = nullptr;
      call();
    });
  }

  asio::steady_timer timer;
  std::function<void()> what;  // empty while nothing is planned
  unsigned long generation = 0;
};

Timer::Timer(Context& context) : impl_(std::make_shared<Impl>(context)) {}

Timer::~Timer() {
  if (impl_) cancel();
}

void Timer::at(base::Mono when, std::function<void()> what) {
  cancel();
  if (when == base::kNever) return;
  impl_->what = std::move(what);
  // Both are CLOCK_MONOTONIC.
  impl_->timer.expires_at(std::chrono::steady_clock::time_point(when.time_since_epoch()));
  impl_->wait();
}

void Timer::after(base::Duration delay, std::function<void()> what) { at(now_mono() + delay, std::move(what)); }

void Timer::cancel() {
  ++impl_->generation;
  if (!impl_->what) return;
  impl_->what = nullptr;
  impl_->timer.cancel();
}

bool Timer::pending() const { return static_cast<bool>(impl_->what); }

DeadlineQueue::DeadlineQueue(Context& context, base::Duration slack) : timer_(context), slack_(slack) {}

DeadlineQueue::Id DeadlineQueue::add(base::Mono when, std::function<void()> what) {
  auto id = entries_.emplace(when, std::move(what));
  if (when + slack_ < armed_) arm();
  return id;
}

void DeadlineQueue::arm() {
  armed_ = entries_.empty() ? base::kNever : entries_.begin()->first + slack_;
  timer_.at(armed_, [this] { fire(); });
}

void DeadlineQueue::fire() {
  armed_ = base::kNever;
  auto now = now_mono();
  // Entries that callbacks add with a time that has passed wait for the next wake-up, so that this loop ends.
  auto left = entries_.size();
  while (left-- > 0 && !entries_.empty() && entries_.begin()->first <= now) {
    auto what = std::move(entries_.begin()->second);
    entries_.erase(entries_.begin());
    what();
  }
  arm();
}

}  // namespace io
