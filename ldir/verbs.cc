// SPDX-License-Identifier: Apache-2.0
#include "ldir/verbs.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "io/clock.h"
#include "io/daemon.h"
#include "ldir/core/events.h"

namespace ldir {
namespace {

constexpr base::Duration kStopWait = std::chrono::seconds(30);

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

}  // namespace

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
    s.log.publish({core::kExitPlain, {{"verb", s.options.verb_word}}});
    return 0;
  }
  if (s.found.has_file) {
    fmt::print(stderr, "ldirectord stale pid file {} for {}\n", s.pid_file, s.config_path);
    s.log.publish({core::kStalePid, {{"pid_file", s.pid_file}, {"path", s.config_path}}});
  }
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
  return end_daemon(pid, limit, ours ? kHandOver : SIGTERM);
}

}  // namespace ldir
