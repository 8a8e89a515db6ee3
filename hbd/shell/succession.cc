// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/succession.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hbd/shell/channel.h"

namespace hbd::shell {
namespace {

bool address_of(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  path.copy(address.sun_path, path.size());
  return true;
}

io::Fd connect_to(const std::string& path) {
  sockaddr_un address;
  io::Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd || !address_of(path, address) || ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return {};
  return fd;
}

}  // namespace

bool bind_socket(const std::string& path, int type, unsigned mode, io::Fd& out) {
  sockaddr_un address;
  if (!address_of(path, address)) return false;
  io::Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (struct stat st {}; ::lstat(path.c_str(), &st) == 0 && S_ISSOCK(st.st_mode)) ::unlink(path.c_str());
  if (!fd || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), mode) != 0)
    return false;
  out = std::move(fd);
  return true;
}

bool succession_socket(const std::string& path, io::Fd& out) {
  return bind_socket(path, SOCK_SEQPACKET, 0600, out) && ::listen(out.get(), 4) == 0;
}

bool orphan_alive(const std::string& path) { return static_cast<bool>(connect_to(path)); }

std::optional<Inheritance> claim_succession(const std::string& path) {
  auto socket = connect_to(path);
  if (!socket) return std::nullopt;
  timeval limit{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (!send_one(socket.get(), ipc::Go{}, {})) return std::nullopt;
  auto answer = receive_one(socket.get());
  if (!answer || answer->second.size() != 1) return std::nullopt;
  const auto* handover = std::get_if<ipc::Handover>(&answer->first);
  if (!handover) return std::nullopt;
  return Inheritance{handover->generation, Memory(std::move(answer->second[0]))};
}

base::Result<io::PidFile> make_pid_file(const std::string& path) {
  auto file = io::PidFile::create(path);
  if (file && !write_pid(path, ::getpid())) return base::fail(std::strerror(errno), errno);
  return file;
}

bool write_pid(const std::string& path, pid_t pid) {
  io::Fd fd(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW));
  auto text = fmt::format("{:10}\n", pid);
  return fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::optional<pid_t> running_master(const Paths& paths) {
  auto pid = io::read_pid_file(paths.pid_file());
  if (!pid || ::kill(*pid, 0) != 0) {
    if (!pid || errno != EPERM) return std::nullopt;
  }
  // The lock is ours; a foreign heartbeat holds none, but has the title.
  if (io::pid_file_locked(paths.pid_file()) || io::process_named(*pid, "heartbeat: master control process")) return pid;
  return std::nullopt;
}

}  // namespace hbd::shell
