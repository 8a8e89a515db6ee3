// SPDX-License-Identifier: Apache-2.0
// Drives a Script over TCP, and over TLS from the moment the Script asks for it. A Script may go on over a
// new connection in place of the first one, or open a second one to read from.
#include <fmt/format.h>
#include <sys/epoll.h>

#include <cerrno>
#include <optional>

#include "io/asio.h"
#include "io/lookup.h"
#include "ldir/probe/address.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

/// An answer longer than this is no answer of a health check page, and reading it would be all that we do.
constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

/// So many reads of one talkative server, then the others have their turn.
constexpr int kReadsPerTurn = 4;

class StreamRun final : public Run {
 public:
  StreamRun(Tools& tools, const model::CheckSpec& spec, check::Script* script, std::chrono::seconds timeout,
            Done done)
      : Run(tools, spec, timeout, std::move(done)),
        script_(script),
        main_(*this, tools.poller),
        data_(*this, tools.poller),
        peer_(spec.address) {}

 private:
  enum class Phase { looking_up, connecting, sending, receiving, handshake };
  /// What one attempt to get on has come to.
  enum class Went { on, waiting, ended };

  /// One connection. The second one of a script is only read, and never TLS.
  struct Channel final : Poller::Client {
    Channel(StreamRun& run, Poller& poller) : owner(run), socket(poller) {}
    virtual ~Channel() = default;
    void on_event(std::uint32_t events) override { owner.on_event(*this, events); }
    void reset() {
      socket.close();
      connecting = true;
      may_read = ending = false;
    }
    StreamRun& owner;
    RunSocket socket;
    bool connecting = true;
    bool may_read = false;  // the kernel may have bytes for us
    bool ending = false;    // the other side has closed: read to the end without waiting for events
  };

  void begin() override {
    if (!script_) return give_up("there is no such check", 0);
    connect(main_, spec_.address, spec_.port);
  }

  void connect(Channel& channel, const base::IpAddress& address, std::uint16_t port) {
    channel.reset();
    current_ = &channel;
    phase_ = Phase::connecting;
    if (int error = channel.socket.open(address, SOCK_STREAM)) return finish_errno(error);
    SocketAddress to(address, port);
    if (::connect(channel.socket.fd(), &to.any, to.length) != 0 && errno != EINPROGRESS)
      return finish_errno(errno);
    if (int error = channel.socket.watch(channel)) finish_errno(error);
  }

  void reconnect(const check::Reconnect& where) {
    tls_.reset();
    main_.reset();
    data_.reset();
    again_ = true;
    peer_ = where.host.empty() ? std::optional(spec_.address) : base::IpAddress::parse(where.host);
    if (peer_) return connect(main_, *peer_, where.port);
    phase_ = Phase::looking_up;
    lookup_ = std::make_unique<io::Lookup>(
        tools_.context, where.host, [this, port = where.port](const base::Result<base::IpAddress>& found) {
          auto keep = shared_from_this();
          if (is_over()) return;
          if (!found) return finish(check::failed(check::Layer::network, found.error().message));
          peer_ = *found;
          connect(main_, *peer_, port);
        });
  }

  void release() override {
    tls_.reset();
    main_.reset();
    data_.reset();
  }

  std::string awaited() const override {
    switch (phase_) {
      case Phase::looking_up:
        return "no address of the host redirected to";
      case Phase::connecting:
        return "no connection";
      case Phase::handshake:
        return "no TLS handshake";
      case Phase::sending:
        return "request not taken";
      case Phase::receiving:
        return received_ ? fmt::format("answer incomplete ({} bytes)", received_) : "no answer";
    }
    return "no answer";
  }

  void on_event(Channel& channel, std::uint32_t events) {
    auto keep = shared_from_this();
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) channel.ending = true;
    if (channel.ending || (events & EPOLLIN)) channel.may_read = true;
    if (channel.connecting) {
      if (events & EPOLLERR) return finish_errno(socket_error(channel));
      if (!(events & EPOLLOUT)) return;
      channel.connecting = false;
      if (tell(&channel == &data_ ? check::Happening(check::DataOpen{})
               : again_           ? check::Happening(check::Reconnected{})
                                  : check::Happening(check::Connected{})) != Went::on)
        return;
    }
    if (current_->connecting || phase_ == Phase::looking_up) return;
    advance();
  }

  int socket_error(const Channel& channel) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(channel.socket.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
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
      if (!done->farewell.empty()) say_goodbye(done->farewell);
      finish(std::move(done->verdict));
      return Went::ended;
    }
    if (std::holds_alternative<check::AskSelf>(action_)) return tell(self_of(main_.socket.fd()));
    current_ = &main_;
    if (std::holds_alternative<check::Send>(action_)) {
      phase_ = Phase::sending;
      sent_ = 0;
    } else if (std::holds_alternative<check::Receive>(action_)) {
      phase_ = Phase::receiving;
    } else if (std::holds_alternative<check::ReceiveData>(action_)) {
      phase_ = Phase::receiving;
      current_ = &data_;
    } else if (auto* data = std::get_if<check::OpenData>(&action_)) {
      connect(data_, spec_.address, data->port);
      return is_over() ? Went::ended : Went::waiting;
    } else if (auto* other = std::get_if<check::Reconnect>(&action_)) {
      reconnect(check::Reconnect(*other));
      return is_over() ? Went::ended : Went::waiting;
    } else if (auto* tls = std::get_if<check::StartTls>(&action_)) {
      tls_ = TlsSession::make(tools_.tls, main_.socket.fd(), {tls->server_name, tls->verify, peer_});
      if (!tls_) {
        give_up("OpenSSL gives no session", 0);
        return Went::ended;
      }
      phase_ = Phase::handshake;
    } else {
      // TLS has no half-close that servers understand; the script's last byte is the end then.
      if (!tls_) ::shutdown(main_.socket.fd(), SHUT_WR);
      return tell(check::Sent{});
    }
    return Went::on;
  }

  void say_goodbye(std::string_view bytes) {
    if (tls_)
      (void)tls_->write(bytes);
    else
      (void)!::send(main_.socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
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
      auto n = ::send(main_.socket.fd(), rest.data(), rest.size(), MSG_NOSIGNAL);
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
    auto& channel = *current_;
    const bool data = &channel == &data_;
    const auto closed = [&] {
      return tell(data ? check::Happening(check::DataClosed{}) : check::Happening(check::Closed{}));
    };
    std::size_t got = 0;
    if (tls_ && !data) {
      auto step = tls_->read(buffer.data(), buffer.size());
      if (step.state == TlsSession::State::closed) return closed();
      if (step.state != TlsSession::State::done) return tls_not_done(step);
      got = step.bytes;
    } else {
      if (!channel.may_read) return Went::waiting;
      auto n = ::recv(channel.socket.fd(), buffer.data(), buffer.size(), 0);
      if (n < 0 && errno == EINTR) return Went::on;
      if (n < 0 && errno == EAGAIN) {
        channel.may_read = false;
        return Went::waiting;
      }
      if (n < 0) {
        finish_errno(errno);
        return Went::ended;
      }
      if (n == 0) return closed();
      got = static_cast<std::size_t>(n);
      // Less than asked for is all there was; the next event says when there is more. The end has had its
      // event.
      channel.may_read = got == buffer.size() || channel.ending;
    }
    received_ += got;
    if (received_ > kMostBytes) {
      finish(
          check::failed(check::Layer::application, fmt::format("answer longer than {} bytes", kMostBytes)));
      return Went::ended;
    }
    const std::string_view bytes(buffer.data(), got);
    return tell(data ? check::Happening(check::DataReceived{bytes})
                     : check::Happening(check::Received{bytes}));
  }

  Went shake() {
    auto step = tls_->handshake();
    if (step.state != TlsSession::State::done) return tls_not_done(step);
    return tell(check::TlsUp{});
  }

  Went tls_not_done(TlsSession::Step step) {
    switch (step.state) {
      case TlsSession::State::want_read:
      case TlsSession::State::want_write:
        return Went::waiting;
      case TlsSession::State::closed:
        finish(check::failed(check::Layer::tls, "TLS: closed by the server"));
        return Went::ended;
      default:
        finish(check::failed(check::Layer::tls, "TLS: " + tls_->error()));
        return Went::ended;
    }
  }

  check::Script* script_;
  Channel main_, data_;
  Channel* current_ = &main_;  // the one that is waited for
  std::unique_ptr<TlsSession> tls_;
  std::unique_ptr<io::Lookup> lookup_;  // of a redirect to a name
  std::optional<base::IpAddress> peer_;
  check::Action action_;
  Phase phase_ = Phase::connecting;
  std::size_t sent_ = 0, received_ = 0;
  bool again_ = false;  // this is not the first connection of the run
};

}  // namespace

std::shared_ptr<Run> make_stream_run(Tools& tools, const model::CheckSpec& spec, check::Script* script,
                                     std::chrono::seconds timeout, Run::Done done) {
  return std::make_shared<StreamRun>(tools, spec, script, timeout, std::move(done));
}

}  // namespace ldir::probe
