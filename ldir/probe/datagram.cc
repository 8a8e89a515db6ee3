// SPDX-License-Identifier: Apache-2.0
// Drives a Script over UDP: every Send is one datagram, every Received one of the server's.
#include <cerrno>

#include "io/asio.h"
#include "ldir/probe/address.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

class DatagramRun final : public Run {
 public:
  DatagramRun(Tools& tools, const model::CheckSpec& spec, model::CheckType as, std::chrono::seconds timeout,
              Done done)
      : Run(tools, spec, timeout, std::move(done)), script_(check::make_script(spec, as)), socket_(tools.context) {}

 private:
  void begin() override {
    if (!script_) return give_up("there is no such check", 0);
    SocketAddress to(spec_.address, spec_.port);
    int fd = ::socket(to.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return finish_errno(errno);
    boost::system::error_code error;
    socket_.assign(fd, error);
    if (error) {
      ::close(fd);
      return finish_errno(error.value());
    }
    // Connected, so that only the server's own datagrams and its "port unreachable" arrive.
    if (::connect(fd, &to.any, to.length) != 0) return finish_errno(errno);
    tell(check::Connected{});
  }

  void release() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  void tell(check::Happening what) {
    for (;;) {
      auto action = script_->next(what);
      if (auto* done = std::get_if<check::Done>(&action)) return finish(std::move(done->verdict));
      if (std::holds_alternative<check::Receive>(action)) return wait();
      if (std::holds_alternative<check::StartTls>(action))
        return finish(check::failed(check::Layer::tls, "no TLS over UDP"));
      if (auto* send = std::get_if<check::Send>(&action))
        if (::send(socket_.native_handle(), send->bytes.data(), send->bytes.size(), MSG_NOSIGNAL) < 0 &&
            errno != EAGAIN)
          return finish_errno(errno);
      what = check::Sent{};
    }
  }

  void wait() {
    socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this(), this](const boost::system::error_code& error) {
                         if (!error && !is_over()) ready();
                       });
  }

  void ready() {
    auto& buffer = tools_.buffer;
    auto n = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return wait();
    if (n < 0) return finish_errno(errno);
    if (n == 0) return wait();  // an empty datagram says nothing
    tell(check::Received{std::string_view(buffer.data(), static_cast<std::size_t>(n))});
  }

  std::unique_ptr<check::Script> script_;
  asio::posix::stream_descriptor socket_;
};

}  // namespace

std::shared_ptr<Run> make_datagram_run(Tools& tools, const model::CheckSpec& spec, model::CheckType as,
                                       std::chrono::seconds timeout, Run::Done done) {
  return std::make_shared<DatagramRun>(tools, spec, as, timeout, std::move(done));
}

}  // namespace ldir::probe
