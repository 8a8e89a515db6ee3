// SPDX-License-Identifier: Apache-2.0
// Keeps the child alive: starts it, watches its sign of life, kills it when it has stopped moving, starts the next one
// at once (and less at once when they die young). What a child is told and what it says is the parent's business.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "hbd/shell/channel.h"
#include "hbd/shell/report.h"
#include "hbd/shell/user.h"
#include "io/timer.h"

namespace hbd::shell {

class Keeper {
 public:
  struct Hooks {
    std::function<void(Channel&)> on_start;  ///< a new child: tell it everything
    std::function<void(ipc::Message)> on_message;
    std::function<void()> on_hopeless;       ///< they all die young: something must change before the next start()
    std::function<void()> on_end;            ///< after stop(): the child is gone
  };
  Keeper(io::Context& context, Report& report, Hooks hooks);
  ~Keeper();

  /// `patience`: how long the child may be silent.
  void configure(ChildLaunch launch, base::Duration patience);
  void start();
  /// Kills this child; the next one starts at once (a reload).
  void replace();
  /// No further child: waits for this one to end by itself, at most `limit`, then kills it.
  void stop(base::Duration limit);
  /// After stop() and on_end: children may be started again.
  void resume() { stopping_ = false; }
  Channel* channel() { return channel_.get(); }
  pid_t pid() const { return pid_; }
  /// The child lives and has said so since its start.
  bool proven() const { return proven_; }

 private:
  void hear(ipc::Message message);
  void ended();
  void check();
  void kill_child();

  io::Context& context_;
  Report& report_;
  Hooks hooks_;
  ChildLaunch launch_;
  io::Fd executable_;
  base::Duration patience_{std::chrono::seconds(5)};
  std::unique_ptr<Channel> channel_;
  io::Fd pidfd_;
  std::unique_ptr<io::Watch> exit_;
  pid_t pid_ = 0;
  base::Mono started_{}, last_sign_{}, check_planned_{};
  bool proven_ = false, stopping_ = false, replacing_ = false;
  int young_deaths_ = 0;
  io::Timer check_, again_, limit_;
};

}  // namespace hbd::shell
