// SPDX-License-Identifier: Apache-2.0
#include "hbd/tools/connection.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "hbd/api/frame.h"
#include "test/support/catch.h"

using namespace hbd;
using namespace hbd::tools;
using namespace std::chrono_literals;
using wire::Message;

namespace {

/// Listens on a socket of its own; one connection is served by `serve` in a thread.
struct Server {
  std::string folder, path;
  int listener;
  std::thread thread;
  template <class Serve>
  explicit Server(Serve serve) {
    char name[] = "/tmp/connection_test.XXXXXX";
    REQUIRE(mkdtemp(name));
    folder = name;
    path = folder + "/register";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener, 1) == 0);
    thread = std::thread([this, serve] {
      int fd = accept(listener, nullptr, nullptr);
      serve(fd);
      close(fd);
    });
  }
  ~Server() {
    thread.join();
    close(listener);
    std::filesystem::remove_all(folder);
  }
};

void send(int fd, const Message& message) {
  auto frame = api::encode_frame(message);
  REQUIRE(::write(fd, frame.data(), frame.size()) == static_cast<ssize_t>(frame.size()));
}

Message receive(int fd) {
  static thread_local api::FrameReader reader;
  char bytes[4096];
  for (;;) {
    if (auto message = reader.next()) return message->value();
    auto n = ::read(fd, bytes, sizeof bytes);
    if (n <= 0) return {};
    reader.feed({bytes, static_cast<std::size_t>(n)});
  }
}

Message reply(std::string_view what, std::string_view result) {
  return Message("hbapi-resp").add("reqtype", what).add("result", result);
}

}  // namespace

TEST_CASE("a conversation, with other talk in between") {
  std::vector<Message> heard;
  {
    Server server([&](int fd) {
      heard.push_back(receive(fd));
      send(fd, Message("status").add("st", "dead"));
      send(fd, reply("signon", "OK").add("node", "alice"));
      heard.push_back(receive(fd));
      send(fd, reply("getrsc", "OK"));
      send(fd, reply("nodelist", "ok/more").add("node", "a"));
      send(fd, reply("nodelist", "OK").add("node", "b"));
      receive(fd);
    });
    Connection connection(server.path, 5s);
    REQUIRE(connection.sign_on());
    auto nodes = connection.ask(Message("hbapi-req").add("reqtype", "nodelist"), 5s);
    REQUIRE(nodes);
    CHECK(nodes->size() == 2);
  }
  REQUIRE(heard.size() == 2);
  auto pid = std::to_string(getpid());
  CHECK(heard[0].get("reqtype") == "signon");
  CHECK(heard[0].get("pid") == pid);
  CHECK(heard[0].get("from_id") == pid);
  CHECK(heard[0].get("uid") == std::to_string(geteuid()));
  CHECK(heard[1].get("dest") == "alice");
}

TEST_CASE("nobody listens") {
  Connection connection("/nonexistent/register", 5s);
  auto reply = connection.sign_on();
  REQUIRE_FALSE(reply);
  CHECK(reply.error().kind == Failure::Kind::stopped);
  Connection endless("/" + std::string(300, 'x'), 5s);
  CHECK_FALSE(endless.sign_on());
}

TEST_CASE("a daemon behind a door that is closed to us is not a stopped one") {
  if (::geteuid() != 0) return;  // root passes the door; another user is needed
  char name[] = "/tmp/connection_test.XXXXXX";
  REQUIRE(mkdtemp(name));
  std::filesystem::path folder = name;
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  std::filesystem::create_directory(folder / "closed");
  std::filesystem::permissions(folder / "closed", std::filesystem::perms(0700));
  auto pid_file = (folder / "pid").string();
  auto found = [&](long pid) {
    std::ofstream(pid_file) << pid << "\n";
    REQUIRE(::seteuid(65534) == 0);
    Connection connection((folder / "closed/register").string(), 5s, pid_file);
    auto reply = connection.sign_on();
    REQUIRE(::seteuid(0) == 0);
    REQUIRE_FALSE(reply);
    return reply.error().kind;
  };
  CHECK(found(::getpid()) == Failure::Kind::refused);
  CHECK(found(4194305) == Failure::Kind::stopped);  // above the highest pid that the kernel gives
  CHECK(found(0) == Failure::Kind::stopped);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a daemon that refuses, hangs up, babbles or stays silent") {
  auto kind = [](auto serve, std::chrono::milliseconds limit) {
    Server server(serve);
    Connection connection(server.path, limit);
    auto replies = connection.sign_on();
    REQUIRE_FALSE(replies);
    return replies.error().kind;
  };
  CHECK(kind([](int fd) { receive(fd); send(fd, reply("signon", "badreq").add("info", "bad pid")); }, 5s) ==
        Failure::Kind::refused);
  CHECK(kind([](int fd) { receive(fd); }, 5s) == Failure::Kind::refused);
  CHECK(kind([](int fd) { receive(fd); REQUIRE(::write(fd, "xxxxxxxxxxxx", 12) == 12); }, 5s) == Failure::Kind::refused);
  CHECK(kind([](int fd) { receive(fd); receive(fd); }, 50ms) == Failure::Kind::late);
  {
    Server server([](int fd) {
      receive(fd);
      send(fd, reply("signon", "OK"));
      receive(fd);
      receive(fd);
    });
    Connection connection(server.path, 5s);
    REQUIRE(connection.sign_on());
    auto replies = connection.ask(Message("hbapi-req").add("reqtype", "clientstatus"), 50ms);
    REQUIRE_FALSE(replies);
    CHECK(replies.error().kind == Failure::Kind::no_answer);
  }
}

TEST_CASE("another node's word about a client is an answer") {
  Server server([](int fd) {
    receive(fd);
    send(fd, reply("signon", "OK"));
    receive(fd);
    send(fd, Message("respond-cstatus").add("cs", "online").add("result", "OK"));
    receive(fd);
  });
  Connection connection(server.path, 5s);
  REQUIRE(connection.sign_on());
  auto replies = connection.ask(Message("hbapi-req").add("reqtype", "clientstatus"), 5s);
  REQUIRE(replies);
  CHECK(replies->back().get("cs") == "online");
}
