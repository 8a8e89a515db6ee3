// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/succession.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hbd/shell/channel.h"
#include "test/unit/hbd/shell/scratch.h"
#include "test/support/catch.h"

using namespace hbd::shell;

TEST_CASE("the pid file has the original's format and tells a living master from a stale file") {
  Scratch dir;
  std::filesystem::create_directories(dir.path + "/var/run");
  Paths paths{dir.path, {}};
  CHECK_FALSE(running_master(paths));
  {
    auto file = make_pid_file(paths.pid_file());
    REQUIRE(file);
    auto text = dir.read("var/run/heartbeat.pid");
    CHECK(text.size() == 11);
    CHECK(text.back() == '\n');
    CHECK(running_master(paths) == ::getpid());
    CHECK_FALSE(make_pid_file(paths.pid_file()));
    file->remove();
  }
  CHECK_FALSE(std::filesystem::exists(paths.pid_file()));
  dir.file("var/run/heartbeat.pid", "      4242\n");
  dir.file("var/run/heartbeat.pid", std::to_string(::getpid()) + "\n");  // alive, but no heartbeat and no lock
  CHECK_FALSE(running_master(paths));
}

TEST_CASE("an orphan's journal goes to who asks; no orphan, no answer") {
  Scratch dir;
  auto path = dir.path + "/successor";
  CHECK_FALSE(claim_succession(path));
  io::Fd listening;
  REQUIRE(succession_socket(path, listening));
  CHECK(orphan_alive(path));
  auto memory = Memory::create();
  REQUIRE(memory);
  REQUIRE(memory->store("0\nmemento"));
  pid_t orphan = ::fork();
  if (orphan == 0) {
    // The connection of orphan_alive above comes first; it says nothing.
    for (int i = 0; i < 2; ++i) {
      pollfd ready{listening.get(), POLLIN, 0};
      ::poll(&ready, 1, 5000);
      io::Fd peer(::accept(listening.get(), nullptr, nullptr));
      if (receive_one(peer.get())) send_one(peer.get(), ipc::Handover{42, 0}, {memory->descriptor()});
    }
    ::_exit(0);
  }
  auto got = claim_succession(path);
  ::waitpid(orphan, nullptr, 0);
  REQUIRE(got);
  CHECK(got->generation == 42);
  CHECK(got->journal.load() == "0\nmemento");
}
