// SPDX-License-Identifier: Apache-2.0
// Drives a Script over TCP, and over TLS from the moment the Script asks for it.
#include <fmt/format.h>

#include <cerrno>

#include "io/asio.h"
#include "ldir/probe/address.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

/// An answer longer than this is no answer of a health check page, and reading it would be all that we do.
constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

using Descriptor = asio::posix::stream_descriptor;

class StreamRun final : public Run {
 public:
  StreamRun(Tools& tools, const model::CheckSpec& spec, model::CheckType as, std::chrono::seconds timeout, Done done)
      : Run(tools, spec, timeout, std::move(done)), script_(check::make_script(spec, as)), socket_(tools.context) {}

 private:
  enum class Phase { connecting, sending, receiving, handshake };
  /// What one attempt to get on has come to.
  enum class Went { on, waiting, ended };

  void begin() override {
    if (!script_) return give_up("there is no such check", 0);
    SocketAddress to(spec_.address, spec_.port);
    int fd = ::socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return finish_errno(errno);
    int error = ::connect(fd, &to.any, to.length) == 0 ? 0 : errno;
    boost::system::error_code assigned;
    socket_.assign(fd, assigned);
    if (assigned) {
      ::close(fd);
      return finish_errno(assigned.value());
    }
    if (error == EINPROGRESS || error == 0) return wait(Descriptor::wait_write);
    finish_errno(error);
  }

  void release() override {
    tls_.reset();
    boost::system::error_code ignored;
    socket_.close(ignored);
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

  void wait(Descriptor::wait_type what) {
    socket_.async_wait(what, [self = shared_from_this(), this](const boost::system::error_code& error) {
      if (!error && !is_over()) ready();
    });
  }

  void ready() {
    if (phase_ == Phase::connecting) {
      int error = 0;
      socklen_t length = sizeof error;
      ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &length);
      if (error) return finish_errno(error);
      if (tell(check::Connected{}) != Went::on) return;
    }
    // One read per turn, so that a talkative server does not hold up the others.
    for (bool may_read = true;;) {
      Went went = Went::waiting;
      if (phase_ == Phase::sending) went = send();
      if (phase_ == Phase::handshake) went = shake();
      if (phase_ == Phase::receiving) {
        if (went == Went::on && !tls_) return wait(Descriptor::wait_read);  // just sent: nothing can be here yet
        if (!std::exchange(may_read, false) && !tls_) return wait(Descriptor::wait_read);
        went = receive();
      }
      if (went != Went::on) return;
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
      tls_ = TlsSession::make(tools_.tls, socket_.native_handle(), tls->server_name);
      if (!tls_) {
        give_up("OpenSSL gives no session", 0);
        return Went::ended;
      }
      phase_ = Phase::handshake;
    } else {
      // TLS has no half-close that servers understand; the script's last byte is the end then.
      if (!tls_) ::shutdown(socket_.native_handle(), SHUT_WR);
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
      auto n = ::send(socket_.native_handle(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) {
        wait(Descriptor::wait_write);
        return Went::waiting;
      }
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
      auto n = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        wait(Descriptor::wait_read);
        return Went::waiting;
      }
      if (n < 0) {
        finish_errno(errno);
        return Went::ended;
      }
      if (n == 0) return tell(check::Closed{});
      got = static_cast<std::size_t>(n);
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
      case TlsSession::State::want_read: wait(Descriptor::wait_read); return Went::waiting;
      case TlsSession::State::want_write: wait(Descriptor::wait_write); return Went::waiting;
      case TlsSession::State::closed:
        finish(check::failed(check::Layer::tls, "TLS: closed by the server"));
        return Went::ended;
      default: finish(check::failed(check::Layer::tls, "TLS: " + tls_->error())); return Went::ended;
    }
  }

  std::unique_ptr<check::Script> script_;
  Descriptor socket_;
  std::unique_ptr<TlsSession> tls_;
  check::Action action_;
  Phase phase_ = Phase::connecting;
  std::size_t sent_ = 0, received_ = 0;
};

}  // namespace

std::shared_ptr<Run> make_stream_run(Tools& tools, const model::CheckSpec& spec, model::CheckType as,
                                     std::chrono::seconds timeout, Run::Done done) {
  return std::make_shared<StreamRun>(tools, spec, as, timeout, std::move(done));
}

}  // namespace ldir::probe
