// SPDX-License-Identifier: Apache-2.0
// checktype=ping: up to checkcount attempts of checktimeout each, one after the other, as the original pings.
#include <fmt/format.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <unistd.h>

#include <cerrno>

#include "io/clock.h"
#include "ldir/check/echo.h"
#include "ldir/probe/address.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

class PingRun final : public Run, private Poller::Client {
 public:
  PingRun(Tools& tools, const model::CheckSpec& spec, std::chrono::seconds timeout, Done done)
      : Run(tools, spec, timeout, std::move(done)), socket_(tools.poller) {}

 private:
  bool v4() const { return spec_.address.is_v4(); }
  int protocol() const {
    if (v4()) return IPPROTO_ICMP;
    return IPPROTO_ICMPV6;
  }

  void begin() override {
    if (int error = socket_.open(spec_.address, SOCK_RAW, protocol())) return finish_errno(error);
    filter(socket_.fd());
    SocketAddress to(spec_.address, 0);
    if (::connect(socket_.fd(), &to.any, to.length) != 0) return finish_errno(errno);
    if (int error = socket_.watch(*this)) return finish_errno(error);
    id_ = static_cast<std::uint16_t>(::getpid());
    send();
  }

  /// Without it every such socket sees all ICMP of the machine.
  void filter(int fd) const {
    if (v4()) {
      std::uint32_t dropped = ~(1u << ICMP_ECHOREPLY);
      ::setsockopt(fd, SOL_RAW, 1 /* ICMP_FILTER */, &dropped, sizeof dropped);
    } else {
      icmp6_filter only;
      ICMP6_FILTER_SETBLOCKALL(&only);
      ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &only);
      ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &only, sizeof only);
    }
  }

  void send() {
    ++attempt_;
    sequence_ = ++tools_.last_ping;
    const auto packet = check::echo_request(spec_.address.family(), {id_, sequence_});
    if (::send(socket_.fd(), packet.data(), packet.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN)
      finish_errno(errno);
  }

  void expired() override {
    if (attempt_ < spec_.ping_attempts) {
      set_deadline(io::now_mono() + timeout_);
      return send();
    }
    finish(check::failed(check::Layer::network,
                         attempt_ > 1 ? fmt::format("no echo within {} attempts of {} s", attempt_, timeout_.count())
                                      : fmt::format("no echo within {} s", timeout_.count())));
  }

  void release() override { socket_.close(); }

  void on_event(std::uint32_t) override {
    auto keep = shared_from_this();
    auto& buffer = tools_.buffer;
    while (!is_over()) {
      auto n = ::recv(socket_.fd(), buffer.data(), buffer.size(), 0);
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0 && errno != EINTR) return finish_errno(errno);
      if (n > 0 && check::is_echo_reply(spec_.address.family(), {id_, sequence_}, std::string_view(buffer.data(), static_cast<std::size_t>(n))))
        return finish(check::passed("echo received"));
    }
  }

  RunSocket socket_;
  std::uint16_t id_ = 0, sequence_ = 0;
  unsigned attempt_ = 0;
};

}  // namespace

std::shared_ptr<Run> make_ping_run(Tools& tools, const model::CheckSpec& spec, std::chrono::seconds timeout,
                                   Run::Done done) {
  return std::make_shared<PingRun>(tools, spec, timeout, std::move(done));
}

}  // namespace ldir::probe
