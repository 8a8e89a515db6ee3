// SPDX-License-Identifier: Apache-2.0
// ldirectord: from the command line to a verb.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/text.h"
#include "ldir/core/events.h"
#include "ldir/daemon.h"
#include "ldir/describe.h"
#include "ldir/load.h"
#include "ldir/options.h"
#include "ldir/resolver.h"
#include "ldir/shell/driver.h"
#include "ldir/verbs.h"

namespace {

using ldir::Verb;

constexpr int kUsageError = 255, kConfigError = 2;
constexpr base::Duration kRestartWait = std::chrono::seconds(60);

bool is_file(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

/// A regular file or pipe first; then whatever has the name, so that a folder is called one instead of missing.
std::string find_file(const std::string& config) {
  auto path = ldir::find_config(config, HA_CONF_DIR, is_file);
  if (!path.empty()) return path;
  return ldir::find_config(config, HA_CONF_DIR, [](const std::string& name) {
    std::error_code ignored;
    return std::filesystem::exists(name, ignored);
  });
}

bool needs_config(Verb verb) { return verb != Verb::stop && verb != Verb::status; }

int usage_error(const ldir::Options& options) {
  if (!options.complaint.empty()) fmt::print(stderr, "{}\n", options.complaint);
  fmt::print("{}", ldir::usage_text());
  return kUsageError;
}

int only_check(const ldir::Options& options) {
  auto path = find_file(options.config);
  const bool json = options.status_form == "json";
  auto loaded = ldir::load_config(path.empty() ? options.config : path, ldir::SystemResolver(), !json);
  if (json) {
    fmt::print("{}", ldir::describe(loaded));
    return loaded.usable() ? 0 : kConfigError;
  }
  fmt::print(stderr, "{}", loaded.findings.render());
  if (path.empty())
    fmt::print(stderr, "Write it first: see ldirectord.cf(5), and the annotated sample in /usr/share/doc/upbeat*/examples.\n");
  if (!loaded.usable()) return kConfigError;
  std::size_t reals = 0;
  for (const auto& service : loaded.config.services) reals += service.reals.size();
  fmt::print("{}: {} virtual services, {} real servers\n", loaded.config.path, loaded.config.services.size(), reals);
  return 0;
}

int refuse(const ldir::Situation& s, const base::Diagnostics& findings) {
  fmt::print(stderr, "{}", findings.render());
  ldir::shell::publish_findings(s.log, findings);
  s.log.publish({ldir::core::kExit, {{"status", "2"}, {"reason", "config_error: Configuration Error"}}});
  return kConfigError;
}

/// Lines that may wait for the disk: ten thousand servers that come or go at once make two each, in one moment.
constexpr std::size_t kLogLines = 32 * 1024;

int run_verb(const ldir::Options& options, const std::vector<std::string>& words) {
  auto path = find_file(options.config);
  auto pid_file = ldir::pid_path(options.pid_name);
  auto found = ldir::look_for_daemon(pid_file);
  if (path.empty()) {
    // A running daemon can be asked and stopped even when its file has gone.
    if (needs_config(options.verb) || !found.running) {
      fmt::print(stderr, "Config file {} not found\n", options.config);
      return 1;
    }
    path = options.config;
  }
  auto loaded = ldir::load_for(options.verb, path, ldir::SystemResolver());
  io::LogSink log(ldir::log_targets(options, loaded.config), kLogLines);
  ldir::Situation s{options, path, pid_file, found, log, ldir::status_socket_path(options.pid_name)};

  bool start = options.verb == Verb::start || options.verb == Verb::restart ||
               (options.verb == Verb::try_restart && found.running);
  if (!loaded.usable() && needs_config(options.verb)) return refuse(s, loaded.findings);
  log.publish({ldir::core::kInvoking, {{"command_line", base::join(words, " ")}}});
  if (!loaded.findings.empty() && start) {
    fmt::print(stderr, "{}", loaded.findings.render());
    ldir::shell::publish_findings(log, loaded.findings);
  }

  switch (options.verb) {
    case Verb::status: {
      int code = ldir::run_status(s);
      if (found.running && options.status_form == "status")
        ldir::run_instances_status(s, loaded.config.execute);
      return code;
    }
    case Verb::stop: return ldir::run_stop(s);
    case Verb::reload: return ldir::run_reload(s);
    case Verb::try_restart:
      if (!found.running) return 0;
      break;
    default: break;
  }
  if (found.running) {
    if (options.verb == Verb::start) return 0;
    const auto ended = ldir::replace_daemon(*found.running, kRestartWait);
    if (ended == ldir::Ended::killed) {
      auto text = fmt::format("the daemon (pid {}) had not ended after {} s and was killed: its table is taken over", *found.running,
                              kRestartWait / std::chrono::seconds(1));
      fmt::print(stderr, "ldirectord: {}\n", text);
      log.say(base::Level::warn, text);
    } else if (ended != ldir::Ended::yes) {
      fmt::print(stderr, "ldirectord: the daemon (pid {}) {}\n", *found.running,
                 ended == ldir::Ended::late ? "has not ended" : "cannot be signalled: not permitted");
      return 1;
    }
  }
  // The daemon lives in /, where a relative path would lead its reloads astray.
  std::error_code ignored;
  if (auto whole = std::filesystem::absolute(path, ignored); !ignored) loaded.config.path = whole;
  return ldir::run_daemon({options, std::move(loaded.config), pid_file, found.running.has_value()}, log);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  auto options = ldir::parse_options(std::span(words).subspan(argc > 0 ? 1 : 0));
  switch (options.verb) {
    case Verb::usage_error: return usage_error(options);
    case Verb::help: fmt::print("{}", ldir::usage_text()); return 0;
    case Verb::version: fmt::print("{}", ldir::version_text()); return 0;
    case Verb::check: return only_check(options);
    default: return run_verb(options, words);
  }
}
