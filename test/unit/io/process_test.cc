// SPDX-License-Identifier: Apache-2.0
#include "io/process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

using namespace std::chrono_literals;

namespace {

io::ProcessSpec shell(const std::string& script) {
  io::ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", script};
  return spec;
}

io::ProcessResult run(io::ProcessSpec spec) {
  io::Loop loop;
  io::ProcessRunner runner(loop.context());
  io::ProcessResult result;
  int calls = 0;
  runner.start(std::move(spec), [&](const io::ProcessResult& r) {
    result = r;
    ++calls;
  });
  REQUIRE(calls == 0);
  REQUIRE(test::run_until(loop, [&] { return calls > 0; }));
  loop.run_for(1ms);
  REQUIRE(calls == 1);
  REQUIRE(runner.running() == 0);
  return result;
}

}  // namespace

TEST_CASE("a program's exit code and output arrive") {
  auto r = run(shell("echo out; echo err >&2; exit 3"));
  CHECK(r.exit_code == 3);
  CHECK(r.signal == 0);
  CHECK_FALSE(r.ok());
  CHECK(r.output == "out\nerr\n");
  CHECK(r.str() == "exit code 3");
}

TEST_CASE("input, environment and folder are as asked") {
  auto spec = shell("cat; echo $FRUIT; pwd");
  spec.input = "hello\n";
  spec.env = {"FRUIT=pear", "PATH=/bin:/usr/bin"};
  spec.cwd = "/";
  CHECK(run(spec).output == "hello\npear\n/\n");
}

TEST_CASE("a program that does not exist") {
  io::ProcessSpec spec;
  spec.argv = {"/no/such/program"};
  auto r = run(spec);
  CHECK(r.exit_code == 127);
  CHECK(r.spawn_error == ENOENT);
  CHECK(r.str() == "could not be started: No such file or directory");
  spec.argv = {"no-such-program-in-path"};
  CHECK(run(spec).spawn_error == ENOENT);
  spec.argv = {};
  CHECK(run(spec).spawn_error == EINVAL);
}

TEST_CASE("a plain name is searched in PATH") {
  io::ProcessSpec spec;
  spec.argv = {"true"};
  CHECK(run(spec).ok());
}

TEST_CASE("the time limit ends the whole group") {
  // The grandchild holds the pipe: only a kill of the group ends it.
  auto spec = shell("sleep 100 & echo $!; sleep 100");
  spec.limit = 2s;  // the shell must have spoken before, on a busy machine, too
  auto r = run(spec);
  CHECK(r.timed_out);
  CHECK(r.signal == SIGTERM);
  auto grandchild = std::stoi(r.output);
  auto end = io::now_mono() + 60s;
  bool gone = false;
  while (!gone && io::now_mono() < end) {
    gone = ::kill(grandchild, 0) != 0;
    if (!gone) {  // a zombie of init's counts as gone
      std::string text;
      if (FILE* f = ::fopen(("/proc/" + std::to_string(grandchild) + "/stat").c_str(), "r")) {
        char buffer[256];
        text = ::fgets(buffer, sizeof buffer, f) ? buffer : "";
        ::fclose(f);
      }
      gone = text.empty() || text.find(") Z") != std::string::npos;
    }
  }
  CHECK(gone);
}

TEST_CASE("who ignores SIGTERM gets SIGKILL") {
  auto spec = shell("trap '' TERM; echo ready; while :; do sleep 1; done");
  spec.limit = 2s;  // the trap must be set before
  spec.grace = 100ms;
  auto r = run(spec);
  CHECK(r.timed_out);
  CHECK(r.signal == SIGKILL);
}

TEST_CASE("output is bounded") {
  auto spec = shell("head -c 1000000 /dev/zero | tr '\\0' x");
  spec.max_output = 1000;
  auto r = run(spec);
  CHECK(r.output.size() == 1000);
  CHECK(r.truncated);
  CHECK(r.exit_code == 0);
}

TEST_CASE("a daemon left behind does not delay the answer") {
  auto spec = shell("sleep 20 & echo $!");
  auto r = run(spec);
  CHECK(r.exit_code == 0);
  CHECK(r.elapsed < 15s);
  ::kill(std::stoi(r.output), SIGKILL);
}

TEST_CASE("lines arrive one by one") {
  std::vector<std::string> lines;
  auto spec = shell("echo a; printf 'b\\nc'");
  spec.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  run(spec);
  CHECK(lines == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("signals of ours that are ignored or blocked are not so in the program") {
  ::signal(SIGPIPE, SIG_IGN);
  // Bits of SIGPIPE (13) in ignored and of anything in blocked.
  auto r = run(shell("grep -E '^Sig(Ign|Blk)' /proc/self/status"));
  CHECK(r.output.find("SigBlk:\t0000000000000000") != std::string::npos);
  CHECK(r.output.find("SigIgn:\t0000000000000000") != std::string::npos);
}

TEST_CASE("other children of the process are left alone") {
  pid_t other = ::fork();
  if (other == 0) ::_exit(7);
  CHECK(run(shell("exit 0")).ok());
  int status = 0;
  REQUIRE(::waitpid(other, &status, 0) == other);
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("the runner may go while a program runs") {
  io::Loop loop;
  bool called = false;
  {
    io::ProcessRunner runner(loop.context());
    runner.start(shell("exit 0"), [&](const io::ProcessResult&) { called = true; });
  }
  for (int i = 0; i < 10; ++i) loop.run_for(10ms);
  CHECK_FALSE(called);
}
