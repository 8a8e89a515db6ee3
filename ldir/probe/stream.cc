// SPDX-License-Identifier: Apache-2.0
// Drives a Script over TCP, and over TLS from the moment the Script asks for it.
#include <fmt/format.h>
#include <sys/epoll.h>

#include <cerrno>

#include "io/asio.h"
#include "ldir/probe/address.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

/// An answer longer than this is no answer of a health check page, and reading it would be all that we do.
constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

/// So many reads of one talkative server, then the others have their turn.
constexpr int kReadsPerTurn = 4;

class StreamRun final : public Run, private Poller::Client {
 public:
  StreamRun(Tools& tools, const model::CheckSpec& spec, check::Script* script, std::chrono::seconds timeout, Done done)
      : Run(tools, spec, timeout, std::move(done)), script_(script), socket_(tools.poller) {}

 private:
  enum class Phase { connecting, sending, receiving, handshake };
  /// What one attempt to get on has come to.
  enum class Went { on, waiting, ended };

  void begin() override {
    if (!script_) return give_up("there is no such check", 0);
    if (int error = socket_.open(spec_.address, SOCK_STREAM)) return finish_errno(error);
    SocketAddress to(spec_.address, spec_.port);
    if (::connect(socket_.fd(), &to.any, to.length) != 0 && errno != EINPROGRESS) return finish_errno(errno);
    if (int error = socket_.watch(*this)) finish_errno(error);
  }

  void release() override {
    tls_.reset();
    socket_.close();
  }

  std::string awaited() const override {
    switch (phase_) {
      case Phase::connecting: return "no connection";
      case Phase::handshake: return "no TLS handshake";
      case Phase::sending: return "request not taken";
      case Phase::receiving: return received_ ? fmt::format("answer incomplete ({} bytes)", received_) : "no answer";
    }
    return "no answer";
  }

  void on_event(std::uint32_t events) override {
    auto keep = shared_from_this();
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) ending_ = true;
    if (ending_ || (events & EPOLLIN)) may_read_ = true;
    if (phase_ == Phase::connecting) {
      if (events & EPOLLERR) return finish_errno(socket_error());
      if (!(events & EPOLLOUT)) return;
      if (tell(check::Connected{}) != Went::on) return;
    }
    advance();
  }

  int socket_error() {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    return error ? error : ECONNRESET;
  }

  void advance() {
    Went went = Went::on;
    for (int reads = 0; went == Went::on;) {
      if (phase_ == Phase::sending) {
        went = send();
      } else if (phase_ == Phase::handshake) {
        went = shake();
      } else if (++reads > kReadsPerTurn) {
        asio::post(tools_.context, [self = shared_from_this(), this] {
          if (!is_over()) advance();
        });
        return;
      } else {
        went = receive();
      }
    }
  }

  Went tell(const check::Happening& what) {
    action_ = script_->next(what);
    if (auto* done = std::get_if<check::Done>(&action_)) {
      finish(std::move(done->verdict));
      return Went::ended;
    }
    if (std::holds_alternative<check::Send>(action_)) {
      phase_ = Phase::sending;
      sent_ = 0;
    } else if (std::holds_alternative<check::Receive>(action_)) {
      phase_ = Phase::receiving;
    } else if (auto* tls = std::get_if<check::StartTls>(&action_)) {
      tls_ = TlsSession::make(tools_.tls, socket_.fd(), tls->server_name);
      if (!tls_) {
        give_up("OpenSSL gives no session", 0);
        return Went::ended;
      }
      phase_ = Phase::handshake;
    } else {
      // TLS has no half-close that servers understand; the script's last byte is the end then.
      if (!tls_) ::shutdown(socket_.fd(), SHUT_WR);
      return tell(check::Sent{});
    }
    return Went::on;
  }

  Went send() {
    const auto& bytes = std::get<check::Send>(action_).bytes;
    while (sent_ < bytes.size()) {
      auto rest = std::string_view(bytes).substr(sent_);
      if (tls_) {
        auto step = tls_->write(rest);
        if (step.state != TlsSession::State::done) return tls_not_done(step);
        sent_ += step.bytes;
        continue;
      }
      auto n = ::send(socket_.fd(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return Went::waiting;
      if (n < 0) {
        finish_errno(errno);
        return Went::ended;
      }
      sent_ += static_cast<std::size_t>(n);
    }
    return tell(check::Sent{});
  }

  Went receive() {
    auto& buffer = tools_.buffer;
    std::size_t got = 0;
    if (tls_) {
      auto step = tls_->read(buffer.data(), buffer.size());
      if (step.state == TlsSession::State::closed) return tell(check::Closed{});
      if (step.state != TlsSession::State::done) return tls_not_done(step);
      got = step.bytes;
    } else {
      if (!may_read_) return Went::waiting;
      auto n = ::recv(socket_.fd(), buffer.data(), buffer.size(), 0);
      if (n < 0 && errno == EINTR) return Went::on;
      if (n < 0 && errno == EAGAIN) {
        may_read_ = false;
        return Went::waiting;
      }
      if (n < 0) {
        finish_errno(errno);
        return Went::ended;
      }
      if (n == 0) return tell(check::Closed{});
      got = static_cast<std::size_t>(n);
      // Less than asked for is all there was; the next event says when there is more. The end has had its event.
      may_read_ = got == buffer.size() || ending_;
    }
    received_ += got;
    if (received_ > kMostBytes) {
      finish(check::failed(check::Layer::application, fmt::format("answer longer than {} bytes", kMostBytes)));
      return Went::ended;
    }
    return tell(check::Received{std::string_view(buffer.data(), got)});
  }

  Went shake() {
    auto step = tls_->handshake();
    if (step.state != TlsSession::State::done) return tls_not_done(step);
    return tell(check::TlsUp{});
  }

  Went tls_not_done(TlsSession::Step step) {
    switch (step.state) {
      case TlsSession::State::want_read:
      case TlsSession::State::want_write: return Went::waiting;
      case TlsSession::State::closed:
        finish(check::failed(check::Layer::tls, "TLS: closed by the server"));
        return Went::ended;
      default: finish(check::failed(check::Layer::tls, "TLS: " + tls_->error())); return Went::ended;
    }
  }

  check::Script* script_;
  RunSocket socket_;
  std::unique_ptr<TlsSession> tls_;
  check::Action action_;
  Phase phase_ = Phase::connecting;
  std::size_t sent_ = 0, received_ = 0;
  bool may_read_ = false;  // the kernel may have bytes for us
  bool ending_ = false;    // the other side has closed: read to the end without waiting for events
};

}  // namespace

std::shared_ptr<Run> make_stream_run(Tools& tools, const model::CheckSpec& spec, check::Script* script,
                                     std::chrono::seconds timeout, Run::Done done) {
  return std::make_shared<StreamRun>(tools, spec, script, timeout, std::move(done));
}

}  // namespace ldir::probe
