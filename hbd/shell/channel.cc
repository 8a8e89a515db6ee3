// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>

#include "io/asio.h"

namespace hbd::shell {
namespace {

using Descriptor = asio::posix::stream_descriptor;

constexpr std::size_t kMaxDescriptors = 8;
constexpr std::size_t kMaxWaiting = 20000;  // messages; a stopped process must not eat the other's memory
constexpr int kBuffer = 1024 * 1024;
constexpr int kPerTurn = 64;

struct Waiting {
  std::string bytes;
  std::vector<io::Fd> descriptors;
};

ssize_t put(int socket, std::string_view bytes, const int* descriptors, std::size_t count) {
  iovec data{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  if (count > 0) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    auto* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int) * count);
    std::memcpy(CMSG_DATA(c), descriptors, sizeof(int) * count);
  }
  ssize_t n;
  do n = ::sendmsg(socket, &header, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n;
}

/// 0 at end of file, -1 with errno, else the length.
ssize_t take(int socket, std::string& bytes, std::vector<io::Fd>& descriptors) {
  bytes.resize(ipc::kMaxMessage);
  iovec data{bytes.data(), bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t n;
  do n = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  if (n < 0) return n;
  for (auto* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    auto count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  return n;
}

}  // namespace

struct Channel::Impl : std::enable_shared_from_this<Channel::Impl> {
  Impl(io::Context& c, io::Fd socket) : context(c), descriptor(c) { descriptor.assign(socket.release()); }

  void read_more() {
    descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
      if (error || !self->descriptor.is_open()) return;
      for (int i = 0; i < kPerTurn && self->descriptor.is_open(); ++i)
        if (!self->read_one()) break;
      if (self->descriptor.is_open()) self->read_more();
    });
  }

  bool read_one() {
    std::string bytes;
    std::vector<io::Fd> descriptors;
    auto n = take(descriptor.native_handle(), bytes, descriptors);
    if (n < 0 && errno == EAGAIN) return false;
    if (n <= 0) {
      close("the other process is gone");
      return false;
    }
    auto message = ipc::decode(bytes);
    if (!message) {
      close("a message that cannot be");
      return false;
    }
    on_message(std::move(*message), std::move(descriptors));
    return true;
  }

  void flush() {
    while (!waiting.empty()) {
      std::vector<int> numbers;
      for (const auto& fd : waiting.front().descriptors) numbers.push_back(fd.get());
      if (put(descriptor.native_handle(), waiting.front().bytes, numbers.data(), numbers.size()) < 0) {
        if (errno != EAGAIN && errno != ENOBUFS && errno != ETOOMANYREFS) waiting.clear();  // reading says why
        break;
      }
      waiting.pop_front();
    }
    if (waiting.empty() || std::exchange(writing, true)) return;
    descriptor.async_wait(Descriptor::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
      self->writing = false;
      if (!error && self->descriptor.is_open()) self->flush();
    });
  }

  void close(std::string_view why) {
    if (!descriptor.is_open()) return;
    boost::system::error_code ignored;
    descriptor.close(ignored);
    auto tell = std::move(on_closed);
    on_closed = nullptr;
    if (tell) tell(why);
  }

  io::Context& context;
  Descriptor descriptor;
  std::deque<Waiting> waiting;
  bool writing = false;
  OnMessage on_message;
  std::function<void(std::string_view)> on_closed;
};

Channel::Channel(io::Context& context, io::Fd socket) : impl_(std::make_shared<Impl>(context, std::move(socket))) {}

Channel::~Channel() {
  boost::system::error_code ignored;
  impl_->on_closed = nullptr;
  impl_->descriptor.close(ignored);
}

void Channel::start(OnMessage on_message, std::function<void(std::string_view)> on_closed) {
  impl_->on_message = std::move(on_message);
  impl_->on_closed = std::move(on_closed);
  impl_->read_more();
}

void Channel::send(const ipc::Message& message, std::initializer_list<int> descriptors) {
  if (!impl_->descriptor.is_open() || impl_->waiting.size() >= kMaxWaiting) return;
  Waiting item{ipc::encode(message), {}};
  for (int fd : descriptors) item.descriptors.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  impl_->waiting.push_back(std::move(item));
  impl_->flush();
}

bool Channel::offer(const ipc::Message& message) {
  if (!impl_->descriptor.is_open() || !impl_->waiting.empty()) return false;
  return put(impl_->descriptor.native_handle(), ipc::encode(message), nullptr, 0) >= 0;
}

bool Channel::drained() const { return impl_->waiting.empty(); }

bool make_channel(io::Fd& one, io::Fd& other) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return false;
  one.reset(ends[0]);
  other.reset(ends[1]);
  for (int end : ends) {
    if (::setsockopt(end, SOL_SOCKET, SO_SNDBUFFORCE, &kBuffer, sizeof kBuffer) != 0)
      ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kBuffer, sizeof kBuffer);
  }
  return true;
}

bool send_one(int socket, const ipc::Message& message, std::initializer_list<int> descriptors) {
  return put(socket, ipc::encode(message), std::data(descriptors), descriptors.size()) >= 0;
}

std::optional<std::pair<ipc::Message, std::vector<io::Fd>>> receive_one(int socket) {
  std::string bytes;
  std::vector<io::Fd> descriptors;
  if (take(socket, bytes, descriptors) <= 0) return std::nullopt;
  auto message = ipc::decode(bytes);
  if (!message) return std::nullopt;
  return std::pair{std::move(*message), std::move(descriptors)};
}

}  // namespace hbd::shell
