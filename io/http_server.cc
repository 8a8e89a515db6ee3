// SPDX-License-Identifier: Apache-2.0
#include "io/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <list>
#include <map>

#include "base/text.h"
#include "io/asio.h"
#include "io/clock.h"
#include "io/timer.h"

namespace io {
namespace {

namespace http = boost::beast::http;
using Descriptor = asio::posix::stream_descriptor;
using boost::system::error_code;

constexpr std::size_t kPerStep = 64 * 1024;  // bytes sent in one step
constexpr std::size_t kMaxDrained = 64 * 1024;
constexpr base::Duration kDrainTime = std::chrono::seconds(1);
constexpr base::Duration kLongestRest = std::chrono::milliseconds(250);
constexpr base::Duration kNoDescriptors = std::chrono::milliseconds(100);
constexpr int kBacklog = 32;

constexpr std::string_view kHeaderEnd = "\r\n\r\n";

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// What cannot be answered, in words for whoever typed it.
struct Refusal {
  unsigned status;
  std::string_view reason, text;
};
constexpr Refusal kBadRequest{400, "Bad Request", "This is no HTTP request.\n"};
constexpr Refusal kNotFound{404, "Not Found", "There is /, /status.json and /metrics.\n"};
constexpr Refusal kNotAllowed{405, "Method Not Allowed", "This is to be read only: GET and HEAD.\n"};
constexpr Refusal kBody{413, "Content Too Large", "A request for status has no body.\n"};
constexpr Refusal kMisdirected{421, "Misdirected Request", "Ask by a loopback address or as localhost.\n"};
constexpr Refusal kHeader{431, "Request Header Fields Too Large", "The request's header is too long.\n"};
constexpr Refusal kTooMuch{500, "Internal Server Error", "The answer is too long.\n"};

/// `host`: the value of Host. True when it says this machine, and no name that others can let point at it.
bool is_here(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    const auto address = end == host.npos ? std::nullopt : base::IpAddress::parse(host.substr(1, end - 1));
    return address && address->is_loopback();
  }
  host = host.substr(0, host.find(':'));
  if (base::iequals(host, "localhost")) return true;
  const auto address = base::IpAddress::parse(host);
  return address && address->is_loopback();
}

std::string common_headers(std::string_view type, std::size_t length, bool close) {
  return fmt::format(
      "Content-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n{}",
      type, length, close ? "Connection: close\r\n" : "");
}

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  struct Listener;
  struct Connection;
  using Reply = std::shared_ptr<const HttpReply>;

  Impl(Context& c, HttpHandler h, HttpLimits l) : context(c), handler(std::move(h)), limits(l), pace(c) {}

  /// All work goes through here, one step at a time. After each, the process has time for everything else.
  void enqueue(std::function<void()> step) {
    steps.push_back(std::move(step));
    if (!busy && steps.size() == 1) plan();
  }
  void plan() {
    pace.at(rest_until, [self = shared_from_this()] { self->one_step(); });
  }
  void one_step() {
    if (steps.empty()) return;
    auto step = std::move(steps.front());
    steps.pop_front();
    busy = true;
    const auto begin = now_mono();
    step();
    const auto end = now_mono();
    busy = false;
    rest_until = end + std::min<base::Duration>((end - begin) * (limits.share - 1), kLongestRest);
    if (!steps.empty()) plan();
  }

  std::optional<Reply> reply_for(std::string_view path);
  void close_all();

  Context& context;
  HttpHandler handler;
  HttpLimits limits;
  Timer pace;
  base::Mono rest_until{};
  std::deque<std::function<void()>> steps;  // at most one per socket
  bool busy = false;
  std::list<std::shared_ptr<Listener>> listeners;
  struct Kept {
    base::Mono until;
    Reply reply;
  };
  std::map<std::string, Kept, std::less<>> kept;
  Counts counts;
};

struct HttpServer::Impl::Listener : std::enable_shared_from_this<Listener> {
  Listener(Impl& o, Fd socket) : owner(&o), descriptor(o.context), pause(o.context) {
    set_nonblocking(socket.get());
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    const bool known = ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) == 0;
    is_tcp = !known || address.ss_family != AF_UNIX;
    descriptor.assign(socket.release());
  }

  void wait();
  void accept();
  void close();
  /// One less, or one idle more: whoever waits in the kernel's queue may come.
  void room() {
    if (std::exchange(full, false) && descriptor.is_open()) wait();
  }

  Impl* owner;  // outlives us: closes us at its end
  Descriptor descriptor;
  Timer pause;
  bool is_tcp = false, full = false;
  std::list<std::shared_ptr<Connection>> connections;
};

struct HttpServer::Impl::Connection : std::enable_shared_from_this<Connection> {
  enum class State : std::uint8_t { idle, asking, answering, draining };

  Connection(Impl& o, Listener& l, Fd socket) : owner(&o), listener(&l), descriptor(o.context), deadline(o.context) {
    descriptor.assign(socket.release());
  }

  void limit(base::Duration time) {
    deadline.after(time, [this] {
      if (state == State::asking || state == State::answering) ++owner->counts.cut;
      close();
    });
  }

  void await(Descriptor::wait_type what, void (Connection::*step)()) {
    descriptor.async_wait(what, [self = shared_from_this(), step](const error_code& error) {
      if (error || !self->descriptor.is_open()) return;
      self->owner->enqueue([self, step] {
        if (self->descriptor.is_open()) ((*self).*step)();
      });
    });
  }
  void await_request() { await(Descriptor::wait_read, &Connection::read); }

  void read();
  void judge();
  void answer(const http::request<http::empty_body>& request, bool keep);
  void refuse(const Refusal& refusal, bool head_only, bool close, std::string_view more = {});
  void begin_reply(std::string head_text, Reply reply_body, bool close);
  void write();
  void next();
  void drain();
  void close();

  Impl* owner;
  Listener* listener;
  Descriptor descriptor;
  Timer deadline;
  State state = State::asking;
  std::string in, head;
  Reply body;
  std::size_t sent = 0, drained = 0;
  bool last = false;
};

void HttpServer::Impl::Listener::wait() {
  descriptor.async_wait(Descriptor::wait_read, [self = shared_from_this()](const error_code& error) {
    if (error || !self->descriptor.is_open()) return;
    self->owner->enqueue([self] {
      if (self->descriptor.is_open()) self->accept();
    });
  });
}

void HttpServer::Impl::Listener::accept() {
  if (connections.size() >= owner->limits.connections) {
    // In the order of their coming: who has been idle longest is not far from the front.
    auto idle = std::find_if(connections.begin(), connections.end(), [](const auto& c) { return c->state == Connection::State::idle; });
    if (idle == connections.end()) {
      full = true;
      return;
    }
    auto gone = *idle;
    gone->close();
  }
  Fd socket(::accept4(descriptor.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket) {
    ++owner->counts.accepted;
    auto connection = std::make_shared<Connection>(*owner, *this, std::move(socket));
    if (const int on = 1; is_tcp)
      ::setsockopt(connection->descriptor.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->limit(owner->limits.request_time);
    connections.push_back(connection);
    connection->await_request();
  } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
    // The caller stays in the queue and keeps us readable: look again later instead of spinning.
    return pause.after(kNoDescriptors, [self = shared_from_this()] { self->wait(); });
  }
  wait();
}

void HttpServer::Impl::Listener::close() {
  error_code ignored;
  pause.cancel();
  descriptor.close(ignored);
  for (auto all = std::exchange(connections, {}); const auto& connection : all) {
    connection->deadline.cancel();
    connection->descriptor.close(ignored);
  }
}

void HttpServer::Impl::Connection::close() {
  if (!descriptor.is_open()) return;
  const auto self = shared_from_this();
  error_code ignored;
  deadline.cancel();
  descriptor.close(ignored);
  listener->connections.remove(self);
  listener->room();
}

void HttpServer::Impl::Connection::read() {
  char buffer[4096];
  const auto room = std::min(sizeof buffer, owner->limits.request - std::min(in.size(), owner->limits.request));
  const auto n = ::recv(descriptor.native_handle(), buffer, room, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return await_request();
  if (n <= 0) return close();
  in.append(buffer, static_cast<std::size_t>(n));
  judge();
}

void HttpServer::Impl::Connection::judge() {
  if (state == State::idle) {
    state = State::asking;
    limit(owner->limits.request_time);
  }
  // Line ends before a request are to be forgiven (RFC 9112, 2.2).
  in.erase(0, std::min(in.find_first_not_of("\r\n"), in.size()));
  if (!in.empty() && !is_letter(in[0])) return refuse(kBadRequest, false, true);  // TLS, for one
  if (in.find(kHeaderEnd) == in.npos)
    return in.size() < owner->limits.request ? await_request() : refuse(kHeader, false, true);
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(owner->limits.request));
  error_code error;
  const auto used = parser.put(asio::const_buffer(in.data(), in.size()), error);
  if (error == http::error::unexpected_body || error == http::error::body_limit) return refuse(kBody, false, true);
  if (error) return refuse(kBadRequest, false, true);
  in.erase(0, used);
  const auto& request = parser.get();
  const bool keep = parser.keep_alive();
  if (!parser.is_done() || parser.chunked() || parser.content_length().value_or(0) > 0)
    return refuse(kBody, request.method() == http::verb::head, true);
  answer(request, keep);
}

void HttpServer::Impl::Connection::answer(const http::request<http::empty_body>& request, bool keep) {
  const bool head_only = request.method() == http::verb::head;
  if (!head_only && request.method() != http::verb::get) return refuse(kNotAllowed, false, !keep, "Allow: GET, HEAD\r\n");
  if (listener->is_tcp) {
    const auto host = request.find(http::field::host);
    const bool given = host != request.end();
    if (given ? !is_here({host->value().data(), host->value().size()}) : request.version() >= 11)
      return given ? refuse(kMisdirected, head_only, !keep) : refuse(kBadRequest, head_only, true);
  }
  std::string_view path(request.target().data(), request.target().size());
  // Proxies may ask by the whole address.
  if (base::iequals(path.substr(0, 7), "http://")) path = path.substr(std::min(path.find('/', 7), path.size()));
  path = path.substr(0, path.find_first_of("?#"));
  auto reply = owner->reply_for(path);
  if (!reply) return refuse(kNotFound, head_only, !keep);
  if (!*reply) return refuse(kTooMuch, head_only, !keep);
  ++owner->counts.answered;
  std::string text = "HTTP/1.1 200 OK\r\n" + common_headers((*reply)->type, (*reply)->body.size(), !keep);
  for (const auto& [name, value] : (*reply)->headers) text += fmt::format("{}: {}\r\n", name, value);
  begin_reply(text + "\r\n", head_only ? nullptr : *reply, !keep);
}

void HttpServer::Impl::Connection::refuse(const Refusal& refusal, bool head_only, bool close, std::string_view more) {
  ++owner->counts.refused;
  auto text = fmt::format("HTTP/1.1 {} {}\r\n{}{}\r\n", refusal.status, refusal.reason,
                          common_headers("text/plain; charset=utf-8", refusal.text.size(), close), more);
  if (!head_only) text += refusal.text;
  begin_reply(std::move(text), nullptr, close);
}

void HttpServer::Impl::Connection::begin_reply(std::string head_text, Reply reply_body, bool close) {
  state = State::answering;
  head = std::move(head_text);
  body = std::move(reply_body);
  sent = 0;
  last = close;
  limit(owner->limits.reply_time);
  write();
}

void HttpServer::Impl::Connection::write() {
  const auto body_size = body ? body->body.size() : 0;
  iovec parts[2];
  msghdr message{};
  message.msg_iov = parts;
  const auto add = [&](std::string_view bytes) {
    if (!bytes.empty()) parts[message.msg_iovlen++] = {const_cast<char*>(bytes.data()), bytes.size()};
  };
  add(std::string_view(head).substr(std::min(sent, head.size())));
  if (body) add(std::string_view(body->body).substr(sent - std::min(sent, head.size()), kPerStep));
  const auto n = ::sendmsg(descriptor.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0 && errno != EAGAIN && errno != EINTR) return close();
  sent += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  if (sent < head.size() + body_size) return await(Descriptor::wait_write, &Connection::write);
  next();
}

void HttpServer::Impl::Connection::next() {
  head.clear();
  body.reset();
  if (last) {
    // What it may still be sending is read and thrown away for a moment: a reset would overtake the answer.
    state = State::draining;
    limit(kDrainTime);
    ::shutdown(descriptor.native_handle(), SHUT_WR);
    return await(Descriptor::wait_read, &Connection::drain);
  }
  state = State::idle;
  limit(owner->limits.idle_time);
  // The next request of a pipeline waits its turn like everybody.
  if (!in.empty())
    owner->enqueue([self = shared_from_this()] {
      if (self->descriptor.is_open()) self->judge();
    });
  else
    await_request();
  listener->room();
}

void HttpServer::Impl::Connection::drain() {
  char buffer[16384];
  const auto n = ::recv(descriptor.native_handle(), buffer, sizeof buffer, 0);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return close();
  drained += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  if (drained > kMaxDrained) return close();
  await(Descriptor::wait_read, &Connection::drain);
}

std::optional<HttpServer::Impl::Reply> HttpServer::Impl::reply_for(std::string_view path) {
  const auto now = now_mono();
  if (auto at = kept.find(path); at != kept.end()) {
    if (now < at->second.until) return at->second.reply;
    kept.erase(at);
  }
  auto made = handler(path);
  if (!made) return std::nullopt;
  if (made->body.size() > limits.reply) return Reply{};
  auto reply = std::make_shared<const HttpReply>(std::move(*made));
  kept.insert_or_assign(std::string(path), Kept{now_mono() + limits.fresh, reply});
  return reply;
}

void HttpServer::Impl::close_all() {
  pace.cancel();
  steps.clear();
  for (auto& listener : listeners) listener->close();
  listeners.clear();
}

HttpServer::HttpServer(Context& context, HttpHandler handler, HttpLimits limits)
    : impl_(std::make_shared<Impl>(context, std::move(handler), limits)) {}

HttpServer::~HttpServer() { impl_->close_all(); }

void HttpServer::serve(Fd listening) {
  auto listener = std::make_shared<Impl::Listener>(*impl_, std::move(listening));
  impl_->listeners.push_back(listener);
  listener->wait();
}

void HttpServer::close() { impl_->close_all(); }

const HttpServer::Counts& HttpServer::counts() const { return impl_->counts; }

std::size_t HttpServer::connections() const {
  std::size_t count = 0;
  for (const auto& listener : impl_->listeners) count += listener->connections.size();
  return count;
}

base::Result<Fd> listen_loopback(const base::Endpoint& endpoint) {
  if (!endpoint.address.is_loopback()) return base::fail(endpoint.str() + ": not a loopback address", EINVAL);
  sockaddr_storage storage{};
  socklen_t length = 0;
  if (endpoint.address.is_v4()) {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(endpoint.port);
    address->sin_addr.s_addr = htonl(endpoint.address.v4_value());
    length = sizeof *address;
  } else {
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(endpoint.port);
    std::copy(endpoint.address.bytes().begin(), endpoint.address.bytes().end(), address->sin6_addr.s6_addr);
    length = sizeof *address;
  }
  Fd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 || ::listen(socket.get(), kBacklog) != 0)
    return base::fail(fmt::format("{}: {}", endpoint.str(), std::strerror(errno)), errno);
  return socket;
}

}  // namespace io
