// SPDX-License-Identifier: Apache-2.0
#include "ldir/probe/prober.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "test/support/catch.h"
#include "test/unit/io/scratch.h"
#include "test/unit/ldir/probe/scripted_server.h"

using namespace std::chrono_literals;
using ldir::check::Layer;
using ldir::model::CheckSpec;
using ldir::model::CheckType;
using ldir::model::ServiceType;
using test::ScriptedServer;

namespace {

constexpr const char* kGood = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nTest HA Page\n";

CheckSpec http(std::uint16_t port) {
  CheckSpec spec;
  spec.service = ServiceType::http;
  spec.address = base::IpAddress::v4(INADDR_LOOPBACK);
  spec.port = port;
  spec.request = "/lvs_testpage.html";
  spec.receive = "Test HA Page";
  // Long enough for a busy machine; who waits for the deadline asks for the short one.
  spec.negotiate_timeout = 10s;
  spec.check_timeout = 10s;
  return spec;
}

CheckSpec impatient(CheckSpec spec) {
  spec.negotiate_timeout = 1s;
  spec.check_timeout = 1s;
  return spec;
}

CheckSpec typed(CheckSpec spec, CheckType type) {
  spec.type = type;
  return spec;
}

struct Bench {
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  ldir::probe::Prober prober{loop.context(), programs};

  ldir::probe::Outcome outcome(const CheckSpec& spec) {
    std::optional<ldir::probe::Outcome> result;
    ldir::check::Scripts scripts;
    auto run = prober.start(spec, spec.type, scripts, [&](const ldir::probe::Outcome& o) {
      REQUIRE_FALSE(result);
      result = o;
    });
    REQUIRE_FALSE(result);
    REQUIRE(test::run_until(loop, [&] { return result.has_value(); }));
    return *result;
  }
  ldir::check::Verdict verdict(const CheckSpec& spec) {
    auto o = outcome(spec);
    REQUIRE(o);
    return *o;
  }
};

int open_descriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder)) ++count;
  ::closedir(folder);
  return count;
}

/// A port that nobody listens on, and that nobody else can get meanwhile: bound, for as long as this program
/// runs.
std::uint16_t closed_port() {
  int bound = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(bound, reinterpret_cast<sockaddr*>(&address), length) == 0);
  ::getsockname(bound, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

}  // namespace

TEST_CASE("a good page passes, and the request is the configured one") {
  std::mutex mutex;
  std::string request;
  ScriptedServer server([&](int fd) {
    auto text = ScriptedServer::read_request(fd);
    {
      std::lock_guard lock(mutex);
      request = text;
    }
    ScriptedServer::write(fd, kGood);
  });
  Bench bench;
  auto v = bench.verdict(http(server.port()));
  CHECK(v.pass);
  CHECK(v.detail == "200 OK");
  CHECK(v.elapsed > 0ms);
  std::lock_guard lock(mutex);
  CHECK(request.starts_with("GET /lvs_testpage.html HTTP/1.1\r\n"));
}

TEST_CASE("a wrong page, a wrong status and garbage fail in the application") {
  Bench bench;
  for (std::string_view answer : {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",
                                  "HTTP/1.1 500 Oops\r\n\r\n", "HTTP/1.1 \xff\xfe\r\n\x01\x02\r\n\r\n"}) {
    ScriptedServer server([answer](int fd) {
      ScriptedServer::read_request(fd);
      ScriptedServer::write(fd, answer);
    });
    auto v = bench.verdict(http(server.port()));
    CHECK_FALSE(v.pass);
    CHECK(v.layer == Layer::application);
    CHECK_FALSE(v.detail.empty());
  }
}

TEST_CASE("refused at once, in words") {
  Bench bench;
  auto v = bench.verdict(http(closed_port()));
  CHECK_FALSE(v.pass);
  CHECK(v.layer == Layer::network);
  CHECK(v.detail == "connection refused");
  CHECK(v.elapsed < 9s);
}

TEST_CASE("silence, and a slow drip, end at the deadline") {
  Bench bench;
  SECTION("silence") {
    ScriptedServer server([](int fd) { ScriptedServer::wait_for_end(fd); });
    auto v = bench.verdict(impatient(http(server.port())));
    CHECK_FALSE(v.pass);
    CHECK(v.layer == Layer::network);
    CHECK(v.detail == "no answer within 1 s");
    CHECK(v.elapsed >= 1s);
    CHECK(v.elapsed < 9s);
  }
  SECTION("drip") {
    ScriptedServer server([](int fd) {
      ScriptedServer::read_request(fd);
      ScriptedServer::write(fd, "HTTP/1.1 200 OK\r\n\r\n");
      while (::send(fd, "x", 1, MSG_NOSIGNAL) == 1) ::usleep(10'000);
    });
    auto v = bench.verdict(impatient(http(server.port())));
    CHECK_FALSE(v.pass);
    CHECK(v.detail.starts_with("answer incomplete ("));
    CHECK(v.elapsed < 9s);
  }
  SECTION("a full backlog: no connection") {
    // RFC 5737 test net has no route in a sealed machine; a listener that never accepts fills up instead.
    int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(listening, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(::listen(listening, 0) == 0);
    ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &length);
    std::vector<int> fill;
    for (int i = 0; i < 4; ++i) {
      int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      (void)!::connect(fd, reinterpret_cast<sockaddr*>(&address), length);
      fill.push_back(fd);
    }
    auto v = bench.verdict(impatient(http(ntohs(address.sin_port))));
    CHECK_FALSE(v.pass);
    CHECK(v.detail == "no connection within 1 s");
    for (int fd : fill) ::close(fd);
    ::close(listening);
  }
}

TEST_CASE("an answer that comes before the question, or in two pieces, is read") {
  Bench bench;
  ScriptedServer early([](int fd) {
    ScriptedServer::write(fd, kGood);
    ScriptedServer::wait_for_end(fd);
  });
  auto v = bench.verdict(http(early.port()));
  CHECK(v.pass);
  CHECK(v.elapsed < 9s);
  ScriptedServer pieces([](int fd) {
    ScriptedServer::read_request(fd);
    for (std::string_view part : {"HTTP/1.1 200 OK\r\nContent-Len", "gth: 13\r\n\r\nTest HA", " Page\n"}) {
      ScriptedServer::write(fd, part);
      ::usleep(20'000);
    }
    ScriptedServer::wait_for_end(fd);
  });
  v = bench.verdict(http(pieces.port()));
  CHECK(v.pass);
  CHECK(v.elapsed < 9s);
}

TEST_CASE("a reset is told from an orderly end") {
  Bench bench;
  ScriptedServer resets([](int fd) {
    ScriptedServer::read_request(fd);
    ScriptedServer::arm_reset(fd);
  });
  CHECK(bench.verdict(http(resets.port())).detail == "connection reset");
  ScriptedServer ends([](int fd) { ScriptedServer::read_request(fd); });
  auto v = bench.verdict(http(ends.port()));
  CHECK_FALSE(v.pass);
  CHECK(v.layer == Layer::application);
}

TEST_CASE("an endless answer is cut off") {
  Bench bench;
  ScriptedServer server([](int fd) {
    ScriptedServer::read_request(fd);
    ScriptedServer::write(fd, "HTTP/1.1 200 OK\r\n\r\n");
    std::string block(100'000, 'x');
    while (::send(fd, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  auto v = bench.verdict(http(server.port()));
  CHECK_FALSE(v.pass);
}

TEST_CASE("connect needs no word") {
  Bench bench;
  ScriptedServer server([](int fd) { ScriptedServer::wait_for_end(fd); });
  auto v = bench.verdict(typed(http(server.port()), CheckType::connect));
  CHECK(v.pass);
  CHECK(v.detail == "connected");
  CHECK_FALSE(bench.verdict(typed(http(closed_port()), CheckType::connect)).pass);
}

TEST_CASE("https: any certificate, the name from virtualhost, with and without farewell") {
  Bench bench;
  test::TlsIdentity identity;
  for (bool farewell : {true, false}) {
    ScriptedServer server(
        [&](int fd) { identity.serve(fd, "HTTP/1.1 200 OK\r\n\r\nTest HA Page", farewell); });
    auto spec = http(server.port());
    spec.service = ServiceType::https;
    spec.virtualhost = "www.example.com";
    auto v = bench.verdict(spec);
    CHECK(v.detail == "200 OK");
    CHECK(v.pass);
    CHECK(identity.asked_for() == "www.example.com");
  }
}

TEST_CASE("https against a server that does not speak TLS, or says nothing") {
  Bench bench;
  ScriptedServer plain([](int fd) { ScriptedServer::write(fd, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  auto spec = http(plain.port());
  spec.service = ServiceType::https;
  auto v = bench.verdict(spec);
  CHECK_FALSE(v.pass);
  CHECK(v.layer == Layer::tls);
  CHECK(v.detail.starts_with("TLS: "));
  ScriptedServer silent([](int fd) { ScriptedServer::wait_for_end(fd); });
  spec = impatient(spec);
  spec.port = silent.port();
  CHECK(bench.verdict(spec).detail == "no TLS handshake within 1 s");
}

TEST_CASE("letting go of a run closes its socket and silences it") {
  Bench bench;
  ScriptedServer server([](int fd) { ScriptedServer::wait_for_end(fd); });
  auto spec = http(server.port());
  ldir::check::Scripts scripts;
  bool called = false;
  auto before = open_descriptors();
  {
    auto run =
        bench.prober.start(spec, spec.type, scripts, [&](const ldir::probe::Outcome&) { called = true; });
    bench.loop.run_for(10ms);
  }
  // The server's end is a descriptor of this program, too, and its thread closes it a moment later.
  CHECK(test::run_until(bench.loop, [&] { return open_descriptors() == before; }));
  for (int i = 0; i < 5; ++i) bench.loop.run_for(20ms);
  CHECK_FALSE(called);
  // Also when the verdict is already on its way.
  spec.address = base::IpAddress::v6({0x20, 0x01, 0x0d, 0xb8});
  {
    auto run =
        bench.prober.start(spec, spec.type, scripts, [&](const ldir::probe::Outcome&) { called = true; });
  }
  for (int i = 0; i < 5; ++i) bench.loop.run_for(20ms);
  CHECK_FALSE(called);
}

TEST_CASE("no descriptor left is our trouble, not the server's") {
  Bench bench;
  ScriptedServer server([](int fd) { ScriptedServer::wait_for_end(fd); });
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 3;
  ::setrlimit(RLIMIT_NOFILE, &none);
  auto o = bench.outcome(http(server.port()));
  ::setrlimit(RLIMIT_NOFILE, &before);
  REQUIRE_FALSE(o);
  CHECK(o.error().code == EMFILE);
}

TEST_CASE("what the machine forbids is our trouble, too") {
  Bench bench;
  auto spec = http(53);
  spec.service = ServiceType::dns;
  spec.protocol = ldir::ipvs::Protocol::udp;
  spec.request = "www.example.com";
  spec.address = base::IpAddress::v4(0x7fffffff);  // a broadcast address: refused as a filter's EPERM would be
  auto o = bench.outcome(spec);
  REQUIRE_FALSE(o);
  CHECK(o.error().code == EACCES);
}

TEST_CASE("hundreds of silent servers do not hold up one that answers") {
  Bench bench;
  ScriptedServer silent([](int fd) { ScriptedServer::wait_for_end(fd); });
  ScriptedServer good([](int fd) {
    ScriptedServer::read_request(fd);
    ScriptedServer::write(fd, kGood);
  });
  auto hanging = http(silent.port());
  hanging.negotiate_timeout = 6s;
  std::vector<ldir::check::Scripts> scripts(200);
  std::vector<ldir::probe::Running> runs;
  int ended = 0;
  for (auto& own : scripts)
    runs.push_back(bench.prober.start(hanging, hanging.type, own, [&](const ldir::probe::Outcome& o) {
      ++ended;
      CHECK(o->detail == "no answer within 6 s");
    }));
  auto v = bench.verdict(http(good.port()));
  CHECK(v.pass);
  CHECK(v.elapsed < 6s);
  CHECK(ended == 0);
  REQUIRE(test::run_until(bench.loop, [&] { return ended == 200; }));
}

TEST_CASE("external programs: arguments, exit codes, signals, time") {
  Bench bench;
  test::Scratch dir;
  CheckSpec spec = typed(http(80), CheckType::external);
  spec.external_args[0] = "10.0.0.1";
  spec.external_args[1] = "80";
  spec.external_args[2] = "10.0.0.2";
  spec.external_args[3] = "8080";
  auto script = [&](const std::string& text) {
    spec.command = dir / "check";
    FILE* f = ::fopen(spec.command.c_str(), "we");
    ::fputs(("#!/bin/sh\n" + text + "\n").c_str(), f);
    ::fclose(f);
    ::chmod(spec.command.c_str(), 0755);
    return bench.verdict(spec);
  };
  CHECK(script("exit 0").pass);
  auto v = script("echo \"$*\"; exit 3");
  CHECK_FALSE(v.pass);
  CHECK(v.detail == spec.command + " exit code 3: 10.0.0.1 80 10.0.0.2 8080");
  CHECK_FALSE(script("kill -9 $$").pass);
  spec.check_timeout = 1s;
  v = script("sleep 30");
  CHECK_FALSE(v.pass);
  CHECK(v.elapsed < 25s);
  spec.command = "/no/such/check";
  CHECK_FALSE(bench.verdict(spec).pass);
}

TEST_CASE("nothing to check passes without a packet") {
  Bench bench;
  auto spec = http(closed_port());
  spec.service = ServiceType::none;
  CHECK(bench.verdict(spec).pass);
  CHECK(bench.verdict(typed(spec, CheckType::on)).pass);
}

TEST_CASE("ping, where the machine allows it") {
  Bench bench;
  auto o = bench.outcome(typed(http(0), CheckType::ping));
  if (!o) {
    WARN("no raw sockets here: " << o.error().message);
    return;
  }
  CHECK(o->pass);
  CHECK(o->detail == "echo received");
  auto spec = typed(http(0), CheckType::ping);
  spec.address = base::IpAddress::parse("::1").value();
  CHECK(bench.verdict(spec).pass);
}

TEST_CASE("our own stall is no verdict on a server") {
  ScriptedServer server([&](int fd) {
    ScriptedServer::read_request(fd);
    ScriptedServer::write(fd, kGood);
  });
  Bench bench;
  std::optional<ldir::probe::Outcome> result;
  ldir::check::Scripts scripts;
  auto spec = impatient(http(server.port()));
  auto run = bench.prober.start(spec, spec.type, scripts, [&](const ldir::probe::Outcome& o) { result = o; });
  ::usleep(1'600'000);  // this is the stall: the loop does not turn, the deadline passes
  REQUIRE(test::run_until(bench.loop, [&] { return result.has_value(); }));
  REQUIRE(*result);
  CHECK((*result)->pass);
}

TEST_CASE("a stall is forgiven once: who does not answer is down all the same") {
  ScriptedServer silent(ScriptedServer::wait_for_end);
  Bench bench;
  std::optional<ldir::probe::Outcome> result;
  ldir::check::Scripts scripts;
  auto spec = impatient(http(silent.port()));
  auto run = bench.prober.start(spec, spec.type, scripts, [&](const ldir::probe::Outcome& o) { result = o; });
  ::usleep(1'600'000);
  REQUIRE(test::run_until(bench.loop, [&] { return result.has_value(); }));
  REQUIRE(*result);
  CHECK((*result)->detail == "no answer within 1 s");
}
