// SPDX-License-Identifier: Apache-2.0
// Drives a Script over UDP: every Send is one datagram, every Received one of the server's. A datagram that
// nobody answers is sent again, twice before the deadline: networks lose some.
#include <cerrno>

#include "io/clock.h"
#include "ldir/probe/address.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

constexpr int kTries = 3;

class DatagramRun final : public Run, private Poller::Client {
 public:
  DatagramRun(Tools& tools, const model::CheckSpec& spec, check::Script* script, std::chrono::seconds timeout,
              Done done)
      : Run(tools, spec, timeout, std::move(done)), script_(script), socket_(tools.poller) {}

 private:
  void begin() override {
    if (!script_) return give_up("there is no such check", 0);
    if (int error = socket_.open(spec_.address, SOCK_DGRAM)) return finish_errno(error);
    // Connected, so that only the server's own datagrams and its "port unreachable" arrive.
    SocketAddress to(spec_.address, spec_.port);
    if (::connect(socket_.fd(), &to.any, to.length) != 0) return finish_errno(errno);
    if (int error = socket_.watch(*this)) return finish_errno(error);
    set_deadline(io::now_mono() + base::Duration(timeout_) / kTries);
    tell(check::Connected{});
  }

  void release() override { socket_.close(); }

  void tell(check::Happening what) {
    for (;;) {
      auto action = script_->next(what);
      if (std::holds_alternative<check::AskSelf>(action)) {
        what = self_of(socket_.fd());
        continue;
      }
      if (auto* done = std::get_if<check::Done>(&action)) return finish(std::move(done->verdict));
      if (std::holds_alternative<check::Receive>(action)) return;
      if (auto* send = std::get_if<check::Send>(&action)) {
        question_ = std::move(send->bytes);
        if (!put()) return;
      } else if (!std::holds_alternative<check::HalfClose>(action)) {
        return give_up("a check over UDP that needs a connection", 0);
      }
      what = check::Sent{};
    }
  }

  bool put() {
    if (::send(socket_.fd(), question_.data(), question_.size(), MSG_NOSIGNAL) >= 0 || errno == EAGAIN)
      return true;
    finish_errno(errno);
    return false;
  }

  void expired() override {
    if (++tries_ >= kTries) return Run::expired();
    set_deadline(io::now_mono() + base::Duration(timeout_) / kTries);
    if (!question_.empty()) put();
  }

  void on_event(std::uint32_t) override {
    auto keep = shared_from_this();
    auto& buffer = tools_.buffer;
    while (!is_over()) {
      auto n = ::recv(socket_.fd(), buffer.data(), buffer.size(), 0);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0 && errno != EINTR) return finish_errno(errno);
      // An empty datagram says nothing.
      if (n > 0) tell(check::Received{std::string_view(buffer.data(), static_cast<std::size_t>(n))});
    }
  }

  check::Script* script_;
  RunSocket socket_;
  std::string question_;  // as sent last
  int tries_ = 0;
};

}  // namespace

std::shared_ptr<Run> make_datagram_run(Tools& tools, const model::CheckSpec& spec, check::Script* script,
                                       std::chrono::seconds timeout, Run::Done done) {
  return std::make_shared<DatagramRun>(tools, spec, script, timeout, std::move(done));
}

}  // namespace ldir::probe
