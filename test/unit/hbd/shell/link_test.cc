// SPDX-License-Identifier: Apache-2.0
// Media over the loopback interface. Opening needs root; where that is missing, only the judging of errors is
// tested.
#include "hbd/shell/links/link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "hbd/shell/links/address.h"
#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd;
using shell::Link;

namespace {

std::unique_ptr<Link> link_of(const model::Medium& medium, std::uint16_t port, std::uint16_t echo_id = 77) {
  auto opened = shell::open_medium({medium, port, {}});
  INFO((opened ? "" : opened.error().message));
  REQUIRE(opened);
  std::vector<io::Fd> descriptors;
  descriptors.push_back(std::move(opened->receive));
  if (opened->kind != shell::LinkKind::echo) descriptors.push_back(std::move(opened->send));
  auto link = shell::make_link(opened->kind, std::move(descriptors), opened->targets, echo_id);
  REQUIRE(link);
  return link;
}

/// Waits for packets, bounded.
std::vector<std::string> receive(Link& link, std::size_t wanted) {
  std::vector<std::string> out;
  io::Loop loop;
  until(
      loop,
      [&] {
        link.drain(100, [&out](const shell::Packet& p) {
          out.push_back(std::string(p.from) + " " + std::string(p.bytes));
        });
        return out.size() >= wanted;
      },
      std::chrono::seconds(60));
  return out;
}

bool root() {
  return ::geteuid() == 0;
}

/// Below the ephemeral ports, which other programs' sockets take, and other for a second run at the same
/// time.
std::uint16_t port(int number) {
  return static_cast<std::uint16_t>(10000 + ::getpid() % 2000 * 8 + number);
}
std::uint16_t echo_id(int number) {
  return static_cast<std::uint16_t>(::getpid() % 8000 * 8 + number);
}

}  // namespace

TEST_CASE("what an error of sending says about the medium") {
  CHECK(shell::judge_send_error(ENETDOWN) == Link::Sent::down);
  CHECK(shell::judge_send_error(ENODEV) == Link::Sent::gone);
  CHECK(shell::judge_send_error(EAGAIN) == Link::Sent::not_now);
  CHECK(shell::judge_send_error(EPERM) == Link::Sent::not_now);
  CHECK(shell::judge_send_error(EHOSTUNREACH) == Link::Sent::not_now);
}

TEST_CASE("socket addresses cross as bytes, and only as socket addresses") {
  auto address = shell::SocketAddress::v4({0x0100007f}, 694);
  auto back = shell::SocketAddress::from_raw(address.raw());
  REQUIRE(back);
  CHECK(back->text() == "127.0.0.1");
  CHECK(back->same_host(address));
  CHECK_FALSE(shell::SocketAddress::from_raw("short"));
  CHECK_FALSE(shell::SocketAddress::from_raw(std::string(16, '\xff')));
}

TEST_CASE("ucast to ourselves: what is sent arrives, with its sender") {
  if (!root()) return;
  auto link = link_of(model::Ucast{"lo", "127.0.0.1"}, port(1));
  CHECK(link->send("one").sent == Link::Sent::yes);
  CHECK(link->send(std::string("t\0wo", 4)).sent == Link::Sent::yes);
  auto got = receive(*link, 2);
  REQUIRE(got.size() == 2);
  CHECK(got[0] == "127.0.0.1 one");
  CHECK(got[1] == "127.0.0.1 " + std::string("t\0wo", 4));
}

TEST_CASE("ucast6 to ourselves") {
  if (!root() || !std::filesystem::exists("/proc/sys/net/ipv6/conf/lo")) return;
  auto link = link_of(model::Ucast6{"lo", "::1"}, port(2));
  if (link->send("six").sent != Link::Sent::yes) return;  // IPv6 is switched off on this machine
  CHECK(receive(*link, 1) == std::vector<std::string>{"::1 six"});
}

TEST_CASE("a flood is taken in portions") {
  if (!root()) return;
  auto link = link_of(model::Ucast{"lo", "127.0.0.1"}, port(3));
  for (int i = 0; i < 100; ++i) link->send("x");
  // The kernel may hand them over late: portions, until at least one was full.
  std::size_t count = 0, took = 0, largest = 0;
  io::Loop loop;
  REQUIRE(until(loop, [&] {
    auto portion = link->drain(16, [&count](const shell::Packet&) { ++count; });
    took += portion;
    largest = std::max(largest, portion);
    return count == 100;
  }));
  CHECK(took == 100);
  CHECK(largest <= 16);
}

TEST_CASE("ping: the reply brings the packet back, once, and only to its own id") {
  if (!root()) return;
  auto link = link_of(model::Ping{"127.0.0.1"}, 694, echo_id(1));
  auto other = link_of(model::Ping{"127.0.0.1"}, 694, echo_id(2));
  CHECK(link->send("###payload of odd length").sent == Link::Sent::yes);
  auto got = receive(*link, 1);
  CHECK(got == std::vector<std::string>{"127.0.0.1 ###payload of odd length"});
  std::size_t strangers = 0;
  other->drain(100, [&strangers](const shell::Packet&) { ++strangers; });
  CHECK(strangers == 0);
}

TEST_CASE("ping_group: the first of several replies counts") {
  if (!root()) return;
  auto link = link_of(model::PingGroup{"g", {"127.0.0.1", "127.0.0.2", "127.0.0.3"}}, 694, echo_id(3));
  link->send("a");
  auto first = receive(*link, 1);
  REQUIRE(first.size() == 1);
  link->send("b");
  auto second = receive(*link, 1);
  REQUIRE(second.size() == 1);
  CHECK(second[0].substr(second[0].size() - 1) == "b");
}

TEST_CASE("ping_group: a member that is not found leaves the others") {
  if (!root()) return;
  auto opened = shell::open_medium({model::PingGroup{"g", {"no..host", "127.0.0.1"}}, 694, {}});
  REQUIRE(opened);
  CHECK(opened->targets.size() == 1);
  CHECK_THAT(opened->missing, Catch::Matchers::StartsWith("unknown host: no..host: "));
  auto none = shell::open_medium({model::PingGroup{"g", {"no..host", "no..body"}}, 694, {}});
  REQUIRE_FALSE(none);
  CHECK_THAT(none.error().message, Catch::Matchers::Contains("unknown host: no..host: ") &&
                                       Catch::Matchers::Contains(", no..body: "));
}

TEST_CASE("ping6: as ping, over ICMPv6") {
  if (!root() || !std::filesystem::exists("/proc/sys/net/ipv6/conf/lo")) return;
  auto link = link_of(model::Ping{"::1", true}, 694, echo_id(4));
  if (link->send("###payload").sent != Link::Sent::yes) return;  // IPv6 is switched off on this machine
  CHECK(receive(*link, 1) == std::vector<std::string>{"::1 ###payload"});
}

namespace {
/// A null-modem cable: two lines whose far ends are joined by hand.
struct Cable {
  int far_end = -1;
  std::string tty;
  Cable() {
    far_end = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    REQUIRE(far_end >= 0);
    REQUIRE(::grantpt(far_end) == 0);
    REQUIRE(::unlockpt(far_end) == 0);
    tty = ::ptsname(far_end);
  }
  ~Cable() { pull(); }
  void pull() {
    if (far_end >= 0) ::close(std::exchange(far_end, -1));
  }
  void put(std::string_view bytes) { REQUIRE(::write(far_end, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())); }
  std::string get() {
    char bytes[65536];
    auto n = ::read(far_end, bytes, sizeof bytes);
    return n > 0 ? std::string(bytes, static_cast<std::size_t>(n)) : std::string();
  }
};
}  // namespace

TEST_CASE("serial: messages go out as they are and come in one by one, however they are cut") {
  Cable cable;
  auto link = link_of(model::Serial{cable.tty, 19200}, 694);
  const std::string one = ">>>\nt=status\ninfo=\x13\n<<<\n", two = ">>>\nt=x\n<<<\n";
  CHECK(link->send(one).sent == Link::Sent::yes);
  std::string out;
  io::Loop loop;
  REQUIRE(until(loop, [&] { return (out += cable.get()).size() >= one.size(); }));
  CHECK(out == one);

  cable.put(one + two);
  CHECK(receive(*link, 2) == std::vector<std::string>{"tty " + one, "tty " + two});
  cable.put("noise\r\n<<<\n" + one.substr(0, 9));
  cable.put(one.substr(9));
  CHECK(receive(*link, 1) == std::vector<std::string>{"tty " + one});
  // Cut off by a reboot of the sender: the next one is whole.
  cable.put(one.substr(0, 12) + "\n" + two);
  CHECK(receive(*link, 1) == std::vector<std::string>{"tty " + two});
}

TEST_CASE("serial: what nobody takes is not kept, and later ones arrive whole") {
  Cable cable;
  auto link = link_of(model::Serial{cable.tty, 9600}, 694);
  auto message = [](int i) { return ">>>\nt=n" + std::to_string(i) + "\npad=" + std::string(400, 'x') + "\n<<<\n"; };
  bool refused = false;
  for (int i = 0; i < 2000; ++i) refused = link->send(message(i)).sent == Link::Sent::not_now || refused;
  CHECK(refused);
  std::string all;
  io::Loop loop;
  REQUIRE(until(loop, [&] {
    all += cable.get();
    link->send("");  // nothing new: only what still waits
    return all.find("t=n1999\n") != std::string::npos;
  }));
  CHECK(all.size() < 2000 * message(0).size() / 4);
  CHECK(all.find(message(1999)) != std::string::npos);
}

TEST_CASE("serial: endless noise stays bounded, and a cable whose end is gone is said to be gone") {
  Cable cable;
  auto link = link_of(model::Serial{cable.tty, 9600}, 694);
  std::size_t packets = 0;
  for (int i = 0; i < 400; ++i) {
    cable.put(">>>\n" + std::string(3000, 'x'));
    packets += link->drain(100, [](const shell::Packet&) {});
  }
  CHECK(packets == 0);
  cable.put("\n>>>\nt=x\n<<<\n");
  CHECK(receive(*link, 1) == std::vector<std::string>{"tty >>>\nt=x\n<<<\n"});
  cable.pull();
  CHECK(link->send(">>>\nt=x\n<<<\n").sent == Link::Sent::gone);
  CHECK_FALSE(link->gone());  // nobody has read yet
  link->drain(1, [](const shell::Packet&) {});
  CHECK(link->gone());
}

TEST_CASE("a packet that cannot be sent names where it should have gone") {
  in_addr loopback{};
  ::inet_pton(AF_INET, "127.0.0.1", &loopback);
  in6_addr all_nodes{};
  ::inet_pton(AF_INET6, "ff02::1", &all_nodes);
  CHECK(shell::SocketAddress::v6(all_nodes, 694, 1).text_with_port() == "[ff02::1]:694");
  // A socket that cannot send to such an address stands for an interface that is down.
  const auto target = shell::SocketAddress::v4(loopback, 694);
  auto datagram = shell::make_datagram_link(io::Fd(::open("/dev/null", O_RDWR)), io::Fd(::open("/dev/null", O_RDWR)), {target.raw()});
  auto outcome = datagram->send("x");
  CHECK(outcome.error == ENOTSOCK);
  CHECK(outcome.to == "127.0.0.1:694");
  auto echo = shell::make_echo_link(io::Fd(::open("/dev/null", O_RDWR)), {target.raw()}, 1);
  CHECK(echo->send("x").to == "127.0.0.1");
}

TEST_CASE("what cannot be opened says why") {
  auto missing = shell::open_medium({model::Bcast{"nosuchif0"}, 694, {}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ENODEV);
  CHECK(missing.error().message == "IP interface [nosuchif0] does not exist");
  CHECK_FALSE(shell::open_medium({model::Mcast{"lo", "not an address", 694, 1, 0}, 694, {}}));
  CHECK_FALSE(shell::open_medium({model::Serial{"/nowhere/ttyS0", 19200}, 694, {}}));
  auto no_line = shell::open_medium({model::Serial{"/dev/null", 19200}, 694, {}});
  REQUIRE_FALSE(no_line);
  CHECK(no_line.error().message.find("cannot get tty attributes: /dev/null") == 0);
}
