// SPDX-License-Identifier: Apache-2.0
#include "ldir/probe/run.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/asio.h"
#include "io/clock.h"

namespace ldir::probe {
namespace {

/// Deadlines may come this late; in return many share one wake-up.
constexpr base::Duration kDeadlineSlack = std::chrono::milliseconds(5);

/// A deadline that comes later than this tells of a stopped process, a suspended machine, or one that is far too busy.
constexpr base::Duration kOwnLateness = std::chrono::milliseconds(250);

bool is_our_own(int error) {
  switch (error) {
    case EMFILE: case ENFILE: case ENOMEM: case ENOBUFS: case EADDRNOTAVAIL: case EPERM: case EACCES:
    case EAFNOSUPPORT: case EPROTONOSUPPORT: return true;
    default: return false;
  }
}

std::string words(int error) {
  switch (error) {
    case ECONNREFUSED: return "connection refused";
    case ECONNRESET: return "connection reset";
    case EPIPE: return "connection closed by the server";
    case EHOSTUNREACH: return "no route to host";
    case ENETUNREACH: return "network unreachable";
    case ETIMEDOUT: return "connection timed out";
    default: return std::strerror(error);
  }
}

}  // namespace

check::Self self_of(int fd) {
  check::Self self;
  sockaddr_storage name{};
  socklen_t length = sizeof name;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length) == 0) {
    if (name.ss_family == AF_INET) {
      const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
      self.address = base::IpAddress::v4(ntohl(v4.sin_addr.s_addr));
      self.port = ntohs(v4.sin_port);
    } else if (name.ss_family == AF_INET6) {
      const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
      std::array<std::uint8_t, 16> bytes;
      std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
      self.address = base::IpAddress::v6(bytes);
      self.port = ntohs(v6.sin6_port);
    }
  }
  (void)!::getrandom(self.nonce.data(), self.nonce.size(), 0);  // 16 bytes never fall short
  return self;
}

Tools::Tools(io::Context& c, io::ProcessRunner& p) : context(c), programs(p), deadlines(c, kDeadlineSlack), poller(c), perl(p) {}

int RunSocket::open(const base::IpAddress& address, int type, int protocol) {
  fd_.reset(::socket(address.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
  return fd_ ? 0 : errno;
}

int RunSocket::watch(Poller::Client& client) {
  ticket_ = poller_.add(fd_.get(), client);
  return ticket_ ? 0 : errno;
}

void RunSocket::close() {
  poller_.remove(std::exchange(ticket_, 0));
  fd_.reset();
}

Run::Run(Tools& tools, const model::CheckSpec& spec, std::chrono::seconds timeout, Done done)
    : tools_(tools), spec_(spec), timeout_(timeout), done_(std::move(done)) {}

void Run::start(base::Mono now) {
  started_ = now;
  starting_ = true;
  set_deadline(started_ + timeout_);
  begin();
  starting_ = false;
}

void Run::set_deadline(base::Mono when) {
  if (has_deadline_) tools_.deadlines.cancel(deadline_);
  has_deadline_ = when != base::kNever;
  if (!has_deadline_) return;
  deadline_ = tools_.deadlines.add(when, [this, when] {
    has_deadline_ = false;
    auto keep = shared_from_this();
    // It was we who slept, not the server: it gets the time that we took from it, once.
    const auto now = io::now_mono();
    if (now - when > kOwnLateness && !std::exchange(forgiven_, true))
      return set_deadline(now + std::min<base::Duration>(now - when, timeout_));
    expired();
  });
}

void Run::expired() {
  finish(check::failed(check::Layer::network, fmt::format("{} within {} s", awaited(), timeout_.count())));
}

void Run::finish_errno(int error) {
  if (is_our_own(error)) return give_up(std::strerror(error), error);
  finish(check::failed(check::Layer::network, words(error)));
}

void Run::cancel() {
  done_ = nullptr;  // also when the run has ended and its verdict waits in the loop
  if (std::exchange(over_, true)) return;
  set_deadline(base::kNever);
  release();
}

void Run::end(Outcome outcome) {
  if (std::exchange(over_, true)) return;
  auto keep = shared_from_this();
  set_deadline(base::kNever);
  release();
  if (outcome) outcome->elapsed = std::max(base::Duration::zero(), tools_.poller.now() - started_);
  if (starting_) {
    asio::post(tools_.context, [keep, outcome = std::move(outcome)] {
      if (auto done = std::exchange(keep->done_, nullptr)) done(outcome);
    });
    return;
  }
  if (auto done = std::exchange(done_, nullptr)) done(outcome);
}

}  // namespace ldir::probe
