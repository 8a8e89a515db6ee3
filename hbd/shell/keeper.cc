// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hbd/shell/events.h"
#include "io/clock.h"

namespace hbd::shell {
namespace {

constexpr base::Duration kYoung = std::chrono::seconds(10);
constexpr base::Duration kFirstSign = std::chrono::seconds(10);  // a new child parses and locks its memory first
constexpr int kHopeless = 8;
constexpr base::Duration kFirstPause = std::chrono::milliseconds(50);
constexpr base::Duration kLongestPause = std::chrono::seconds(2);

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  return fmt::format("exited with code {}", WEXITSTATUS(status));
}

}  // namespace

Keeper::Keeper(io::Context& context, Report& report, Hooks hooks)
    : context_(context),
      report_(report),
      hooks_(std::move(hooks)),
      // Kept open: after an upgrade on disk parent and child still are the same program.
      executable_(::open("/proc/self/exe", O_PATH | O_CLOEXEC)),
      check_(context),
      again_(context),
      limit_(context) {}

Keeper::~Keeper() = default;

void Keeper::configure(ChildLaunch launch, base::Duration patience) {
  launch_ = std::move(launch);
  launch_.executable = executable_.get();
  patience_ = patience;
}

void Keeper::start() {
  io::Fd ours, theirs;
  auto failed = [this](const std::string& error) {
    report_.say({kCannotSpawn, {{"error", error}}});
    again_.after(kLongestPause, [this] { start(); });
  };
  if (!make_channel(ours, theirs)) return failed(std::strerror(errno));
  launch_.channel = theirs.get();
  auto pid = launch_child(launch_);
  if (!pid) return failed(pid.error().message);
  pid_ = *pid;
  proven_ = replacing_ = false;
  started_ = last_sign_ = io::now_mono();
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  exit_ = std::make_unique<io::Watch>(context_, pidfd_.get(), [this] { ended(); });
  channel_ = std::make_unique<Channel>(context_, std::move(ours));
  channel_->start([this](ipc::Message m, std::vector<io::Fd>) { hear(std::move(m)); },
                  [this](std::string_view why) {
                    // Its end is dealt with when the process ends; one that talks nonsense is made to.
                    if (::kill(pid_, 0) == 0 && why != "the other process is gone")
                      report_.say({kChildNonsense, {{"pid", std::to_string(pid_)}, {"what", std::string(why)}}});
                    kill_child();
                  });
  report_.say({kChildStarted, {{"pid", std::to_string(pid_)}, {"user", launch_.user.name}}});
  hooks_.on_start(*channel_);
  check_planned_ = io::now_mono() + patience_ / 4;
  check_.at(check_planned_, [this] { check(); });
}

void Keeper::hear(ipc::Message message) {
  if (std::holds_alternative<ipc::Alive>(message)) {
    last_sign_ = io::now_mono();
    proven_ = true;
  }
  hooks_.on_message(std::move(message));
}

void Keeper::check() {
  auto now = io::now_mono();
  // Late ourselves: then its signs may lie unread, and its silence proves nothing.
  if (now - check_planned_ > patience_ / 4) last_sign_ = now;
  auto silent = now - last_sign_;
  if (silent > (proven_ ? patience_ : std::max(patience_, kFirstSign)) && pid_ != 0) {
    report_.say({kChildSilent, {{"pid", std::to_string(pid_)}, {"ms", std::to_string(base::to_ms(silent))}}});
    kill_child();
    last_sign_ = now;
  }
  check_planned_ = now + patience_ / 4;
  check_.at(check_planned_, [this] { check(); });
}

void Keeper::kill_child() {
  if (pid_ != 0) ::kill(pid_, SIGKILL);  // our own unreaped child: the number is still its
}

void Keeper::replace() {
  replacing_ = true;
  kill_child();
}

void Keeper::stop(base::Duration limit) {
  stopping_ = true;
  again_.cancel();
  channel_.reset();
  if (pid_ == 0) return hooks_.on_end();
  limit_.after(limit, [this] { kill_child(); });
}

void Keeper::ended() {
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return;
  exit_.reset();
  pidfd_.reset();
  channel_.reset();
  check_.cancel();
  limit_.cancel();
  auto pid = std::exchange(pid_, 0);
  if (stopping_) return hooks_.on_end();
  if (replacing_) return start();
  report_.say({kChildDied, {{"pid", std::to_string(pid)}, {"how", how_it_ended(status)}}});
  young_deaths_ = io::now_mono() - started_ < kYoung ? young_deaths_ + 1 : 0;
  if (young_deaths_ >= kHopeless) {
    report_.say({kChildHopeless, {{"count", std::to_string(young_deaths_)}}});
    young_deaths_ = 0;
    return hooks_.on_hopeless();
  }
  if (young_deaths_ <= 1) return start();
  auto pause = std::min(kLongestPause, kFirstPause * (1 << std::min(young_deaths_, 10)));
  again_.after(pause, [this] { start(); });
}

}  // namespace hbd::shell
