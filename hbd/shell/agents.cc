// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/agents.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "hbd/core/answer.h"
#include "hbd/core/effect.h"
#include "hbd/core/input.h"
#include "hbd/shell/events.h"
#include "hbd/shell/scripts.h"
#include "io/clock.h"
#include "io/fd.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kMaxJobs = 10000;
constexpr std::size_t kOutputForChild = 1024;
constexpr base::Duration kLongestSilence = std::chrono::seconds(60);  // about a script that runs and runs
constexpr std::string_view kVerbs[] = {"status", "start", "stop"};

using End = core::JobDone::End;

ipc::JobDone result_of(std::uint64_t id, const io::ProcessResult& r) {
  ipc::JobDone out{id, static_cast<std::uint8_t>(End::exited), r.exit_code,
                   r.output.substr(0, kOutputForChild)};
  auto set = [&out](End end, int code) { out.end = static_cast<std::uint8_t>(end), out.code = code; };
  if (r.spawn_error)
    set(End::could_not_run, r.spawn_error);
  else if (r.timed_out)
    set(End::timed_out, r.exit_code);
  else if (r.signal)
    set(End::killed_by_signal, r.signal);
  return out;
}

/// The words of a script's call; none when there is no such script.
std::vector<std::string> command(const Paths& paths, const model::Resource& resource, std::string_view verb) {
  auto script = find_script(paths, resource.script);
  if (!script) return {};
  std::vector<std::string> out{script->path};
  out.insert(out.end(), script->first.begin(), script->first.end());
  out.insert(out.end(), resource.args.begin(), resource.args.end());
  out.emplace_back(verb);
  return out;
}

}  // namespace

Agents::Agents(io::Context& context, Report& report, Paths paths, OnDone on_done)
    : report_(report),
      paths_(std::move(paths)),
      on_done_(std::move(on_done)),
      slow_(context),
      runner_(context) {}

void Agents::set_table(std::uint32_t table, model::Haresources resources) {
  tables_[table] = std::move(resources);
  while (tables_.size() > 8) tables_.erase(tables_.begin());
}

void Agents::set_environment(std::vector<std::string> environment, std::string debug_log) {
  environment_ = std::move(environment);
  debug_log_ = std::move(debug_log);
}

const model::Resource* Agents::find(const ipc::RunJob& job) const {
  auto table = tables_.find(job.table);
  if (table == tables_.end() || job.group >= table->second.groups.size()) return nullptr;
  const auto& resources = table->second.groups[job.group].resources;
  return job.resource < resources.size() ? &resources[job.resource] : nullptr;
}

bool Agents::run(const ipc::RunJob& what) {
  if (!find(what) || what.verb >= std::size(kVerbs) || jobs_.size() >= kMaxJobs) return false;
  auto [it, is_new] = jobs_.try_emplace(what.id, Job{what, Job::State::waiting, 0, {}});
  if (is_new)
    start_waiting();
  else if (it->second.state == Job::State::done)
    on_done_(it->second.result);
  return true;
}

void Agents::start_waiting() {
  for (auto& [id, job] : jobs_) {
    if (job.state != Job::State::waiting) continue;
    bool busy = std::any_of(jobs_.begin(), jobs_.end(), [&job](const auto& other) {
      return other.second.state == Job::State::running && other.second.what.group == job.what.group;
    });
    if (!busy) start(job);
  }
}

void Agents::start(Job& job) {
  job.state = Job::State::running;
  const auto* resource = find(job.what);
  auto id = job.what.id;
  auto verb = kVerbs[job.what.verb];
  io::ProcessSpec spec;
  if (resource) spec.argv = command(paths_, *resource, verb);
  if (spec.argv.empty()) {
    report_.say({kNoScript, {{"script", resource ? resource->script : "?"}}});
    // An empty argv: reported as a program that could not be started, from the loop.
    job.process = runner_.start(std::move(spec),
                                [this, id](const io::ProcessResult& r) { finish(id, result_of(id, r)); });
    return;
  }
  job.command = base::join(spec.argv, " ");
  job.started = io::now_mono();
  job.warn_at = job.started + patience_;
  bool status = job.what.verb == static_cast<std::uint8_t>(core::Verb::status);
  auto path = spec.argv.front();
  auto reader = std::make_shared<core::StatusReader>();
  spec.env = environment_;
  if (::access(paths_.cores().c_str(), X_OK) == 0) spec.cwd = paths_.cores();
  spec.limit = base::Millis(job.what.limit_ms);
  // Only what `status` says on stdout decides what it means; its stderr belongs to the debug log.
  io::Fd aside;
  if (status) {
    auto log = debug_log_.empty() ? std::string("/dev/null") : debug_log_;
    aside.reset(::open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644));
    if (!aside) aside.reset(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    spec.stderr_fd = aside.get();
    spec.on_output = [reader](std::string_view bytes) { reader->add(bytes); };
  } else {
    spec.on_line = [this](std::string_view line) {
      report_.say({kScriptOutput, {{"line", std::string(line)}}});
    };
    report_.say({kRunning, {{"command", job.command}}});
  }
  job.process = runner_.start(std::move(spec), [this, id, path, status, reader](const io::ProcessResult& r) {
    auto result = result_of(id, r);
    if (status && r.output.size() > kOutputForChild) result.output = reader->words();
    if (!status && !r.ok()) {
      if (r.exit_code > 0 && !r.spawn_error && !r.timed_out)
        report_.say({kReturnCode, {{"code", std::to_string(r.exit_code)}, {"script", path}}});
      else
        report_.say({kScriptKilled, {{"script", path}, {"how", r.str()}}});
    }
    finish(id, std::move(result));
  });
  warn_of_slow_ones();
}

std::string Agents::end_of(const Job& job) const {
  const auto* resource = find(job.what);
  if (job.what.limit_ms == 0 || !resource) return {};
  return fmt::format("; it is killed after {} s (env {} in ha.cf)", job.what.limit_ms / 1000,
                     core::Limits::word_for(*resource, static_cast<core::Verb>(job.what.verb)));
}

void Agents::warn_of_slow_ones() {
  auto now = io::now_mono();
  auto next = base::kNever;
  for (auto& [id, job] : jobs_) {
    if (job.state != Job::State::running) continue;
    if (job.warn_at <= now) {
      auto ran = now - job.started;
      report_.say({kScriptSlow,
                   {{"command", job.command},
                    {"seconds", std::to_string(ran / std::chrono::seconds(1))},
                    {"until", end_of(job)}}});
      job.warn_at = now + std::min<base::Duration>(ran, kLongestSilence);
    }
    next = std::min(next, job.warn_at);
  }
  slow_.at(next, [this] { warn_of_slow_ones(); });
}

void Agents::finish(std::uint64_t id, ipc::JobDone result) {
  auto it = jobs_.find(id);
  if (it == jobs_.end()) return;
  it->second.state = Job::State::done;
  it->second.result = std::move(result);
  on_done_(it->second.result);
  start_waiting();
  release_next();
}

void Agents::cancel(std::uint64_t id) {
  auto it = jobs_.find(id);
  if (it == jobs_.end() || it->second.state == Job::State::done) return;
  if (it->second.state == Job::State::running) {
    runner_.stop(it->second.process);
    return;
  }
  finish(id, {id, static_cast<std::uint8_t>(End::could_not_run), 0, "cancelled before it began"});
}

void Agents::acknowledge(std::uint64_t id) {
  auto it = jobs_.find(id);
  if (it != jobs_.end() && it->second.state == Job::State::done) jobs_.erase(it);
}

void Agents::redeliver() {
  std::vector<ipc::JobDone> results;
  for (const auto& [id, job] : jobs_)
    if (job.state == Job::State::done) results.push_back(job.result);
  for (const auto& result : results) on_done_(result);
}

void Agents::release_all(std::function<void()> done) {
  to_release_.clear();
  if (!tables_.empty())
    for (const auto& group : tables_.rbegin()->second.groups)
      to_release_.insert(to_release_.end(), group.resources.begin(), group.resources.end());
  std::reverse(to_release_.begin(), to_release_.end());
  // What a child that is gone asked for is nobody's any more; what runs is waited for.
  std::erase_if(jobs_, [](const auto& item) { return item.second.state != Job::State::running; });
  released_ = std::move(done);
  release_next();
}

void Agents::release_next() {
  if (!released_ || runner_.running() > 0) return;
  while (!to_release_.empty()) {
    auto resource = std::move(to_release_.front());
    to_release_.pop_front();
    io::ProcessSpec spec;
    spec.argv = command(paths_, resource, "stop");
    if (spec.argv.empty()) continue;
    report_.say({kRunning, {{"command", base::join(spec.argv, " ")}}});
    spec.env = environment_;
    spec.limit = limits_.of(resource, core::Verb::stop);
    spec.on_line = [this](std::string_view line) {
      report_.say({kScriptOutput, {{"line", std::string(line)}}});
    };
    runner_.start(std::move(spec), [this](const io::ProcessResult&) { release_next(); });
    return;
  }
  jobs_.clear();
  auto tell = std::move(released_);
  released_ = nullptr;
  tell();
}

}  // namespace hbd::shell
