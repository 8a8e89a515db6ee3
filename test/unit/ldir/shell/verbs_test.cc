// SPDX-License-Identifier: Apache-2.0
// The verbs that speak to a running daemon, with a stand-in for it: any process whose command line has the word.
#include "ldir/verbs.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/daemon.h"
#include "io/files.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

using namespace std::chrono_literals;

namespace {

/// A process called "ldirectord" that lives until it is told to end.
struct StandIn {
  pid_t pid;
  StandIn() : pid(::fork()) {
    if (pid == 0) {
      ::execl("/bin/sleep", "ldirectord", "60", nullptr);
      ::_exit(1);
    }
    auto end = io::now_mono() + 10s;
    while (!io::process_named(pid, "ldirectord") && io::now_mono() < end) ::usleep(1000);
  }
  ~StandIn() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
};

/// One of our own make that hangs: this very program, in the case below.
struct Hanging {
  pid_t pid;
  explicit Hanging(const char* word) : pid(::fork()) {
    if (pid == 0) {
      ::signal(ldir::kHandOver, SIG_IGN);
      ::execl("/proc/self/exe", word, "[.hang]", nullptr);
      ::_exit(1);
    }
    auto end = io::now_mono() + 10s;
    while (!io::process_named(pid, "[.hang]") && io::now_mono() < end) ::usleep(1000);
  }
  ~Hanging() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
};

struct Bench {
  test::Scratch dir;
  std::string pid_file = dir / "x.pid";
  ldir::Options options;
  io::LogSink log{{io::LogTarget::file(dir / "log", base::Level::info, [](const io::LogRecord& r) { return r.text; })}};
  ldir::Situation situation() {
    return {options, "/etc/ha.d/x.cf", pid_file, ldir::look_for_daemon(pid_file), log};
  }
  std::string logged() { return io::read_file(dir / "log").value_or(""); }
};

}  // namespace

TEST_CASE("what hangs", "[.hang]") {
  ::alarm(60);
  ::pause();
}

TEST_CASE("a daemon of ours that does not hand over is killed, so that it does not end later and leave nobody") {
  Hanging daemon("ldirectord");
  REQUIRE(io::process_named(daemon.pid, "ldirectord"));
  CHECK(ldir::replace_daemon(daemon.pid, 100ms) == ldir::Ended::killed);
  int status = 0;
  REQUIRE(::waitpid(daemon.pid, &status, 0) == daemon.pid);  // its own alarm ends it otherwise
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
}

TEST_CASE("a daemon of another make is never killed: it may have children of its own") {
  StandIn daemon;
  ::kill(daemon.pid, SIGSTOP);  // so that it does not end of SIGTERM
  int status = 0;
  REQUIRE(::waitpid(daemon.pid, &status, WUNTRACED) == daemon.pid);
  CHECK(ldir::replace_daemon(daemon.pid, 100ms) == ldir::Ended::late);
  CHECK(::waitpid(daemon.pid, nullptr, WNOHANG) == 0);
}

TEST_CASE("no pid file: stopped") {
  Bench bench;
  bench.options.verb_word = "status";
  CHECK(ldir::run_status(bench.situation()) == 3);
  CHECK(bench.logged() == "Exiting with exit_status 3: Exiting from ldirectord status\n");
  CHECK(ldir::run_stop(bench.situation()) == 0);
  CHECK(ldir::run_reload(bench.situation()) == 1);
}

TEST_CASE("a stale pid file is told, and left") {
  Bench bench;
  bench.options.verb_word = "status";
  for (auto text : {"999999999\n", "rubbish\n", "1\n", ""}) {
    REQUIRE(io::write_file(bench.pid_file, text));
    CHECK(ldir::run_status(bench.situation()) == 1);
    CHECK(ldir::run_stop(bench.situation()) == 0);
    CHECK(ldir::run_reload(bench.situation()) == 1);
    CHECK(io::read_file(bench.pid_file).value() == text);
  }
  CHECK(bench.logged().starts_with(
      fmt::format("ldirectord stale pid file {} for /etc/ha.d/x.cf\nExiting with exit_status 1", bench.pid_file)));
}

TEST_CASE("a running daemon is found, told to reload, and stopped for good") {
  Bench bench;
  bench.options.verb_word = "status";
  StandIn daemon;
  REQUIRE(io::write_file(bench.pid_file, fmt::format("{}\n", daemon.pid)));
  auto s = bench.situation();
  REQUIRE(s.found.running == daemon.pid);
  CHECK(ldir::run_status(s) == 0);
  CHECK(bench.logged() == fmt::format("ldirectord for /etc/ha.d/x.cf is running with pid: {}\n"
                                      "Exiting from ldirectord status\n", daemon.pid));
  // It is our child, so it stays as a zombie: that counts as ended.
  CHECK(ldir::run_stop(s) == 0);
  CHECK_FALSE(ldir::look_for_daemon(bench.pid_file).running);
  CHECK(io::read_file(bench.pid_file).has_value());
}
