// SPDX-License-Identifier: Apache-2.0
#include "ldir/verbs.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "io/clock.h"
#include "io/daemon.h"
#include "ldir/core/events.h"
#include "ldir/core/status.h"
#include "ldir/shell/instances.h"
#include "ldir/shell/status_server.h"

namespace ldir {
namespace {

/// Above the daemon's own limits for cleaning the table and for its last errands.
constexpr base::Duration kStopWait = std::chrono::seconds(40);
constexpr base::Duration kKillWait = std::chrono::seconds(5);
constexpr base::Duration kStatusWait = std::chrono::seconds(5);

std::string program_of(pid_t pid) {
  char path[4096];
  auto n = ::readlink(fmt::format("/proc/{}/exe", pid).c_str(), path, sizeof path);
  std::string program(path, n > 0 ? static_cast<std::size_t>(n) : 0);
  constexpr std::string_view kReplaced = " (deleted)";  // by a newer one meanwhile
  if (program.ends_with(kReplaced)) program.resize(program.size() - kReplaced.size());
  return program;
}

void pause_briefly() {
  timespec t{0, 20'000'000};
  ::nanosleep(&t, nullptr);
}

int leave(const Situation& s, int code) {
  if (code != 0)
    s.log.publish({core::kExit,
                   {{"status", std::to_string(code)},
                    {"reason", fmt::format("Exiting from ldirectord {}", s.options.verb_word)}}});
  return code;
}

/// What the daemon says of itself; one of another make, or one that hangs, says nothing.
void print_details(const Situation& s) {
  auto details = shell::ask_status(s.status_socket, s.options.status_form, kStatusWait);
  if (details) fmt::print("{}", *details);
  else if (s.options.status_form != shell::kAskText)
    fmt::print(stderr, "ldirectord: no details: {}\n", details.error().message);
  std::fflush(stdout);
}

}  // namespace

std::string own_program() { return program_of(::getpid()); }

void run_instances_status(const Situation& s, const std::vector<std::string>& configs) {
  const char* chain = ::getenv(shell::kChainVariable);
  auto before = std::string(chain ? chain : "");
  ::setenv(shell::kChainVariable, fmt::format("{}:{}", before, s.options.pid_name).c_str(), 1);
  auto program = own_program();
  for (const auto& config : configs) {
    if (shell::in_chain(before, s.options.pid_name, config)) continue;
    std::string arguments[] = {program, config, "status"};
    char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
    pid_t child = 0;
    if (::posix_spawn(&child, program.c_str(), nullptr, nullptr, argv, environ) == 0) ::waitpid(child, nullptr, 0);
  }
}

Found look_for_daemon(const std::string& pid_file) {
  Found found;
  struct stat st {};
  found.has_file = ::stat(pid_file.c_str(), &st) == 0;
  auto pid = io::read_pid_file(pid_file);
  if (!pid || *pid == ::getpid() || !io::process_named(*pid, "ldirectord")) return found;
  // The name in the command line is what the historic program asks for, and finds in another instance that got a
  // recycled pid. One of our own kind holds a lock on its file.
  if (!io::pid_file_locked(pid_file) && program_of(*pid) == program_of(::getpid())) return found;
  found.running = *pid;
  return found;
}

int run_status(const Situation& s) {
  if (s.found.running) {
    auto pid = std::to_string(*s.found.running);
    fmt::print(stderr, "ldirectord for {} is running with pid: {}\n", s.config_path, pid);
    s.log.publish({core::kRunning, {{"path", s.config_path}, {"pid", pid}}});
    print_details(s);
    s.log.publish({core::kExitPlain, {{"verb", s.options.verb_word}}});
    return 0;
  }
  if (s.found.has_file) {
    fmt::print(stderr, "ldirectord stale pid file {} for {}\n", s.pid_file, s.config_path);
    s.log.publish({core::kStalePid, {{"pid_file", s.pid_file}, {"path", s.config_path}}});
  }
  if (s.options.status_form == shell::kAskJson)
    fmt::print("{}", core::status_json({s.config_path, "stopped", 0, {}, io::now_wall(), {}}));
  else
    fmt::print("ldirectord is stopped for {}\n", s.config_path);
  std::fflush(stdout);
  return leave(s, s.found.has_file ? 1 : 3);
}

int run_stop(const Situation& s) {
  if (!s.found.running) return 0;
  auto ended = end_daemon(*s.found.running, kStopWait);
  if (ended == Ended::yes) return 0;
  if (ended == Ended::refused) {
    fmt::print(stderr, "ldirectord: cannot signal the daemon (pid {}): {}\n", *s.found.running, std::strerror(EPERM));
    return leave(s, 1);
  }
  fmt::print(stderr, "ldirectord: the daemon (pid {}) has not ended within {} s\n", *s.found.running,
             kStopWait / std::chrono::seconds(1));
  return leave(s, 1);
}

int run_reload(const Situation& s) {
  if (s.found.running) {
    if (::kill(*s.found.running, SIGHUP) == 0) return 0;
    std::perror("ldirectord: cannot signal the daemon");
    return leave(s, 1);
  }
  s.log.publish({core::kStopped, {{"path", s.config_path}}});
  return leave(s, 1);
}

Ended end_daemon(pid_t pid, base::Duration limit, int signal) {
  if (::kill(pid, signal) != 0 && errno == EPERM) return Ended::refused;
  auto end = io::now_mono() + limit;
  // A zombie that nobody reaps has no command line any more: it counts as ended.
  while (io::process_named(pid, "ldirectord")) {
    if (io::now_mono() > end) return Ended::late;
    pause_briefly();
  }
  return Ended::yes;
}

Ended replace_daemon(pid_t pid, base::Duration limit) {
  bool ours = program_of(pid) == program_of(::getpid());
  auto ended = end_daemon(pid, limit, ours ? kHandOver : SIGTERM);
  if (ended != Ended::late || !ours) return ended;
  return end_daemon(pid, kKillWait, SIGKILL) == Ended::yes ? Ended::killed : Ended::late;
}

}  // namespace ldir
