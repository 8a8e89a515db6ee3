// SPDX-License-Identifier: Apache-2.0
#include "io/watchdog.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "io/fd.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

namespace {

/// Where systemd listens, for as long as it lives.
class Manager {
 public:
  Manager(const std::string& usec, const std::string& pid)
      : path_("/tmp/upbeat-watchdog-" + std::to_string(::getpid())),
        fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    path_.copy(where.sun_path, sizeof where.sun_path - 1);
    ::unlink(path_.c_str());
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
    ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
    ::setenv("WATCHDOG_USEC", usec.c_str(), 1);
    ::setenv("WATCHDOG_PID", pid.c_str(), 1);
  }
  ~Manager() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
    ::unlink(path_.c_str());
  }
  int heard() {
    char text[64];
    for (ssize_t n; (n = ::recv(fd_.get(), text, sizeof text, 0)) > 0;)
      if (std::string(text, static_cast<std::size_t>(n)) == "WATCHDOG=1") ++heard_;
    return heard_;
  }

 private:
  std::string path_;
  io::Fd fd_;
  int heard_ = 0;
};

}  // namespace

TEST_CASE("the service manager's watchdog is fed again and again while the loop turns") {
  Manager manager("20000", std::to_string(::getpid()));
  CHECK(io::watchdog_limit() == std::chrono::milliseconds(20));
  io::Loop loop;
  io::Watchdog watchdog(loop.context());
  CHECK(test::run_until(loop, [&] { return manager.heard() >= 3; }));
}

TEST_CASE("a watchdog for nobody, or for another process, is not fed") {
  for (const auto& [usec, pid] : {std::pair<std::string, std::string>{"0", std::to_string(::getpid())},
                                  {"junk", std::to_string(::getpid())},
                                  {"20000", "1"}}) {
    Manager manager(usec, pid);
    CHECK_FALSE(io::watchdog_limit());
    io::Loop loop;
    io::Watchdog watchdog(loop.context());
    loop.run_for(std::chrono::milliseconds(30));
    CHECK(manager.heard() == 0);
  }
}
