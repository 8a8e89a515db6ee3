// SPDX-License-Identifier: Apache-2.0
// Media over the loopback interface. Opening needs root; where that is missing, only the judging of errors is tested.
#include "hbd/shell/links/link.h"

#include <unistd.h>

#include <cerrno>

#include "hbd/shell/links/address.h"
#include "test/unit/hbd/shell/scratch.h"
#include "test/support/catch.h"

using namespace hbd;
using shell::Link;

namespace {

std::unique_ptr<Link> link_of(const model::Medium& medium, std::uint16_t port, std::uint16_t echo_id = 77) {
  auto opened = shell::open_medium({medium, port, {}});
  INFO((opened ? "" : opened.error().message));
  REQUIRE(opened);
  if (opened->kind == shell::LinkKind::echo) return shell::make_echo_link(std::move(opened->receive), opened->targets, echo_id);
  return shell::make_datagram_link(std::move(opened->receive), std::move(opened->send), opened->targets);
}

/// Waits for packets, bounded.
std::vector<std::string> receive(Link& link, std::size_t wanted) {
  std::vector<std::string> out;
  io::Loop loop;
  until(loop, [&] {
    link.drain(100, [&out](const shell::Packet& p) { out.push_back(std::string(p.from) + " " + std::string(p.bytes)); });
    return out.size() >= wanted;
  }, std::chrono::seconds(2));
  return out;
}

bool root() { return ::geteuid() == 0; }

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
  auto link = link_of(model::Ucast{"lo", "127.0.0.1"}, 46941);
  CHECK(link->send("one").sent == Link::Sent::yes);
  CHECK(link->send(std::string("t\0wo", 4)).sent == Link::Sent::yes);
  auto got = receive(*link, 2);
  REQUIRE(got.size() == 2);
  CHECK(got[0] == "127.0.0.1 one");
  CHECK(got[1] == "127.0.0.1 " + std::string("t\0wo", 4));
}

TEST_CASE("ucast6 to ourselves") {
  if (!root() || !std::filesystem::exists("/proc/sys/net/ipv6/conf/lo")) return;
  auto link = link_of(model::Ucast6{"lo", "::1"}, 46942);
  if (link->send("six").sent != Link::Sent::yes) return;  // IPv6 is switched off on this machine
  CHECK(receive(*link, 1) == std::vector<std::string>{"::1 six"});
}

TEST_CASE("a flood is taken in portions") {
  if (!root()) return;
  auto link = link_of(model::Ucast{"lo", "127.0.0.1"}, 46943);
  for (int i = 0; i < 100; ++i) link->send("x");
  std::size_t count = 0;
  auto took = link->drain(16, [&count](const shell::Packet&) { ++count; });
  CHECK(took == 16);
  CHECK(count == 16);
}

TEST_CASE("ping: the reply brings the packet back, once, and only to its own id") {
  if (!root()) return;
  auto link = link_of(model::Ping{"127.0.0.1"}, 694, 77);
  auto other = link_of(model::Ping{"127.0.0.1"}, 694, 78);
  CHECK(link->send("###payload of odd length").sent == Link::Sent::yes);
  auto got = receive(*link, 1);
  CHECK(got == std::vector<std::string>{"127.0.0.1 ###payload of odd length"});
  std::size_t strangers = 0;
  other->drain(100, [&strangers](const shell::Packet&) { ++strangers; });
  CHECK(strangers == 0);
}

TEST_CASE("ping_group: the first of several replies counts") {
  if (!root()) return;
  auto link = link_of(model::PingGroup{"g", {"127.0.0.1", "127.0.0.2", "127.0.0.3"}}, 694, 79);
  link->send("a");
  auto first = receive(*link, 1);
  REQUIRE(first.size() == 1);
  link->send("b");
  auto second = receive(*link, 1);
  REQUIRE(second.size() == 1);
  CHECK(second[0].substr(second[0].size() - 1) == "b");
}

TEST_CASE("what cannot be opened says why") {
  auto missing = shell::open_medium({model::Bcast{"nosuchif0"}, 694, {}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ENODEV);
  CHECK(missing.error().message == "IP interface [nosuchif0] does not exist");
  CHECK_FALSE(shell::open_medium({model::Mcast{"lo", "not an address", 694, 1, 0}, 694, {}}));
  CHECK_FALSE(shell::open_medium({model::Serial{"/dev/ttyS0", 19200}, 694, {}}));
}
