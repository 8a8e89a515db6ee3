// SPDX-License-Identifier: Apache-2.0
#include "io/unix_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

TEST_CASE("a local server knows its caller and answers") {
  test::Scratch dir;
  io::Loop loop;
  std::unique_ptr<io::UnixConnection> served;
  bool closed = false;
  auto server = io::UnixServer::listen(loop.context(), dir / "s", 0600, static_cast<uid_t>(-1),
                                       static_cast<gid_t>(-1), [&](std::unique_ptr<io::UnixConnection> c) {
                                         served = std::move(c);
                                         served->start(
                                             [&](std::string_view bytes) {
                                               served->send("you said ");
                                               served->send(bytes);
                                             },
                                             [&] {
                                               served.reset();
                                               closed = true;
                                             });
                                       });
  REQUIRE(server);
  auto client = io::connect_unix(dir / "s");
  REQUIRE(client);
  REQUIRE(::write(client->get(), "hi", 2) == 2);
  std::string got;
  REQUIRE(test::run_until(loop, [&] {
    char buffer[64];
    auto n = ::recv(client->get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) got.append(buffer, static_cast<std::size_t>(n));
    return got == "you said hi";
  }));
  CHECK(served->peer().pid == ::getpid());
  client->reset();
  REQUIRE(test::run_until(loop, [&] { return closed; }));
  server->reset();
  CHECK_FALSE(std::filesystem::exists(dir / "s"));
}

TEST_CASE("a peer that does not read is cut off") {
  io::Loop loop;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  io::Fd other(ends[1]);
  io::UnixConnection connection(loop.context(), io::Fd(ends[0]), 100'000);
  bool closed = false;
  connection.start([](std::string_view) {}, [&] { closed = true; });
  std::string block(60'000, 'x');
  int sent = 0;
  while (connection.send(block) && sent < 100) ++sent;
  CHECK(sent < 100);
  REQUIRE(test::run_until(loop, [&] { return closed; }));
}

TEST_CASE("a paused connection is not read, and misses nothing") {
  io::Loop loop;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  io::Fd other(ends[1]);
  io::UnixConnection connection(loop.context(), io::Fd(ends[0]));
  std::string got;
  bool closed = false;
  connection.start(
      [&](std::string_view bytes) {
        got += bytes;
        if (bytes == "wait") connection.pause();
      },
      [&] { closed = true; });
  REQUIRE(::write(other.get(), "wait", 4) == 4);
  REQUIRE(test::run_until(loop, [&] { return got == "wait"; }));
  const std::string block(30'000, 'x');
  std::size_t sent = 0;
  for (ssize_t n = 0; (n = ::send(other.get(), block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0;) {
    sent += static_cast<std::size_t>(n);
    loop.run_for(std::chrono::milliseconds(5));
    REQUIRE(got == "wait");
    REQUIRE(sent < 100'000'000);
  }
  other.reset();
  connection.resume();
  REQUIRE(test::run_until(loop, [&] { return closed; }));
  CHECK(got.size() == 4 + sent);
}

TEST_CASE("finish sends everything first") {
  io::Loop loop;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  io::Fd other(ends[1]);
  io::UnixConnection connection(loop.context(), io::Fd(ends[0]), 10'000'000);
  bool closed = false;
  connection.start([](std::string_view) {}, [&] { closed = true; });
  REQUIRE(connection.send(std::string(1'000'000, 'x')));
  connection.finish();
  std::size_t got = 0;
  REQUIRE(test::run_until(loop, [&] {
    char buffer[65536];
    auto n = ::recv(other.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) got += static_cast<std::size_t>(n);
    return closed && n == 0;
  }));
  CHECK(got == 1'000'000);
}

TEST_CASE("a peer that has gone is not one that does not read") {
  io::Loop loop;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  io::Fd other(ends[1]);
  io::UnixConnection connection(loop.context(), io::Fd(ends[0]));
  bool closed = false;
  connection.start([](std::string_view) {}, [&] { closed = true; });
  other.reset();
  CHECK(connection.send("an answer"));
  CHECK(connection.send("another"));
  REQUIRE(test::run_until(loop, [&] { return closed; }));
}
