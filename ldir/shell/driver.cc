// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/driver.h"

#include <unistd.h>

#include <thread>

#include "io/clock.h"
#include "ldir/core/events.h"
#include "ldir/shell/events.h"

namespace ldir::shell {
namespace {

constexpr base::Duration kStopLimit = std::chrono::seconds(5);
constexpr base::Duration kTroublePace = std::chrono::seconds(60);
constexpr int kRoundsAtOnce = 64;

}  // namespace

Driver::Driver(Parts parts)
    : parts_(std::move(parts)), programs_(parts_.loop.context()), prober_(parts_.loop.context(), programs_),
      monitor_(
          parts_.loop, prober_, parts_.most_checks_at_once,
          [this](core::CheckId id, const check::Verdict& verdict) { take(core::CheckDone{id, verdict}); },
          [this](const model::CheckSpec& spec, const std::string& error) { trouble(spec, error); }),
      notify_(programs_, [this](base::Event event) { parts_.log.publish(event); }), wake_(parts_.loop.context()),
      file_timer_(parts_.loop.context()), stop_limit_(parts_.loop.context()), alive_(std::make_shared<bool>(true)) {}

Driver::~Driver() { *alive_ = false; }

void Driver::start(model::Config config) {
  file_ = std::make_unique<io::FileWatch>(config.path);
  file_pace_ = config.check_interval;
  file_timer_.after(file_pace_, [this] { look_at_file(); });
  auto table = parts_.backend.read();
  take(core::Load{std::move(config), table ? std::optional(std::move(*table)) : std::nullopt});
}

void Driver::stop(core::Stop how) {
  if (std::exchange(stopping_, true)) return;
  file_timer_.cancel();
  stop_limit_.after(kStopLimit, [this] {
    parts_.log.publish({kStopLate, {{"seconds", std::to_string(kStopLimit / std::chrono::seconds(1))}}});
    finish();
  });
  take(std::move(how));
}

void Driver::hand_over() {
  if (stopping_ || std::exchange(handing_over_, true)) return;
  load_again();
}

void Driver::reload() {
  if (stopping_) return;
  parts_.log.publish(base::Event(core::kReloading));
  load_again();
}

void Driver::load_again() {
  if (std::exchange(loading_, true)) {
    load_again_ = true;
    return;
  }
  // Names may take seconds to resolve; the checks must not wait for that.
  std::thread([this, alive = alive_, load = parts_.load, &loop = parts_.loop] {
    auto fresh = std::make_shared<NewConfig>(load());
    loop.post([this, alive, fresh] {
      if (*alive) loaded(std::move(*fresh));
    });
  }).detach();
}

void Driver::loaded(NewConfig fresh) {
  loading_ = false;
  if (stopping_) return;
  if (handing_over_) {
    if (std::exchange(load_again_, false)) return load_again();  // read before the wish came
    // A file that is broken by now changes nothing: the successor has its own idea of it.
    auto table = parts_.backend.read();
    if (fresh.config && table) take(core::Load{std::move(*fresh.config), std::move(*table)});
    return stop(core::Stop{"USR1", true});
  }
  publish_findings(parts_.log, fresh.findings);
  if (fresh.config) {
    parts_.on_config(*fresh.config);
    file_pace_ = fresh.config->check_interval;
    parts_.log.publish({kReloaded, {{"services", std::to_string(fresh.config->services.size())}}});
    auto table = parts_.backend.read();
    take(core::Load{std::move(*fresh.config), table ? std::optional(std::move(*table)) : std::nullopt});
  } else {
    std::size_t errors = 0;
    for (const auto& finding : fresh.findings.all())
      if (finding.severity == base::Diagnostic::Severity::error) ++errors;
    parts_.log.publish({kReloadRefused, {{"errors", std::to_string(errors)}}});
  }
  if (std::exchange(load_again_, false)) load_again();
}

void Driver::look_at_file() {
  switch (file_->look()) {
    case io::FileWatch::Seen::changed: take(core::FileChanged{}); break;
    case io::FileWatch::Seen::vanished:
      parts_.log.publish({core::kConfigGone, {{"pid", std::to_string(::getpid())}, {"path", file_->path()}}});
      break;
    case io::FileWatch::Seen::same: break;
  }
  file_timer_.after(file_pace_, [this] { look_at_file(); });
}

void Driver::take(core::Input input) {
  waiting_.push_back(std::move(input));
  if (std::exchange(posted_, true)) return;
  // Behind the handlers that are ready now, so that their verdicts make one batch.
  parts_.loop.post([this, alive = alive_] {
    if (!*alive) return;
    posted_ = false;
    run();
  });
}

void Driver::run() {
  core::Effects effects;
  for (int round = 0; !waiting_.empty() && round < kRoundsAtOnce && !finished_; ++round) {
    auto batch = std::exchange(waiting_, {});
    auto now = io::now_mono();
    for (auto& input : batch) {
      director_.step(now, std::move(input), effects);
      carry_out(effects);
    }
    director_.settle(now, effects);
    carry_out(effects);
  }
  if (finished_) return;
  if (!waiting_.empty()) {
    auto rest = std::exchange(waiting_, {});
    for (auto& input : rest) take(std::move(input));
  }
  arm();
  if (!standing_told_ && director_.standing()) {
    standing_told_ = true;
    parts_.on_standing();
  }
}

/// Most batches leave the wake-up where it was: then the timer stays as it is.
void Driver::arm() {
  auto when = director_.next_wake();
  if (when == armed_) return;
  armed_ = when;
  wake_.at(when, [this] {
    armed_ = base::kNever;
    take(core::Tick{});
  });
}

void Driver::carry_out(core::Effects& effects) {
  for (auto& effect : effects) carry_out(effect);
  effects.clear();
}

void Driver::carry_out(core::Effect& effect) {
  if (auto* start = std::get_if<core::StartCheck>(&effect)) {
    monitor_.start(start->check, std::move(start->spec));
  } else if (auto* stop = std::get_if<core::StopCheck>(&effect)) {
    monitor_.stop(stop->check);
  } else if (auto* apply = std::get_if<core::ApplyOp>(&effect)) {
    waiting_.push_back(core::OpDone{apply->id, parts_.backend.apply(apply->op)});
  } else if (std::holds_alternative<core::ReadTable>(effect)) {
    waiting_.push_back(core::TableRead{parts_.backend.read()});
  } else if (auto* publish = std::get_if<core::Publish>(&effect)) {
    parts_.log.publish(publish->event);
  } else if (auto* command = std::get_if<core::RunCommand>(&effect)) {
    notify_.run(*command);
  } else if (auto* mail = std::get_if<core::SendMail>(&effect)) {
    notify_.mail(*mail);
  } else if (std::holds_alternative<core::ReloadConfig>(effect)) {
    load_again();
  } else if (std::holds_alternative<core::Finished>(effect)) {
    finish();
  }
}

void Driver::finish() {
  if (std::exchange(finished_, true)) return;
  wake_.cancel();
  stop_limit_.cancel();
  parts_.on_finished();
}

void Driver::trouble(const model::CheckSpec& spec, const std::string& error) {
  ++troubles_;
  if (auto now = io::now_mono(); now >= next_trouble_) {
    next_trouble_ = now + kTroublePace;
    parts_.log.publish({kCheckTrouble,
                        {{"address", base::Endpoint{spec.address, spec.port}.str()},
                         {"error", error},
                         {"count", std::to_string(troubles_)}}});
  }
}

void publish_findings(io::LogSink& log, const base::Diagnostics& findings) {
  for (const auto& finding : findings.all()) {
    if (finding.severity == base::Diagnostic::Severity::note) continue;
    bool error = finding.severity == base::Diagnostic::Severity::error;
    bool placed = finding.at.line > 0;
    const auto& kind = error ? (placed ? core::kConfigError : kConfigErrorPlain)
                             : (placed ? core::kConfigWarning : kConfigWarningPlain);
    log.publish({kind,
                 {{"pid", std::to_string(::getpid())},
                  {"path", finding.file},
                  {"line", std::to_string(finding.at.line)},
                  {"message", finding.message}}});
  }
}

}  // namespace ldir::shell
