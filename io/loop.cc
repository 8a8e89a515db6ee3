// SPDX-License-Identifier: Apache-2.0
#include "io/loop.h"

#include <mutex>

#include "io/asio.h"

namespace io {

struct Loop::Door {
  std::mutex mutex;
  Context* context;
};

Loop::Loop() : door_(std::make_shared<Door>()), context_(std::make_unique<Context>(1)) {
  door_->context = context_.get();
}

Loop::~Loop() {
  std::lock_guard lock(door_->mutex);
  door_->context = nullptr;
}

Loop::Post Loop::poster() const {
  return [door = door_](std::function<void()> what) {
    std::lock_guard lock(door->mutex);
    if (door->context) asio::post(*door->context, std::move(what));
  };
}

void Loop::run() {
  context_->restart();
  context_->run();
}

bool Loop::run_for(base::Duration limit) {
  context_->restart();
  return context_->run_one_for(limit) > 0;
}

void Loop::stop() { context_->stop(); }

void Loop::post(std::function<void()> what) { asio::post(*context_, std::move(what)); }

struct Watch::Impl : std::enable_shared_from_this<Watch::Impl> {
  Impl(Context& context, int fd, std::function<void()> fn) : descriptor(context, fd), on_readable(std::move(fn)) {}

  void arm() {
    descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            if (error || !self->descriptor.is_open()) return;
                            self->on_readable();
                            if (self->descriptor.is_open()) self->arm();
                          });
  }

  asio::posix::stream_descriptor descriptor;
  std::function<void()> on_readable;
};

Watch::Watch(Context& context, int fd, std::function<void()> on_readable)
    : impl_(std::make_shared<Impl>(context, fd, std::move(on_readable))) {
  impl_->arm();
}

Watch::~Watch() {
  if (impl_) impl_->descriptor.release();  // cancels; the descriptor stays its owner's
}

struct Signals::Impl : std::enable_shared_from_this<Signals::Impl> {
  Impl(Context& context, std::function<void(int)> fn) : set(context), on_signal(std::move(fn)) {}

  void arm() {
    set.async_wait([self = shared_from_this()](const boost::system::error_code& error, int number) {
      if (error || self->gone) return;
      self->on_signal(number);
      if (!self->gone) self->arm();
    });
  }

  asio::signal_set set;
  std::function<void(int)> on_signal;
  bool gone = false;
};

Signals::Signals(Context& context, std::initializer_list<int> which, std::function<void(int)> on_signal)
    : impl_(std::make_shared<Impl>(context, std::move(on_signal))) {
  boost::system::error_code ignored;
  for (int number : which) impl_->set.add(number, ignored);
  impl_->arm();
}

Signals::~Signals() {
  impl_->gone = true;
  boost::system::error_code ignored;
  impl_->set.cancel(ignored);
}

}  // namespace io
