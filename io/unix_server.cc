// SPDX-License-Identifier: Apache-2.0
#include "io/unix_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "io/asio.h"
#include "io/timer.h"

namespace io {
namespace {

using Descriptor = asio::posix::stream_descriptor;

base::Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return base::fail("socket path is too long", ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  return address;
}

}  // namespace

struct UnixConnection::Impl : std::enable_shared_from_this<UnixConnection::Impl> {
  Impl(Context& c, Fd socket, std::size_t max) : context(c), descriptor(c), max_unsent(max) {
    set_nonblocking(socket.get());
    ucred who{};
    socklen_t length = sizeof who;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &who, &length) == 0) peer = {who.pid, who.uid, who.gid};
    descriptor.assign(socket.release());
  }

  void read_more() {
    if (paused || std::exchange(waiting_to_read, true)) return;
    descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      self->waiting_to_read = false;
      if (error || !self->descriptor.is_open() || self->paused) return;
      char buffer[16384];
      auto n = ::read(self->descriptor.native_handle(), buffer, sizeof buffer);
      if (n > 0) self->on_bytes(std::string_view(buffer, static_cast<std::size_t>(n)));
      if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return self->close_and_tell();
      if (self->descriptor.is_open()) self->read_more();
    });
  }

  void flush() {
    while (!unsent.empty()) {
      auto n = ::send(descriptor.native_handle(), unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) {
        unsent.erase(0, static_cast<std::size_t>(n));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return fail_later();
      if (std::exchange(waiting_to_write, true)) return;
      descriptor.async_wait(Descriptor::wait_write,
                            [self = shared_from_this()](const boost::system::error_code& error) {
                              self->waiting_to_write = false;
                              if (!error && self->descriptor.is_open()) self->flush();
                            });
      return;
    }
    if (finishing) fail_later();
  }

  /// The owner may be in the middle of send(): tell it from the loop.
  void fail_later() {
    if (std::exchange(failing, true)) return;
    asio::post(context, [self = shared_from_this()] { self->close_and_tell(); });
  }

  void close_and_tell() {
    if (!descriptor.is_open()) return;
    boost::system::error_code ignored;
    descriptor.close(ignored);
    // Moved out: the callback usually destroys the connection, and with it itself.
    auto tell = std::move(on_closed);
    on_closed = nullptr;
    if (tell) tell();
  }

  Context& context;
  Descriptor descriptor;
  Peer peer;
  std::size_t max_unsent;
  std::string unsent;
  bool waiting_to_read = false, paused = false, waiting_to_write = false, finishing = false, failing = false;
  std::function<void(std::string_view)> on_bytes;
  std::function<void()> on_closed;
};

UnixConnection::UnixConnection(Context& context, Fd socket, std::size_t max_unsent)
    : impl_(std::make_shared<Impl>(context, std::move(socket), max_unsent)) {}

UnixConnection::~UnixConnection() {
  boost::system::error_code ignored;
  impl_->descriptor.close(ignored);
  impl_->on_closed = nullptr;
}

const UnixConnection::Peer& UnixConnection::peer() const { return impl_->peer; }

void UnixConnection::start(std::function<void(std::string_view)> on_bytes, std::function<void()> on_closed) {
  impl_->on_bytes = std::move(on_bytes);
  impl_->on_closed = std::move(on_closed);
  impl_->read_more();
}

bool UnixConnection::send(std::string_view bytes) {
  if (!is_open()) return true;  // on_closed is on its way
  if (impl_->unsent.size() + bytes.size() > impl_->max_unsent) {
    impl_->fail_later();
    return false;
  }
  bool idle = impl_->unsent.empty();
  impl_->unsent += bytes;
  if (idle) impl_->flush();
  return true;
}

void UnixConnection::pause() { impl_->paused = true; }

void UnixConnection::resume() {
  if (!std::exchange(impl_->paused, false) || !impl_->descriptor.is_open()) return;
  impl_->read_more();
}

void UnixConnection::finish() {
  impl_->finishing = true;
  if (is_open() && impl_->unsent.empty()) impl_->fail_later();
}

bool UnixConnection::is_open() const { return impl_->descriptor.is_open() && !impl_->failing; }

struct UnixServer::Impl : std::enable_shared_from_this<UnixServer::Impl> {
  Impl(Context& c, Fd listening, OnConnection fn)
      : context(c), descriptor(c), pause(c), on_connection(std::move(fn)) {
    set_nonblocking(listening.get());
    descriptor.assign(listening.release());
  }

  void accept_more() {
    descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (error || !self->descriptor.is_open()) return;
      Fd socket(::accept4(self->descriptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (socket) {
        self->on_connection(std::make_unique<UnixConnection>(self->context, std::move(socket), self->max_unsent));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        // The caller stays in the backlog and keeps us readable: look again later instead of spinning.
        self->pause.after(std::chrono::milliseconds(100), [self] { self->accept_more(); });
        return;
      }
      if (self->descriptor.is_open()) self->accept_more();
    });
  }

  Context& context;
  Descriptor descriptor;
  Timer pause;
  OnConnection on_connection;
  std::string path;
  std::size_t max_unsent = 0;
};

base::Result<Fd> listen_unix(const std::string& path, unsigned mode, uid_t owner, gid_t group) {
  auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return base::fail(std::strerror(errno), errno);
  // Only a socket is ever removed, never a file that happens to have the name.
  if (struct stat st {}; ::lstat(path.c_str(), &st) == 0 && S_ISSOCK(st.st_mode)) ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&*address), sizeof *address) != 0 ||
      ::chmod(path.c_str(), mode) != 0 || ::listen(fd.get(), 64) != 0)
    return base::fail(fmt::format("{}: {}", path, std::strerror(errno)), errno);
  if ((owner != static_cast<uid_t>(-1) || group != static_cast<gid_t>(-1)) &&
      ::lchown(path.c_str(), owner, group) != 0)
    return base::fail(fmt::format("{}: {}", path, std::strerror(errno)), errno);
  return fd;
}

base::Result<Fd> connect_unix(const std::string& path) {
  auto address = address_of(path);
  if (!address) return tl::unexpected(address.error());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<sockaddr*>(&*address), sizeof *address) != 0)
    return base::fail(fmt::format("{}: {}", path, std::strerror(errno)), errno);
  return fd;
}

base::Result<std::unique_ptr<UnixServer>> UnixServer::listen(Context& context, const std::string& path, unsigned mode,
                                                             uid_t owner, gid_t group, OnConnection on_connection) {
  auto fd = listen_unix(path, mode, owner, group);
  if (!fd) return tl::unexpected(fd.error());
  auto server = adopt(context, std::move(*fd), std::move(on_connection));
  server->impl_->path = path;
  return server;
}

std::unique_ptr<UnixServer> UnixServer::adopt(Context& context, Fd listening, OnConnection on_connection,
                                              std::size_t max_unsent) {
  std::unique_ptr<UnixServer> server(new UnixServer());
  server->impl_ = std::make_shared<Impl>(context, std::move(listening), std::move(on_connection));
  server->impl_->max_unsent = max_unsent;
  server->impl_->accept_more();
  return server;
}

UnixServer::~UnixServer() {
  boost::system::error_code ignored;
  impl_->pause.cancel();
  impl_->descriptor.close(ignored);
  if (!impl_->path.empty()) ::unlink(impl_->path.c_str());
}

}  // namespace io
