// SPDX-License-Identifier: Apache-2.0
#include "ldir/daemon.h"

#include <fmt/format.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "io/daemon.h"
#include "io/log_format.h"
#include "io/loop.h"
#include "io/watchdog.h"
#include "ldir/core/events.h"
#include "ldir/ipvs/netlink.h"
#include "ldir/ipvs/tunnel_guard.h"
#include "ldir/load.h"
#include "ldir/privilege.h"
#include "ldir/resolver.h"
#include "ldir/shell/driver.h"
#include "ldir/verbs.h"

namespace ldir {
namespace {

constexpr base::Duration kStartLimit = std::chrono::seconds(60);
constexpr base::Duration kLastWords = std::chrono::seconds(2);
/// Descriptors that are not sockets of checks: log, netlink, signals, programs.
constexpr std::size_t kOtherDescriptors = 128;
constexpr std::size_t kMostChecks = 16384;

int init_error(io::LogSink& log, const std::string& text) {
  fmt::print(stderr, "{}\n", text);
  log.say(base::Level::error, text);
  log.publish({core::kExit, {{"status", "1"}, {"reason", "Initialisation Error"}}});
  return 1;
}

bool in_foreground(const DaemonSetup& setup) {
  return setup.options.debug || setup.options.foreground || setup.config.supervised;
}

/// Everything after the fork.
int serve(DaemonSetup& setup, io::LogSink& log, io::Starter& starter, io::PidFile& pid_file) {
  auto descriptors = raise_descriptor_limit();
  io::Loop loop;
  ipvs::Netlink kernel;
  ipvs::TunnelGuard backend(kernel);
  if (auto opened = kernel.open(); !opened) log.say(base::Level::error, opened.error().message);
  if (auto dropped = drop_privileges(); !dropped)
    log.say(base::Level::warn, "cannot give up privileges: " + dropped.error().message);
  log.start();

  const auto path = setup.config.path;
  const auto& options = setup.options;
  shell::Driver::Parts parts{
      loop,
      backend,
      log,
      std::clamp<std::size_t>(descriptors - std::min(descriptors, kOtherDescriptors), 64, kMostChecks),
      [path] {
        auto loaded = load_config(path, SystemResolver());
        shell::NewConfig fresh;
        if (loaded.usable()) fresh.config = std::move(loaded.config);
        fresh.findings = std::move(loaded.findings);
        return fresh;
      },
      [&](const model::Config& config) { log.retarget(log_targets(options, config)); },
      [&] {
        starter.ready();
        io::notify_service_manager("READY=1");
      },
      [&] { loop.stop(); },
      status_socket_path(options.pid_name),
      own_services_path(options.pid_name),
      {own_program(), options.pid_name, setup.replaces},
      {}};
  shell::Driver driver(std::move(parts));
  io::Signals signals(loop.context(), {SIGTERM, SIGINT, SIGQUIT, SIGHUP, kHandOver}, [&](int number) {
    if (number == SIGHUP) return driver.reload();
    if (number == kHandOver) return driver.hand_over();
    io::notify_service_manager("STOPPING=1");
    driver.stop(::sigabbrev_np(number));
  });
  io::Watchdog watchdog(loop.context());
  driver.start(std::move(setup.config));
  loop.run();

  starter.report(1, "ldirectord was stopped before its services stood\n");  // unless it said ready long ago
  log.flush(kLastWords);
  pid_file.remove();
  // Not return: a reload's thread may still be waiting for a name server.
  ::_exit(0);
}

}  // namespace

std::vector<io::LogTarget> log_targets(const Options& options, const model::Config& config) {
  using base::Level;
  auto plain = [](const io::LogRecord& record) { return record.text; };
  if (options.debug) return {io::LogTarget::standard_error(Level::debug, plain)};
  if (config.supervised) return {io::LogTarget::standard_output(Level::info, io::ldirectord_supervised_line)};
  if (!config.logfile.empty() && config.logfile[0] == '/')
    return {io::LogTarget::file(config.logfile, Level::info,
                                [name = options.pid_name](const io::LogRecord& record) {
                                  return io::ldirectord_line(record, name);
                                })};
  return {io::LogTarget::syslog(config.logfile, "ldirectord", Level::info, plain)};
}

int run_daemon(DaemonSetup setup, io::LogSink& log) {
  // While somebody is looking: a kernel without IPVS, a missing privilege.
  if (auto opened = ipvs::Netlink().open(); !opened) return init_error(log, opened.error().message);
  io::Starter starter;
  io::PidFile pid_file;
  if (in_foreground(setup)) {
    if (setup.options.foreground && !setup.options.debug) {
      auto created = io::PidFile::create(setup.pid_file);
      if (!created)
        return init_error(log, fmt::format("Can not open {}: {}", setup.pid_file, created.error().message));
      pid_file = std::move(*created);
    }
    log.publish({core::kStarting, {{"pid", std::to_string(::getpid())}}});
    return serve(setup, log, starter, pid_file);
  }
  log.publish(base::Event(core::kStartingDaemon));
  auto forked = io::daemonise(kStartLimit, 1, 1);
  if (!forked) return init_error(log, forked.error().message);
  starter = std::move(*forked);
  auto created = io::PidFile::create(setup.pid_file);
  if (!created) {
    auto text = fmt::format("Can not open {}", setup.pid_file);
    starter.report(1, fmt::format("{}: {}\n", text, created.error().message));
    return init_error(log, text);
  }
  pid_file = std::move(*created);
  return serve(setup, log, starter, pid_file);
}

}  // namespace ldir
