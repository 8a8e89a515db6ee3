// SPDX-License-Identifier: Apache-2.0
// Drives a conversation that a library leads. The library may change its socket at any step, so that each
// step registers what it waits for anew: a copy of the descriptor, whose end is ours to choose.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "ldir/probe/library.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

/// A library keeps what it has received; a server that goes on and on ends here.
constexpr std::uint64_t kMostBytes = 4 * 1024 * 1024;
/// Steps without waiting in between.
constexpr int kMostSteps = 100;

class LibraryRun final : public Run, private Poller::Client {
 public:
  using Run::Run;

 private:
  void begin() override {
    if (spec_.login.empty() || spec_.request.empty())
      return finish(check::failed(check::Layer::none, "login and request must be set for this service"));
    switch (spec_.service) {
      case model::ServiceType::mysql:
        library_ = make_mysql(spec_);
        break;
      case model::ServiceType::pgsql:
        library_ = make_pgsql(spec_);
        break;
      default:
        break;
    }
    if (!library_) return give_up("there is no such check", 0);
    take(library_->begin());
  }

  void release() override {
    unwatch();
    library_.reset();
  }

  std::string awaited() const override { return received() ? "answer incomplete" : "no answer"; }

  void unwatch() {
    // The library's own descriptor keeps the socket open, and the registration with it.
    tools_.poller.forget(std::exchange(ticket_, 0), fd_.get());
    fd_.reset();
  }

  std::uint64_t received() const {
    tcp_info info{};
    socklen_t length = sizeof info;
    if (!fd_ || ::getsockopt(fd_.get(), IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return 0;
    return info.tcpi_bytes_received;
  }

  void take(Library::Step step) {
    for (int steps = 0;; ++steps) {
      if (auto* verdict = std::get_if<check::Verdict>(&step)) return finish(std::move(*verdict));
      wants_ = std::get<Library::Wants>(step);
      if (wants_.read || wants_.write) break;
      if (steps == kMostSteps)
        return finish(check::failed(check::Layer::application, "the conversation has no end"));
      step = library_->step(false, false);
    }
    unwatch();
    fd_.reset(::fcntl(library_->fd(), F_DUPFD_CLOEXEC, 3));
    if (!fd_)
      return errno == EBADF ? finish(check::failed(check::Layer::network, "no connection"))
                            : finish_errno(errno);
    if (received() > kMostBytes)
      return finish(
          check::failed(check::Layer::application, fmt::format("answer longer than {} bytes", kMostBytes)));
    if ((ticket_ = tools_.poller.add(fd_.get(), *this)) == 0) finish_errno(errno);
  }

  void on_event(std::uint32_t events) override {
    const bool end = events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP);
    const bool readable = wants_.read && (end || (events & EPOLLIN));
    const bool writable = wants_.write && (end || (events & EPOLLOUT));
    if (!readable && !writable) return;
    auto keep = shared_from_this();
    take(library_->step(readable, writable));
  }

  std::unique_ptr<Library> library_;
  Library::Wants wants_;
  io::Fd fd_;
  Poller::Ticket ticket_ = 0;
};

}  // namespace

std::shared_ptr<Run> make_library_run(Tools& tools, const model::CheckSpec& spec,
                                      std::chrono::seconds timeout, Run::Done done) {
  return std::make_shared<LibraryRun>(tools, spec, timeout, std::move(done));
}

#if !WITH_MYSQL
std::unique_ptr<Library> make_mysql(const model::CheckSpec&) {
  return nullptr;
}
#endif
#if !WITH_PGSQL
std::unique_ptr<Library> make_pgsql(const model::CheckSpec&) {
  return nullptr;
}
#endif

}  // namespace ldir::probe
