// SPDX-License-Identifier: Apache-2.0
#include "io/http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/timer.h"
#include "io/unix_server.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

namespace {

using namespace std::chrono_literals;

constexpr auto kSame = static_cast<uid_t>(-1);

/// A client that does as badly as it is told.
class Client {
 public:
  explicit Client(io::Fd socket) : socket_(std::move(socket)) {}
  void say(std::string_view bytes) {
    const auto n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) said += static_cast<std::size_t>(n);
  }
  /// What has come since; `gone` once the server has closed.
  const std::string& hear(std::size_t at_most = 1 << 20) {
    std::string buffer(at_most, '\0');
    const auto n = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n > 0) heard.append(buffer, 0, static_cast<std::size_t>(n));
    if (n == 0 || (n < 0 && errno != EAGAIN)) gone = true;
    return heard;
  }
  std::string heard;
  std::size_t said = 0;
  bool gone = false;

 private:
  io::Fd socket_;
};

struct Rig {
  explicit Rig(io::HttpLimits limits = {}) {
    server = std::make_unique<io::HttpServer>(
        loop.context(),
        [this](std::string_view path) -> std::optional<io::HttpReply> {
          ++asked;
          if (path == "/") return io::HttpReply{"text/html", "<p>hello", {{"X-More", "yes"}}};
          if (path == "/big") return io::HttpReply{"text/plain", std::string(4'000'000, 'x'), {}};
          if (path == "/slow") {
            const auto until = io::now_mono() + 5ms;
            while (io::now_mono() < until) {}
            return io::HttpReply{"text/plain", "slow", {}};
          }
          return std::nullopt;
        },
        limits);
    server->serve(std::move(*io::listen_unix(dir / "s", 0600, kSame, kSame)));
  }
  Client client() { return Client(std::move(*io::connect_unix(dir / "s"))); }
  template <class Condition>
  bool wait(Condition done) {
    return test::run_until(loop, done);
  }
  /// The whole answer of a connection that the server then closes.
  std::string exchange(std::string_view request) {
    auto c = client();
    c.say(request);
    CHECK(wait([&] { return c.hear(), c.gone; }));
    return c.heard;
  }

  test::Scratch dir;
  io::Loop loop;
  int asked = 0;
  std::unique_ptr<io::HttpServer> server;
};

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\r')); }

}  // namespace

TEST_CASE("http: a page, its head, and what is not there") {
  Rig rig;
  CHECK(rig.exchange("GET / HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 8\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n"
        "Connection: close\r\nX-More: yes\r\n\r\n<p>hello");
  const auto head = rig.exchange("HEAD /?x=1#y HTTP/1.0\r\n\r\n");
  CHECK(head.find("Content-Length: 8\r\n") != head.npos);
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(first_line(rig.exchange("GET http://[::1]:80/ HTTP/1.0\r\n\r\n")) == "HTTP/1.1 200 OK");
  const auto lost = rig.exchange("GET /../etc/passwd HTTP/1.0\r\n\r\n");
  CHECK(first_line(lost) == "HTTP/1.1 404 Not Found");
  CHECK(lost.ends_with("\r\n\r\nThere is /, /status.json and /metrics.\n"));
  CHECK(rig.server->counts().answered == 3);
  CHECK(rig.server->counts().refused == 1);
}

TEST_CASE("http: it is read only, and what is no request is refused") {
  Rig rig;
  const std::pair<std::string, const char*> rows[] = {
      {"POST / HTTP/1.0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"PUT / HTTP/1.0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"OPTIONS * HTTP/1.0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"BREW / HTTP/1.0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 413 Content Too Large"},
      {"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "HTTP/1.1 413 Content Too Large"},
      {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 413 Content Too Large"},
      {"GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 7\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET / HTTP/9.7\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET /\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET / HTTP/1.1\r\n folded\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET / HTTP/1.1\r\nA B: c\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {std::string("GET /\0 HTTP/1.1\r\n\r\n", 19), "HTTP/1.1 400 Bad Request"},
      {"\x16\x03\x01\x02", "HTTP/1.1 400 Bad Request"},
  };
  for (const auto& [request, expected] : rows) {
    INFO(request);
    CHECK(first_line(rig.exchange(request)) == expected);
  }
  CHECK(rig.server->counts().answered == 0);
  CHECK(rig.wait([&] { return rig.server->connections() == 0; }));
}

TEST_CASE("http: a header without an end is refused, not stored") {
  Rig rig;
  auto c = rig.client();
  c.say("GET / HTTP/1.1\r\n");
  REQUIRE(rig.wait([&] {
    c.say("X-Long: " + std::string(3000, 'y') + "\r\n");
    return c.hear(), c.gone;
  }));
  CHECK(first_line(c.heard) == "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(rig.asked == 0);
}

TEST_CASE("http: half a request is cut off, and single bytes do not move its deadline") {
  io::HttpLimits limits;
  limits.request_time = 200ms;
  Rig rig(limits);
  auto silent = rig.client(), half = rig.client(), trickle = rig.client();
  half.say("GET / HTTP/1.1\r\nHost:");
  trickle.say("GET / HTTP/1.1\r\nX: ");
  const auto begin = io::now_mono();
  REQUIRE(rig.wait([&] {
    trickle.say("z");
    silent.hear(), half.hear(), trickle.hear();
    return silent.gone && half.gone && trickle.gone;
  }));
  CHECK(io::now_mono() - begin >= 150ms);
  CHECK(silent.heard + half.heard + trickle.heard == "");
  CHECK(rig.server->counts().cut == 3);
  CHECK(rig.server->connections() == 0);
}

TEST_CASE("http: a connection serves many requests, and an idle one is closed in the end") {
  io::HttpLimits limits;
  limits.idle_time = 200ms;
  Rig rig(limits);
  auto c = rig.client();
  for (std::size_t i = 1; i <= 3; ++i) {
    c.say("GET / HTTP/1.1\r\n\r\n");
    REQUIRE(rig.wait([&] { return count(c.hear(), "<p>hello") == i; }));
    CHECK_FALSE(c.gone);
  }
  CHECK(rig.server->counts().accepted == 1);
  REQUIRE(rig.wait([&] { return c.hear(), c.gone; }));
  CHECK(rig.server->counts().cut == 0);
}

TEST_CASE("http: a pipeline is answered one by one, in order, without being read ahead") {
  Rig rig;
  auto c = rig.client();
  std::string many;
  for (int i = 0; i < 50; ++i) many += "GET / HTTP/1.1\r\n\r\nGET /none HTTP/1.1\r\n\r\n";
  c.say(many);
  c.say("\r\nHEAD / HTTP/1.0\r\n\r\n");
  REQUIRE(rig.wait([&] { return c.hear(), c.gone; }));
  CHECK(count(c.heard, "HTTP/1.1 200 OK") == 51);
  CHECK(count(c.heard, "HTTP/1.1 404 Not Found") == 50);
  CHECK(count(c.heard, "<p>hello") == 50);

  // Who asks for ever and never reads is no longer listened to, and cut off in the end.
  io::HttpLimits limits;
  limits.reply_time = 300ms;
  Rig strict(limits);
  auto flood = strict.client();
  REQUIRE(strict.wait([&] {
    for (int i = 0; i < 100; ++i) flood.say("GET /big HTTP/1.1\r\n\r\n");
    return strict.server->counts().cut == 1;
  }));
  CHECK(strict.server->counts().answered == 1);
  CHECK(flood.said < 1'000'000);
}

TEST_CASE("http: a slow reader gets all if it is done in time, and is cut off if it is not") {
  io::HttpLimits limits;
  limits.reply_time = 2s;
  limits.fresh = 1min;  // one answer for both, however busy the machine is between them
  Rig rig(limits);
  auto good = rig.client(), bad = rig.client();
  good.say("GET /big HTTP/1.0\r\n\r\n");
  bad.say("GET /big HTTP/1.0\r\n\r\n");
  REQUIRE(rig.wait([&] { return good.hear(), bad.hear(1), good.gone; }));
  CHECK(count(good.heard, "x") > 3'999'999);
  REQUIRE(rig.wait([&] { return bad.hear(1), rig.server->counts().cut == 1; }));
  CHECK(rig.asked == 1);  // one answer in memory for both
}

TEST_CASE("http: more clients than it wants wait outside; idle ones make room for them") {
  io::HttpLimits limits;
  limits.connections = 3;
  limits.request_time = 400ms;
  Rig rig(limits);
  auto a = rig.client(), b = rig.client(), c = rig.client();
  for (auto* one : {&a, &b, &c}) one->say("GET / HT");
  REQUIRE(rig.wait([&] { return rig.server->connections() == 3; }));
  auto d = rig.client();
  d.say("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(rig.wait([&] { return d.hear(), d.heard.ends_with("<p>hello"); }));
  CHECK(rig.server->counts().cut >= 1);  // not before one of the three had to go

  auto e = rig.client(), f = rig.client(), g = rig.client();
  for (auto* one : {&e, &f, &g}) {
    one->say("GET / HTTP/1.1\r\n\r\n");
    REQUIRE(rig.wait([&] { return one->hear().ends_with("<p>hello"); }));
  }
  CHECK(rig.server->connections() <= 3);
  REQUIRE(rig.wait([&] { return d.hear(), d.gone; }));  // idle, and the oldest
  CHECK_FALSE(g.gone);
}

TEST_CASE("http: a flood of requests leaves the process nine tenths of its time") {
  io::HttpLimits limits;
  limits.fresh = 0ns;
  Rig rig(limits);
  std::vector<Client> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(rig.client());
  // What a heartbeat would see: a timer on the same loop, and how late it comes.
  io::Timer beat(rig.loop.context());
  int beats = 0;
  base::Duration worst{};
  std::function<void()> plan = [&] {
    const auto due = io::now_mono() + 10ms;
    beat.at(due, [&, due] {
      worst = std::max(worst, io::now_mono() - due);
      ++beats;
      plan();
    });
  };
  plan();
  REQUIRE(rig.wait([&] { return rig.server->connections() == 12; }));
  const auto begin = io::now_mono();
  REQUIRE(rig.wait([&] {
    for (auto& c : clients) {
      c.say("GET /slow HTTP/1.1\r\n\r\n");
      c.hear();
    }
    return io::now_mono() - begin > 1s;
  }));
  const auto took = io::now_mono() - begin;
  INFO(fmt::format("{} answers of 5 ms, {} beats in {} ms, the worst {} ms late", rig.asked, beats, base::to_ms(took), base::to_ms(worst)));
  CHECK(rig.asked >= 5);
  CHECK(rig.asked * 5ms * 10 <= took + 100ms);
  CHECK(rig.server->connections() == 12);
}

TEST_CASE("http: on TCP only loopback, and only for those who say so") {
  const auto refused = io::listen_loopback({*base::IpAddress::parse("0.0.0.0"), 0});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "0.0.0.0:0: not a loopback address");
  Rig rig;
  auto listening = io::listen_loopback({*base::IpAddress::parse("127.0.0.1"), 0});
  REQUIRE(listening);
  sockaddr_in address{};
  socklen_t length = sizeof address;
  REQUIRE(::getsockname(listening->get(), reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const auto taken = io::listen_loopback({*base::IpAddress::parse("127.0.0.1"), ntohs(address.sin_port)});
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == EADDRINUSE);
  rig.server->serve(std::move(*listening));
  const auto ask = [&](const std::string& header) {
    io::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
    Client c(std::move(socket));
    c.say("GET / HTTP/1.1\r\nConnection: close\r\n" + header + "\r\n");
    REQUIRE(rig.wait([&] { return c.hear(), c.gone; }));
    return first_line(c.heard);
  };
  for (auto host : {"localhost", "LocalHost:9694", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:9694"})
    CHECK(ask(fmt::format("Host: {}\r\n", host)) == "HTTP/1.1 200 OK");
  for (auto host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]", "[::1", "", "["})
    CHECK(ask(fmt::format("Host: {}\r\n", host)) == "HTTP/1.1 421 Misdirected Request");
  CHECK(ask("") == "HTTP/1.1 400 Bad Request");
}

TEST_CASE("http: closing ends all connections, and it can serve again") {
  Rig rig;
  auto c = rig.client();
  c.say("GET / HTTP/1.1\r\n\r\n");
  REQUIRE(rig.wait([&] { return c.hear().ends_with("hello"); }));
  rig.server->close();
  REQUIRE(rig.wait([&] { return c.hear(), c.gone; }));
  rig.server->serve(std::move(*io::listen_unix(rig.dir / "s", 0600, kSame, kSame)));
  CHECK(first_line(rig.exchange("GET / HTTP/1.0\r\n\r\n")) == "HTTP/1.1 200 OK");
  auto d = rig.client();
  d.say("GET /big HTTP/1.1\r\n\r\n");
  REQUIRE(rig.wait([&] { return !d.hear(100).empty(); }));
  rig.server.reset();  // in the middle of an answer
  REQUIRE(rig.wait([&] { return d.hear(), d.gone; }));
}
