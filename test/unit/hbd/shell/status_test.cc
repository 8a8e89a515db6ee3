// SPDX-License-Identifier: Apache-2.0
// The two sides of the status server: the sockets that the parent keeps, and who serves them.
#include "hbd/shell/status.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hbd/shell/status_sockets.h"
#include "io/unix_server.h"
#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd;
using namespace hbd::shell;

namespace {

const base::IpAddress kLoopback = *base::IpAddress::parse("127.0.0.1");

std::uint16_t port_of(const io::Fd& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

/// Parent and child with a channel between them.
struct Pair {
  Pair() {
    io::Fd a, b;
    REQUIRE(make_channel(a, b));
    parent.emplace(loop.context(), std::move(a));
    child.emplace(loop.context(), std::move(b));
    parent->start([](ipc::Message, std::vector<io::Fd>) {}, [](std::string_view) {});
    child->start(
        [this](ipc::Message m, std::vector<io::Fd> fds) {
          if (std::holds_alternative<ipc::Status>(m)) given.push_back(std::move(fds));
        },
        [](std::string_view) {});
    model::LogTargets targets;
    targets.logfile = dir.path + "/log";
    targets.facility = "none";
    report.emplace(targets, "alice", false);
    ChildUser user;
    user.uid = ::getuid(), user.gid = ::getgid();
    sockets.emplace(loop.context(), *report, path, user, [this] { sockets->send_to(*parent); });
  }
  Scratch dir;
  std::string path = dir.path + "/status.sock";
  io::Loop loop;
  std::optional<Channel> parent, child;
  std::vector<std::vector<io::Fd>> given;
  std::optional<Report> report;
  std::optional<StatusSockets> sockets;
};

std::string ask(io::Loop& loop, io::Fd socket, std::string_view path) {
  const auto text = "GET " + std::string(path) + " HTTP/1.0\r\n\r\n";
  REQUIRE(::send(socket.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  std::string got;
  REQUIRE(until(loop, [&] {
    char buffer[65536];
    const auto n = ::recv(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) got.append(buffer, static_cast<std::size_t>(n));
    return n == 0;
  }));
  return got;
}

}  // namespace

TEST_CASE("status sockets: for the group, given to every child, gone at the end") {
  Pair p;
  p.sockets->configure(std::nullopt);
  REQUIRE(until(p.loop, [&] { return p.given.size() == 1; }));
  CHECK(p.given[0].size() == 1);
  struct stat info{};
  REQUIRE(::stat(p.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0660);
  p.sockets->send_to(*p.parent);  // a new child
  REQUIRE(until(p.loop, [&] { return p.given.size() == 2; }));
  p.sockets.reset();
  CHECK_FALSE(std::filesystem::exists(p.path));
}

TEST_CASE("status sockets: a port that is taken is said once, tried again, and served when it is free") {
  Pair p;
  auto other = io::listen_loopback({kLoopback, 0});
  REQUIRE(other);
  const base::Endpoint wanted{kLoopback, port_of(*other)};
  p.sockets->configure(wanted);
  REQUIRE(until(p.loop, [&] { return p.given.size() == 1; }));
  CHECK(p.given[0].size() == 1);  // the Unix socket does not wait for it
  CHECK(p.dir.read("log").find("WARN: Status is not served on " + wanted.str() + ": Address already in use. Trying again") != std::string::npos);
  other->reset();
  REQUIRE(until(p.loop, [&] { return p.given.size() == 2; }));
  CHECK(p.given[1].size() == 2);
  CHECK(p.dir.read("log").find("info: Status page at http://" + wanted.str() + "/") != std::string::npos);
  const auto log = p.dir.read("log");
  CHECK(log.find("not served", log.find("not served") + 1) == std::string::npos);

  // Asked for no more, it is closed: somebody else may have the port.
  p.given.clear();
  p.sockets->configure(std::nullopt);
  REQUIRE(until(p.loop, [&] { return io::listen_loopback(wanted).has_value(); }));
}

TEST_CASE("status: the three paths answer before and after there is an engine, and nothing else does") {
  Scratch dir;
  io::Loop loop;
  io::Fd a, b;
  REQUIRE(make_channel(a, b));
  Channel channel(loop.context(), std::move(a));
  auto memory = Memory::create();
  REQUIRE(memory);
  model::Cluster cluster;
  cluster.self = "alice";
  cluster.nodes = {"alice", "bob"};
  Driver driver(loop.context(), channel, Journal(std::move(*memory)), cluster, 1, {});
  Status status(loop.context(), cluster, driver);
  std::vector<io::Fd> sockets;
  sockets.push_back(std::move(*io::listen_unix(dir.path + "/s", 0600, static_cast<uid_t>(-1), static_cast<gid_t>(-1))));
  status.serve(std::move(sockets));
  const auto get = [&](std::string_view path) { return ask(loop, std::move(*io::connect_unix(dir.path + "/s")), path); };
  const auto page = get("/");
  CHECK(page.find("Content-Type: text/html; charset=utf-8\r\n") != std::string::npos);
  CHECK(page.find("Content-Security-Policy: default-src 'none'; script-src 'sha256-") != std::string::npos);
  CHECK(page.find("<title>heartbeat on alice</title>") != std::string::npos);
  const auto metrics = get("/metrics");
  CHECK(metrics.find("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n") != std::string::npos);
  CHECK(metrics.find("hbd_status_requests_total{outcome=\"answered\"} 1\n") != std::string::npos);
  CHECK(metrics.ends_with("# EOF\n"));
  CHECK(get("/status.json").find("\"node\": \"alice\",\n") != std::string::npos);
  for (auto path : {"/status", "/metrics/", "//", "/../", "/index.html"}) CHECK(get(path).starts_with("HTTP/1.1 404 "));
}
