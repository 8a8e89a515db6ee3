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
/// So long names are waited for that hold up nothing: what resolv.conf(5) allows two servers that are dead.
constexpr base::Duration kAskLimit = std::chrono::seconds(30);
/// A file that has changed is read when it has been at rest for so long: whoever writes it may have emptied it first, and
/// an empty file is a configuration, too.
constexpr base::Duration kFileRest = std::chrono::milliseconds(500);
/// After the table is clean: for the last commands, and for other instances that stop with this one.
constexpr base::Duration kLastErrands = std::chrono::seconds(20), kQuietLook = std::chrono::milliseconds(20);
/// For the last mails. In a cluster the address goes to the other node only after us: a mail server that is dead, as it
/// may well be just then, must not cost more.
constexpr base::Duration kLastMails = std::chrono::seconds(3);

}  // namespace

Driver::Driver(Parts parts)
    : parts_(std::move(parts)), programs_(parts_.loop.context()), prober_(parts_.loop.context(), programs_),
      monitor_(
          parts_.loop, prober_, parts_.most_checks_at_once,
          [this](core::CheckId id, const check::Verdict& verdict) { take(core::CheckDone{id, verdict}); },
          [this](const model::CheckSpec& spec, const std::string& error) { trouble(spec, error); }),
      notify_(programs_, [this](base::Event event) { parts_.log.publish(event); }),
      mailer_(parts_.loop, programs_, [this](base::Event event) { parts_.log.publish(event); }, parts_.mail),
      own_services_(parts_.own_services), instances_(programs_, parts_.instances, [this](base::Event event) { parts_.log.publish(event); }),
      wake_(parts_.loop.context()), file_timer_(parts_.loop.context()), stop_limit_(parts_.loop.context()),
      maintenance_timer_(parts_.loop.context()), quiet_timer_(parts_.loop.context()), hand_over_timer_(parts_.loop.context()),
      alive_(std::make_shared<bool>(true)) {
  if (parts_.status_socket.empty()) return;
  auto opened = StatusServer::open(parts_.loop, parts_.status_socket, [this] { return status(); });
  if (opened) status_ = std::move(*opened);
  else parts_.log.publish({kNoStatus, {{"error", opened.error().message}}});
}

Driver::~Driver() { *alive_ = false; }

void Driver::start(model::Config config) {
  file_ = std::make_unique<io::FileWatch>(config.path);
  file_pace_ = config.check_interval;
  file_timer_.after(file_pace_, [this] { look_at_file(); });
  maintenance_dir_ = config.maintenance_dir;
  serve_status(config);
  addresses_ = addresses_of(config);
  // Before anything is put into the table: who is in maintenance must not be seen there for a moment.
  auto files = maintenance_files(maintenance_dir_);
  know(ask_names(unknown_names(files, addresses_, names_, io::now_mono()), parts_.names_limit, parts_.name_of));
  maintenance_ = with_names(std::move(files), addresses_, names_);
  take(core::Maintenance{maintenance_});
  maintenance_timer_.after(file_pace_, [this] { look_for_maintenance(); });
  auto left_over = own_services_.left_over();
  own_services_.keep(config);
  auto table = parts_.backend.read();
  take(core::Load{std::move(config), table ? std::optional(std::move(*table)) : std::nullopt, std::move(left_over)});
}

void Driver::look_for_maintenance() {
  maintenance_timer_.after(file_pace_, [this] { look_for_maintenance(); });
  // The reload that is under way brings its own.
  if (stopping_ || loading_ || maintenance_dir_.empty() || std::exchange(looking_, true)) return;
  std::thread([this, alive = alive_, directory = maintenance_dir_, before = reloads_, post = parts_.loop.poster()] {
    auto files = std::make_shared<std::set<std::string>>(maintenance_files(directory));
    post([this, alive, before, files] {
      if (!*alive) return;
      looking_ = false;
      if (stopping_ || before != reloads_) return;
      in_maintenance(std::move(*files));
      ask_for_names();
    });
  }).detach();
}

void Driver::ask_for_names() {
  auto unknown = unknown_names(maintenance_.files, addresses_, names_, io::now_mono());
  if (unknown.empty() || std::exchange(asking_, true)) return;
  std::thread([this, alive = alive_, unknown = std::move(unknown), name_of = parts_.name_of, post = parts_.loop.poster()] {
    auto names = std::make_shared<KnownNames>(ask_names(unknown, kAskLimit, name_of));
    post([this, alive, names] {
      if (!*alive) return;
      asking_ = false;
      know(std::move(*names));
      if (!stopping_) in_maintenance(maintenance_.files);
    });
  }).detach();
}

void Driver::know(KnownNames names) {
  for (auto& [address, name] : names) names_[address] = std::move(name);
}

void Driver::in_maintenance(std::set<std::string> files) {
  auto found = with_names(std::move(files), addresses_, names_);
  if (found == maintenance_) return;
  maintenance_ = std::move(found);
  take(core::Maintenance{maintenance_});
}

void Driver::stop(core::Stop how) {
  if (std::exchange(stopping_, true)) return;
  file_timer_.cancel();
  maintenance_timer_.cancel();
  hand_over_timer_.cancel();
  stop_limit_.after(kStopLimit, [this] {
    parts_.log.publish({kStopLate, {{"seconds", std::to_string(kStopLimit / std::chrono::seconds(1))}}});
    finish();
  });
  take(std::move(how));
}

void Driver::hand_over() {
  if (stopping_ || std::exchange(handing_over_, true)) return;
  hand_over_timer_.after(parts_.hand_over_limit, [this] {
    parts_.log.publish({kHandOverBlind, {{"seconds", std::to_string(parts_.hand_over_limit / std::chrono::seconds(1))}}});
    stop(core::Stop{"USR1", true});
  });
  load_again();
}

void Driver::reload() {
  if (stopping_) return;
  parts_.log.publish(base::Event(core::kReloading));
  load_again();
}

void Driver::load_again() {
  if (loading_) {
    load_again_ = true;
    return;
  }
  loading_ = true;
  // Names may take seconds to resolve; the checks must not wait for that.
  std::thread([this, alive = alive_, load = parts_.load, names = names_, limit = parts_.names_limit,
               name_of = parts_.name_of, post = parts_.loop.poster()] {
    auto fresh = std::make_shared<NewConfig>(load());
    if (fresh->config) {
      fresh->maintenance_files = maintenance_files(fresh->config->maintenance_dir);
      fresh->names = ask_names(
          unknown_names(fresh->maintenance_files, addresses_of(*fresh->config), names, io::now_mono()), limit, name_of);
    }
    post([this, alive, fresh] {
      if (*alive) loaded(std::move(*fresh));
    });
  }).detach();
}

void Driver::loaded(NewConfig fresh) {
  loading_ = false;
  if (stopping_) return;
  know(std::move(fresh.names));
  if (handing_over_) {
    if (std::exchange(load_again_, false)) return load_again();  // read before the wish came
    // A file that is broken by now changes nothing: the successor has its own idea of it.
    auto table = parts_.backend.read();
    if (fresh.config && table) own_services_.keep(*fresh.config);
    if (fresh.config && table)
      take(core::Maintenance{with_names(std::move(fresh.maintenance_files), addresses_of(*fresh.config), names_)});
    if (fresh.config && table) take(core::Load{std::move(*fresh.config), std::move(*table)});
    return stop(core::Stop{"USR1", true});
  }
  publish_findings(parts_.log, fresh.findings);
  if (fresh.config) {
    ++reloads_;
    parts_.on_config(*fresh.config);
    monitor_log_.keep(*fresh.config);
    serve_status(*fresh.config);
    file_pace_ = fresh.config->check_interval;
    maintenance_dir_ = fresh.config->maintenance_dir;
    addresses_ = addresses_of(*fresh.config);
    maintenance_ = with_names(std::move(fresh.maintenance_files), addresses_, names_);
    take(core::Maintenance{maintenance_});
    own_services_.keep(*fresh.config);
    parts_.log.publish({kReloaded, {{"services", std::to_string(fresh.config->services.size())}}});
    auto table = parts_.backend.read();
    take(core::Load{std::move(*fresh.config), table ? std::optional(std::move(*table)) : std::nullopt});
  } else {
    ++reloads_refused_;
    std::size_t errors = 0;
    for (const auto& finding : fresh.findings.all())
      if (finding.severity == base::Diagnostic::Severity::error) ++errors;
    parts_.log.publish({kReloadRefused, {{"errors", std::to_string(errors) + (errors == 1 ? " error" : " errors")}}});
  }
  if (std::exchange(load_again_, false)) load_again();
}

void Driver::look_at_file() {
  switch (file_->look()) {
    case io::FileWatch::Seen::changed: file_moving_ = true; break;
    case io::FileWatch::Seen::vanished:
      parts_.log.publish({core::kConfigGone, {{"pid", std::to_string(::getpid())}, {"path", file_->path()}}});
      break;
    case io::FileWatch::Seen::same:
      if (std::exchange(file_moving_, false)) take(core::FileChanged{});
      break;
  }
  file_timer_.after(file_moving_ ? kFileRest : file_pace_, [this] { look_at_file(); });
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
    const auto begun = io::now_mono();
    auto table = parts_.backend.read();
    waiting_.push_back(core::TableRead{std::move(table), io::now_mono() - begun});
  } else if (auto* publish = std::get_if<core::Publish>(&effect)) {
    parts_.log.publish(publish->event);
  } else if (auto* command = std::get_if<core::RunCommand>(&effect)) {
    notify_.run(*command);
  } else if (auto* mail = std::get_if<core::SendMail>(&effect)) {
    mailer_.send(std::move(*mail));
  } else if (auto* line = std::get_if<core::WriteMonitor>(&effect)) {
    monitor_log_.write(*line);
  } else if (auto* instance = std::get_if<core::RunInstance>(&effect)) {
    instances_.run(*instance);
  } else if (std::holds_alternative<core::ReloadConfig>(effect)) {
    load_again();
  } else if (std::holds_alternative<core::Finished>(effect)) {
    if (!handing_over_) own_services_.ended();
    finish();
  }
}

void Driver::finish() {
  if (std::exchange(finished_, true)) return;
  wake_.cancel();
  stop_limit_.cancel();
  quiet_until_ = io::now_mono() + kLastErrands;
  mails_until_ = io::now_mono() + kLastMails;
  finish_when_quiet();
}

void Driver::finish_when_quiet() {
  const auto now = io::now_mono();
  const bool errands = !notify_.idle() || !instances_.idle();
  if ((errands && now < quiet_until_) || (!mailer_.idle() && now < mails_until_)) {
    quiet_timer_.after(kQuietLook, [this] { finish_when_quiet(); });
    return;
  }
  if (const auto mails = mailer_.waiting(), commands = notify_.waiting(); mails + commands > 0)
    parts_.log.publish({kErrandsLeft, {{"mails", std::to_string(mails)}, {"commands", std::to_string(commands)}}});
  monitor_log_.flush(kQuietLook);
  status_.reset();
  parts_.on_finished();
}

core::Status Driver::status() const {
  const auto& mails = mailer_.counts();
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  return {file_ ? file_->path() : "", director_.phase(), static_cast<int>(::getpid()), io::now_mono(), io::now_wall(),
          director_.explain(), host, director_.tally(),
          {reloads_, reloads_refused_, mails.sent, mails.failed, mails.dropped, troubles_, monitor_.running()}};
}

void Driver::serve_status(const model::Config& config) {
  if (!status_) return;
  if (auto served = status_->serve_at(config.status_page); !served)
    parts_.log.publish({kNoStatusPage, {{"error", served.error().message}}});
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
