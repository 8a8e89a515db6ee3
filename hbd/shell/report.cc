// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/instant.h"
#include "hbd/shell/events.h"
#include "io/clock.h"
#include "io/log_format.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kMaxIds = 1000;

/// What ResourceManager and mach_down used to write; the rows are in core/events.h and events.h.
constexpr std::string_view kScriptEvents[] = {
    "acquiring_group", "releasing_group",  "rm_running",       "rm_return_code",  "rm_script_killed", "rm_no_script",    "rm_script_slow",
    "start_failed",    "retry_stop",       "stop_failed",      "not_lsb",         "not_idle",         "script_timed_out",
    "taking_group",    "mach_down_script", "narrowly_avoided", "stop_must_succeed", "ip_request_answer"};
constexpr std::string_view kMachDownEvents[] = {"taking_group", "mach_down_script"};
constexpr std::string_view kIpAnswer = "ip_request_answer";

bool in(std::string_view id, auto& list) { return std::find(std::begin(list), std::end(list), id) != std::end(list); }

std::string date(base::Wall when) {
  std::time_t seconds = base::to_unix(when);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char buffer[64];
  return {buffer, std::strftime(buffer, sizeof buffer, "%Y/%m/%d_%H:%M:%S", &parts)};
}

/// ipfail's policy is part of the core now; its lines keep their name.
std::string_view program(std::string_view id) { return id.starts_with("ipfail_") ? "ipfail" : "heartbeat"; }

/// Monitoring that does not run as root reads the logs, as it read Heartbeat's.
constexpr mode_t kLogMode = 0644;

bool given(const std::string& file) { return !file.empty() && file != "/dev/null"; }

}  // namespace

bool is_script_event(std::string_view id) { return in(id, kScriptEvents); }

namespace {

std::string script_tag(const io::LogRecord& record) {
  auto script = record.id == kIpAnswer ? "ip-request-resp" : in(record.id, kMachDownEvents) ? "mach_down" : "ResourceManager";
  return fmt::format("{}(default)[{}]", script, record.pid);
}

/// rc.d/ip-request-resp gave its line no weight.
std::string script_text(const io::LogRecord& record) {
  if (record.id == kIpAnswer) return std::string(record.text);
  return fmt::format("{}: {}", io::heartbeat_level(record.level), record.text);
}

}  // namespace

std::string syslog_text(const io::LogRecord& record) {
  if (is_script_event(record.id)) return fmt::format("{}: {}", script_tag(record), script_text(record));
  return io::heartbeat_syslog_text(record, program(record.id));
}

std::string script_line(const io::LogRecord& record, bool debugfile) {
  auto tag = script_tag(record);
  auto text = script_text(record);
  if (debugfile) return fmt::format("{}:\t{} {}", tag, date(record.when), text);
  return fmt::format("{}  {}:    {}", date(record.when), tag, text);
}

base::LogdLine logd_line(const io::LogRecord& record) {
  if (is_script_event(record.id)) return {script_tag(record), record.pid, record.level, false, script_text(record), record.when};
  return {std::string(program(record.id)), record.pid, record.level, true, record.text, record.when};
}

Report::Report(const model::LogTargets& targets, std::string host, bool also_stderr, std::string logd)
    : host_(std::move(host)), logd_(std::move(logd)), sink_(make(targets, also_stderr)) {}

std::vector<io::LogTarget> Report::make(const model::LogTargets& targets, bool also_stderr) const {
  auto line = [host = host_, classic = targets.syslog_format](const io::LogRecord& r, bool debugfile) {
    if (r.id == kScriptOutput.id) return r.text;
    if (is_script_event(r.id)) return script_line(r, debugfile);
    if (classic) return io::heartbeat_line(r, host, program(r.id));
    return fmt::format("heartbeat[{}]: {} {}: {}", r.pid, date(r.when), io::heartbeat_level(r.level), r.text);
  };
  auto to_file = [line](const io::LogRecord& r) { return line(r, false); };
  auto to_debug = [line](const io::LogRecord& r) { return line(r, true); };
  std::vector<io::LogTarget> out;
  if (given(targets.logfile)) out.push_back(io::LogTarget::file(targets.logfile, base::Level::info, to_file, kLogMode));
  // Without a debugfile, what scripts print has no other place than the log file.
  if (given(targets.debugfile) && targets.debugfile != targets.logfile)
    out.push_back(io::LogTarget::file(targets.debugfile, base::Level::debug, to_debug, kLogMode));
  bool none = out.empty() && (targets.facility.empty() || targets.facility == "none");
  std::string facility = none ? "daemon" : targets.facility;
  if (io::syslog_facility(facility) >= 0)
    out.push_back(io::LogTarget::syslog(facility, "", base::Level::info, syslog_text));
  if (targets.use_logd) {
    // What scripts print never went through ha_logd: it has its place in the debugfile.
    auto shape = [debugfile = given(targets.debugfile)](const io::LogRecord& r) -> std::optional<base::LogdLine> {
      if (debugfile && r.id == kScriptOutput.id) return std::nullopt;
      return logd_line(r);
    };
    auto otherwise = std::exchange(out, {});
    out.push_back(io::LogTarget::logd(logd_, targets.logd_retry, std::move(shape), std::move(otherwise)));
  }
  if (also_stderr) out.push_back(io::LogTarget::standard_error(base::Level::info, to_file));
  return out;
}

void Report::retarget(const model::LogTargets& targets, bool also_stderr) { sink_.retarget(make(targets, also_stderr)); }

void Report::say(const base::Event& event) { sink_.publish(event); }

void Report::relay(base::Level level, std::string_view id, std::string text) {
  auto known = ids_.find(id);
  if (known == ids_.end()) {
    // Never shrinks: queued records point into it.
    known = ids_.emplace(ids_.size() < kMaxIds ? id : "message").first;
  }
  sink_.publish(io::LogRecord{io::now_wall(), level, ::getpid(), *known, std::move(text)});
}

}  // namespace hbd::shell
