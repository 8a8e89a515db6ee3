// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/notify.h"

#include <fmt/format.h>

#include "ldir/core/events.h"

namespace ldir::shell {
namespace {

constexpr base::Duration kCommandLimit = std::chrono::seconds(60);
constexpr std::size_t kMostWaiting = 256;

}  // namespace

Notify::Notify(io::ProcessRunner& programs, Publish publish)
    : programs_(programs), publish_(std::move(publish)), alive_(std::make_shared<bool>(true)) {}

Notify::~Notify() { *alive_ = false; }

void Notify::run(const core::RunCommand& command) {
  Job job;
  if (command.argument.empty()) {
    job.spec.argv = {"/bin/sh", "-c", command.command};
    job.name = command.command;
  } else {
    job.spec.argv = {command.command, command.argument};
    job.name = fmt::format("{} {}", command.command, command.argument);
  }
  enqueue(std::move(job));
}

void Notify::enqueue(Job job) {
  if (queue_.size() >= kMostWaiting)
    return publish_({core::kCommandFailed, {{"command", job.name}, {"error", "too many wait"}}});
  job.spec.cwd.assign(1, '/');  // not = "/": GCC 12 warns falsely
  job.spec.limit = kCommandLimit;
  queue_.push_back(std::move(job));
  if (!busy_) next();
}

void Notify::next() {
  if (queue_.empty()) return;
  busy_ = true;
  Job job = std::move(queue_.front());
  queue_.pop_front();
  programs_.start(std::move(job.spec), [this, alive = alive_, name = job.name](const io::ProcessResult& result) {
    if (!*alive) return;
    if (!result.ok()) publish_({core::kCommandFailed, {{"command", name}, {"error", result.str()}}});
    busy_ = false;
    next();
  });
}

}  // namespace ldir::shell
