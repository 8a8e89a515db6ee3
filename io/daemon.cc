// SPDX-License-Identifier: Apache-2.0
#include "io/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/text.h"
#include "io/clock.h"
#include "io/files.h"

namespace io {
namespace {

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// What the daemon says is one byte of exit code, then text for stderr.
[[noreturn]] void wait_for_report(int from, base::Duration limit, int late_code, int lost_code) {
  auto end = limit > base::Duration::zero() ? now_mono() + limit : base::kNever;
  std::string report;
  for (;;) {
    int wait_ms = -1;
    if (end != base::kNever) wait_ms = static_cast<int>(std::max<std::int64_t>(0, base::to_ms(end - now_mono())));
    pollfd item{from, POLLIN, 0};
    int got = ::poll(&item, 1, wait_ms);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) ::_exit(late_code);
    char buffer[4096];
    auto n = ::read(from, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    report.append(buffer, static_cast<std::size_t>(n));
  }
  if (report.empty()) ::_exit(lost_code);
  write_all(2, std::string_view(report).substr(1));
  ::_exit(static_cast<unsigned char>(report[0]));
}

}  // namespace

void Starter::report(int code, std::string_view text) {
  if (!to_parent_) return;
  std::string bytes(1, static_cast<char>(code));
  bytes += text;
  write_all(to_parent_.get(), bytes);
  to_parent_.reset();
}

base::Result<Starter> daemonise(base::Duration limit, int late_code, int lost_code) {
  Fd from, to;
  if (!make_pipe(from, to)) return base::fail(fmt::format("cannot make a pipe: {}", std::strerror(errno)), errno);
  pid_t middle = ::fork();
  if (middle < 0) return base::fail(fmt::format("fork failed: {}", std::strerror(errno)), errno);
  if (middle > 0) {
    to.reset();
    ::waitpid(middle, nullptr, 0);
    wait_for_report(from.get(), limit, late_code, lost_code);
  }
  ::setsid();
  // The session leader ends at once, so that the daemon can never acquire a terminal.
  pid_t daemon = ::fork();
  if (daemon != 0) ::_exit(daemon < 0 ? 1 : 0);
  from.reset();
  (void)!::chdir("/");
  ::umask(022);
  Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd : {0, 1, 2}) ::dup2(null.get(), fd);
  if (null.get() <= 2) null.release();
  return Starter(std::move(to));
}

base::Result<PidFile> PidFile::create(const std::string& path) {
  // Twice: between open and lock the former owner may have removed the file that we hold open.
  for (int attempt = 0; attempt < 2; ++attempt) {
    PidFile file;
    file.path_ = path;
    file.fd_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file.fd_) return base::fail(std::strerror(errno), errno);
    if (::flock(file.fd_.get(), LOCK_EX | LOCK_NB) != 0) return base::fail("another process holds it", EWOULDBLOCK);
    struct stat named {}, open {};
    if (::stat(path.c_str(), &named) != 0 || ::fstat(file.fd_.get(), &open) != 0 || named.st_ino != open.st_ino)
      continue;
    auto text = fmt::format("{}\n", ::getpid());
    if (::ftruncate(file.fd_.get(), 0) != 0 ||
        ::write(file.fd_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      return base::fail(std::strerror(errno), errno);
    return file;
  }
  return base::fail("it keeps changing", EAGAIN);
}

void PidFile::remove() {
  if (!fd_) return;
  struct stat named {}, open {};
  if (::stat(path_.c_str(), &named) == 0 && ::fstat(fd_.get(), &open) == 0 && named.st_ino == open.st_ino)
    ::unlink(path_.c_str());
  fd_.reset();
}

std::optional<pid_t> read_pid_file(const std::string& path) {
  auto text = read_file(path, 4096);
  if (!text) return std::nullopt;
  auto pid = base::parse_number<pid_t>(base::trim(*text));
  if (!pid || *pid <= 0) return std::nullopt;
  return pid;
}

bool process_named(pid_t pid, std::string_view word) {
  auto line = read_file(fmt::format("/proc/{}/cmdline", pid));
  return line && line->find(word) != std::string::npos;
}

bool pid_file_locked(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

void notify_service_manager(std::string_view state) {
  const char* where = ::getenv("NOTIFY_SOCKET");
  std::string_view path = where ? where : "";
  sockaddr_un address{};
  if (path.size() < 2 || path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';  // abstract name space
  Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  (void)!::sendto(fd.get(), state.data(), state.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                  reinterpret_cast<sockaddr*>(&address), length);
}

}  // namespace io
