// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/guard.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>

#include "hbd/shell/title.h"
#include "io/clock.h"

namespace hbd::shell {
namespace {

constexpr const char* kFor = "HB_STARTED_FOR";
/// Whoever kills every process of the machine, one by one, is to find this one as well before it acts.
constexpr base::Duration kPause = std::chrono::milliseconds(200);
/// A master that dies at once will do so again: not more often than this.
constexpr base::Duration kShortLife = std::chrono::seconds(10), kLongPause = std::chrono::seconds(5);

constexpr std::array kForTheMaster = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};

[[noreturn]] void watch(int pipe, const std::string& program, const std::string& master, std::vector<char*> argv) {
  const auto began = io::now_mono();
  char word;
  ssize_t got;
  while ((got = ::read(pipe, &word, 1)) < 0 && errno == EINTR) {}
  if (got != 0) ::_exit(0);
  const auto pause = io::now_mono() - began < kShortLife ? kLongPause : kPause;
  ::usleep(static_cast<useconds_t>(base::to_ms(pause) * 1000));
  for (const int number : kForTheMaster) ::signal(number, SIG_DFL);
  ::setenv(kFor, master.c_str(), 1);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

}  // namespace

Guard Guard::post(const std::vector<std::string>& arguments) {
  std::array<char, PATH_MAX> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  io::Fd from, to;
  if (length <= 0 || !io::make_pipe(from, to)) return {};
  // By its name, not the file that runs: after an upgrade the new one is meant.
  const std::string program(path.data(), static_cast<std::size_t>(length));
  const auto master = std::to_string(::getpid());
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
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
  ::close_range(4, ~0U, 0);
  set_title("heartbeat: guard process");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  watch(pipe, program, master, std::move(argv));
}

Guard::~Guard() {
  if (pipe_) (void)!::write(pipe_.get(), "", 1);
}

std::string started_for() {
  const char* said = ::getenv(kFor);
  std::string master(said ? said : "");
  ::unsetenv(kFor);
  return master;
}

}  // namespace hbd::shell
