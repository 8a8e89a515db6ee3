// SPDX-License-Identifier: Apache-2.0
// In a process of its own, since there is no way back.
#include "hbd/shell/confine.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <thread>

#include "test/support/catch.h"

namespace {

enum Outcome { kYes = 0, kNo = 1, kNoFilter = 2 };

/// What `attempt` says in a confined process.
int confined(const std::function<bool()>& attempt) {
  pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!hbd::shell::confine()) ::_exit(kNoFilter);
    ::_exit(attempt() ? kYes : kNo);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

bool refused(long result) {
  return result == -1 && errno == EPERM;
}

}  // namespace

TEST_CASE("a confined process is refused what it never needs, and lives on") {
  if (confined([] { return true; }) == kNoFilter) {
    // A build with libseccomp confines wherever the kernel has filters.
    REQUIRE((!WITH_SECCOMP || ::prctl(PR_GET_SECCOMP) < 0));
    WARN("no filter of system calls in this build or on this kernel");
    return;
  }
  CHECK(confined([] { return refused(::fork()); }) == kYes);
  CHECK(confined([] { return refused(::execl("/bin/true", "true", nullptr)); }) == kYes);
  CHECK(confined([] { return refused(::socket(AF_INET, SOCK_STREAM, 0)); }) == kYes);
  CHECK(confined([] { return refused(::socket(AF_NETLINK, SOCK_RAW, 0)); }) == kYes);
  CHECK(confined([] { return refused(::open("/tmp/upbeat-confined", O_WRONLY | O_CREAT, 0600)); }) == kYes);
  CHECK(confined([] { return refused(::open("/dev/null", O_RDWR)); }) == kYes);
  CHECK(confined([] { return refused(::unlink("/tmp/upbeat-confined")); }) == kYes);
  CHECK(confined([] { return refused(::setuid(0)); }) == kYes);
  CHECK(confined([] { return refused(::syscall(SYS_ptrace, 0, 0, 0, 0)); }) == kYes);
  CHECK(confined([] { return refused(::unshare(CLONE_NEWNS)); }) == kYes);
}

TEST_CASE("what the cluster process does goes on working when it is confined") {
  if (confined([] { return true; }) == kNoFilter) return;
  CHECK(confined([] { return ::open("/proc/loadavg", O_RDONLY | O_CLOEXEC) >= 0; }) == kYes);
  CHECK(confined([] { return ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0; }) == kYes);
  CHECK(confined([] {
          bool ran = false;
          std::thread([&ran] { ran = true; }).join();
          return ran;
        }) == kYes);
  CHECK(confined([] {
          int ends[2];
          char byte = 0;
          return ::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0 && ::send(ends[0], "x", 1, 0) == 1 &&
                 ::recv(ends[1], &byte, 1, 0) == 1;
        }) == kYes);
}
