// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/notify.h"

#include <fmt/format.h>

#include <algorithm>

#include "ldir/core/events.h"

namespace ldir::shell {
namespace {

constexpr base::Duration kCommandLimit = std::chrono::seconds(60);
constexpr std::size_t kMostAtOnce = 32;

}  // namespace

Notify::Notify(io::ProcessRunner& programs, Publish publish)
    : programs_(programs), publish_(std::move(publish)), alive_(std::make_shared<bool>(true)) {}

Notify::~Notify() { *alive_ = false; }

std::size_t Notify::waiting() const {
  std::size_t n = running_;
  for (const auto& [name, queue] : queues_) n += queue.waiting.size();
  return n;
}

void Notify::run(const core::RunCommand& command) {
  Job job;
  if (command.argument.empty()) {
    job.spec.argv = {"/bin/sh", "-c", command.command};
    job.name = command.command;
  } else {
    job.spec.argv = {command.command, command.argument};
    job.name = fmt::format("{} {}", command.command, command.argument);
  }
  job.spec.cwd.assign(1, '/');  // not = "/": GCC 12 warns falsely
  job.spec.limit = kCommandLimit;
  auto& queue = queues_[command.queue];
  const auto& service = command.service;
  if (!service.empty() && queue.service == service && queue.running == job.name) {
    // It is being said just now: what was to come in between is out of date.
    if (queue.waiting.erase(service)) std::erase(queue.order, service);
    return;
  }
  if (queue.waiting.insert_or_assign(service, std::move(job)).second) queue.order.push_back(service);
  next();
}

void Notify::next() {
  for (auto at = queues_.begin(); at != queues_.end();) {
    auto& [name, queue] = *at;
    const bool busy = !queue.running.empty();
    if (!busy && queue.order.empty()) {
      at = queues_.erase(at);
      continue;
    }
    if (!busy && running_ < kMostAtOnce) start(name, queue);
    ++at;
  }
}

void Notify::start(const std::string& name, Queue& queue) {
  auto service = std::move(queue.order.front());
  queue.order.pop_front();
  auto job = std::move(queue.waiting.extract(service).mapped());
  queue.service = std::move(service);
  queue.running = job.name;
  ++running_;
  programs_.start(std::move(job.spec), [this, alive = alive_, name](const io::ProcessResult& result) {
    if (!*alive) return;
    auto& ended = queues_[name];
    if (!result.ok()) publish_({core::kCommandFailed, {{"command", ended.running}, {"error", result.str()}}});
    ended.service.clear();
    ended.running.clear();
    --running_;
    next();
  });
}

}  // namespace ldir::shell
