// SPDX-License-Identifier: Apache-2.0
#include "io/daemon.h"

#include <sys/wait.h>
#include <unistd.h>

#include "io/files.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

using namespace std::chrono_literals;

namespace {

/// The exit code of a command that runs `daemon` in the background.
template <class Daemon>
int exit_code_of(Daemon daemon, base::Duration limit = 0ms) {
  pid_t command = ::fork();
  if (command == 0) {
    auto starter = io::daemonise(limit, 50, 60);
    if (!starter) ::_exit(99);
    daemon(*starter);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(command, &status, 0);
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("the command ends with what its daemon reports") {
  CHECK(exit_code_of([](io::Starter& s) { s.ready(); }) == 0);
  CHECK(exit_code_of([](io::Starter& s) { s.report(2); }) == 2);
  CHECK(exit_code_of([](io::Starter&) {}) == 60);
  CHECK(exit_code_of([](io::Starter&) { ::usleep(5'000'000); }, 20ms) == 50);
}

TEST_CASE("a pid file tells a living owner from a stale one") {
  test::Scratch dir;
  auto path = dir / "x.pid";
  CHECK_FALSE(io::read_pid_file(path));
  CHECK_FALSE(io::pid_file_locked(path));
  REQUIRE(io::write_file(path, "999999\n"));
  CHECK_FALSE(io::pid_file_locked(path));
  {
    auto mine = io::PidFile::create(path);
    REQUIRE(mine);
    CHECK(io::read_pid_file(path) == ::getpid());
    CHECK(io::pid_file_locked(path));
    CHECK(io::PidFile::create(path).error().message == "another process holds it");
    mine->remove();
  }
  CHECK_FALSE(io::read_pid_file(path));
  REQUIRE(io::write_file(path, "rubbish"));
  CHECK_FALSE(io::read_pid_file(path));
  REQUIRE(io::write_file(path, "-5\n"));
  CHECK_FALSE(io::read_pid_file(path));
}

TEST_CASE("a pid file that somebody replaced is not removed") {
  test::Scratch dir;
  auto path = dir / "x.pid";
  auto mine = io::PidFile::create(path);
  REQUIRE(mine);
  REQUIRE(io::write_file(path, "1\n"));
  mine->remove();
  CHECK(io::read_pid_file(path) == 1);
}

TEST_CASE("processes are recognised by their command line") {
  CHECK(io::process_named(::getpid(), "io_test"));
  CHECK_FALSE(io::process_named(::getpid(), "ldirectord"));
  CHECK_FALSE(io::process_named(999999999, ""));
}
