// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/guard.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>

#include "base/text.h"
#include "hbd/shell/parent.h"
#include "hbd/shell/title.h"
#include "io/clock.h"
#include "io/daemon.h"

namespace hbd::shell {
namespace {

constexpr const char* kFor = "HB_STARTED_FOR";
/// Whoever kills every process of the machine, one by one, is to find this one as well before it acts.
constexpr base::Duration kPause = std::chrono::milliseconds(200);
/// A master that dies at once will do so again, and so will a start that fails: not more often than this.
constexpr base::Duration kShortLife = std::chrono::seconds(10), kLongPause = std::chrono::seconds(5);
constexpr std::array kForTheMaster = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};

struct Post {
  std::string program, pid_file;
  std::vector<std::string> arguments;
  pid_t master;
};

/// Ends when it works or has failed; its exit code, or kExitFailure.
int start(const Post& post) {
  std::vector<char*> argv{const_cast<char*>(post.program.c_str())};
  for (const auto& word : post.arguments) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (const int number : kForTheMaster) ::signal(number, SIG_DFL);
    ::setenv(kFor, std::to_string(post.master).c_str(), 1);
    ::execv(post.program.c_str(), argv.data());
    ::_exit(kExitFailure);
  }
  int status = 0;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : kExitFailure;
}

[[noreturn]] void watch(int pipe, const Post& post) {
  const auto began = io::now_mono();
  char goodbye;
  ssize_t got;
  while ((got = ::read(pipe, &goodbye, 1)) < 0 && errno == EINTR) {}
  if (got != 0) ::_exit(0);
  for (auto pause = io::now_mono() - began < kShortLife ? kLongPause : kPause;; pause = kLongPause) {
    ::usleep(static_cast<useconds_t>(base::to_ms(pause) * 1000));
    if (!still_missed(post.pid_file, post.master)) ::_exit(0);
    const int code = start(post);
    // Wrong files, a wrong call and a lack of permission need a person; a lack of memory may pass.
    if (code == kExitOk || code == kExitUsage || code == kExitPermission || code == kExitConfig) ::_exit(code);
  }
}

}  // namespace

bool still_missed(const std::string& pid_file, pid_t master) { return io::read_pid_file(pid_file) == master; }

Guard Guard::post(const std::vector<std::string>& arguments, const std::string& pid_file) {
  std::array<char, PATH_MAX> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  io::Fd from, to;
  if (length <= 0 || !io::make_pipe(from, to)) return {};
  // By its name, not the file that runs: after an upgrade the new one is meant.
  const Post post{std::string(path.data(), static_cast<std::size_t>(length)), pid_file, arguments, ::getpid()};
  const pid_t middle = ::fork();
  if (middle < 0) return {};
  if (middle > 0) {
    ::waitpid(middle, nullptr, 0);
    return Guard(std::move(to));
  }
  if (::fork() != 0) ::_exit(0);  // a child of nobody: the master need not wait for it
  // What stops heartbeat is for the master alone.
  for (const int number : kForTheMaster) ::signal(number, SIG_IGN);
  const int pipe = ::dup2(from.get(), 3);
  ::fcntl(pipe, F_SETFD, FD_CLOEXEC);
  ::closefrom(pipe + 1);  // not least the pipe's other end, and that of the command which waits for the master
  set_title("heartbeat: guard process");
  watch(pipe, post);
}

Guard::~Guard() {
  if (pipe_) (void)!::write(pipe_.get(), "", 1);
}

std::optional<pid_t> started_for() {
  const char* said = ::getenv(kFor);
  const auto master = said ? base::parse_number<pid_t>(said) : std::nullopt;
  ::unsetenv(kFor);
  return master;
}

}  // namespace hbd::shell
