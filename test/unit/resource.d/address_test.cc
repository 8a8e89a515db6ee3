// SPDX-License-Identifier: Apache-2.0
#include "base/address_arg.h"
#include "resource.d/announce.h"
#include "resource.d/ha_log.h"
#include "resource.d/placement.h"
#include "test/support/catch.h"

using namespace resource;
using base::AddressArg;
using base::parse_address_arg;

namespace {
base::IpAddress ip(const char* text) { return base::IpAddress::parse(text).value(); }
AddressArg arg(std::string_view text) {
  auto parsed = parse_address_arg(text);
  INFO(text);
  REQUIRE(parsed);
  return *parsed;
}

Tables network() {
  Tables t;
  t.links = {{1, "lo", true, true, false, {}}, {2, "eth0", true, false, true, {2, 0, 0, 0, 0, 1}}, {3, "eth1", false, false, true, {}}};
  t.addresses = {{1, ip("127.0.0.1"), 8, false, false}, {2, ip("172.16.60.206"), 24, false, false}};
  t.routes = {{ip("0.0.0.0"), 0, 3, 100}, {ip("172.16.60.0"), 24, 2, 0}, {ip("172.16.0.0"), 16, 3, 0}};
  return t;
}
Placement placed(std::string_view text, const Tables& t = network()) {
  auto where = place(arg(text), t);
  INFO(text);
  REQUIRE(where);
  return *where;
}
}  // namespace

TEST_CASE("spellings of the argument") {
  auto a = arg("172.16.60.111");
  CHECK(a == AddressArg{ip("172.16.60.111"), {}, "", "", {}});
  CHECK(arg("10.0.0.1/24") == AddressArg{ip("10.0.0.1"), 24, "", "", {}});
  CHECK(arg("10.0.0.1/24/eth0") == AddressArg{ip("10.0.0.1"), 24, "eth0", "", {}});
  CHECK(arg("10.0.0.1/24/eth0/") == AddressArg{ip("10.0.0.1"), 24, "eth0", "", {}});
  CHECK(arg("10.0.0.1/24/eth0:0") == AddressArg{ip("10.0.0.1"), 24, "eth0", "eth0:0", {}});
  CHECK(arg("10.0.0.1//8/eth0:10") == AddressArg{ip("10.0.0.1"), 8, "eth0", "eth0:10", {}});
  CHECK(arg("10.0.0.1/255.255.255.0") == AddressArg{ip("10.0.0.1"), 24, "", "", {}});
  CHECK(arg("10.0.0.1/eth0") == AddressArg{ip("10.0.0.1"), {}, "eth0", "", {}});
  CHECK(arg("172.16.100.17/16/eth0/172.16.255.255") == AddressArg{ip("172.16.100.17"), 16, "eth0", "", ip("172.16.255.255")});
  CHECK(arg("10.0.0.1/24/10.0.0.1") == AddressArg{ip("10.0.0.1"), 24, "", "", ip("10.0.0.1")});
  CHECK(arg("10.0.0.1/") == AddressArg{ip("10.0.0.1"), {}, "", "", {}});
  CHECK(arg("fd00::1/64/eth0") == AddressArg{ip("fd00::1"), 64, "eth0", "", {}});
}

TEST_CASE("what is no argument") {
  auto says = [](std::string_view text) { return parse_address_arg(text).error().message; };
  CHECK(says("") == "[] not an IP address");
  CHECK(says("vip/24") == "[vip] not an IP address");
  CHECK(says("10.0.0.256") == "[10.0.0.256] not an IP address");
  CHECK(says("10.0.0.1/33") == "Invalid netmask specification [33]");
  CHECK(says("10.0.0.1/255.0.255.0") == "Invalid netmask specification [255.0.255.0]");
  CHECK(says("fd00::1/129") == "Invalid netmask specification [129]");
  CHECK(says("10.0.0.1/24/eth0:") == "[eth0:] is not the name of an interface");
  CHECK(says("10.0.0.1/24/:0") == "[:0] is not the name of an interface");
  CHECK(says("10.0.0.1/24/averylongdevice0") == "[averylongdevice0] is not the name of an interface");
  CHECK(says("10.0.0.1/24/eth0/brd") == "Invalid broadcast address [brd]");
  CHECK(says("10.0.0.1/24/eth0/10.0.0.255/x") == "[x] is one part too many");
}

TEST_CASE("the most specific route chooses interface and mask") {
  auto where = placed("172.16.60.111");
  CHECK(where.device == "eth0");
  CHECK(where.link == 2);
  CHECK(where.bits == 24);
  CHECK(where.broadcast == ip("172.16.60.255"));
  CHECK(where.label.empty());
  CHECK(placed("172.16.9.9").device == "eth1");
  CHECK(placed("172.16.9.9").broadcast == ip("172.16.255.255"));
}

TEST_CASE("a default route chooses the interface but says nothing about the mask") {
  auto where = placed("203.0.113.1");
  CHECK(where.device == "eth1");
  CHECK(where.bits == 32);
  CHECK_FALSE(where.broadcast);
  CHECK(placed("203.0.113.1/24").bits == 24);
}

TEST_CASE("a named interface is taken; its own route gives the mask") {
  CHECK(placed("172.16.60.111/eth0").bits == 24);
  CHECK(placed("172.16.60.111/eth1").bits == 16);
  CHECK(placed("203.0.113.1/eth0").bits == 32);
  CHECK(placed("172.16.60.111/32/eth0").broadcast == std::nullopt);
  CHECK(placed("172.16.60.111/31/eth0").broadcast == std::nullopt);
  CHECK(placed("172.16.60.111/24/eth0:0/172.16.60.1").broadcast == ip("172.16.60.1"));
  CHECK(placed("172.16.60.111/24/eth0:0").label == "eth0:0");
  CHECK(placed("10.0.0.1/0/eth0").broadcast == ip("255.255.255.255"));
}

TEST_CASE("of equal routes the smaller metric counts") {
  auto t = network();
  t.routes.push_back({ip("10.0.0.0"), 8, 2, 100});
  t.routes.push_back({ip("10.0.0.0"), 8, 3, 50});
  CHECK(placed("10.1.1.1", t).device == "eth1");
}

TEST_CASE("no interface") {
  auto t = network();
  t.routes.erase(t.routes.begin());
  CHECK(place(arg("203.0.113.1"), t).error().message ==
        "No interface found: there is no route to 203.0.113.1; name one, as in 203.0.113.1/24/eth0");
  CHECK(place(arg("203.0.113.1/24/eth9"), t).error().message == "eth9: unknown interface: No such device");
  t.routes = {{ip("127.0.0.0"), 8, 1, 0}};
  CHECK_FALSE(place(arg("127.0.0.9"), t));  // never by itself onto lo
  CHECK(placed("127.0.0.9/8/lo", t).device == "lo");
}

TEST_CASE("who holds an address") {
  auto t = network();
  t.addresses.push_back({1, ip("172.16.60.111"), 32, false, false});
  CHECK(holders(arg("172.16.60.111"), t).empty());
  CHECK(holders(arg("172.16.60.111/32/lo"), t).size() == 1);
  t.addresses.push_back({2, ip("172.16.60.111"), 24, true, false});
  CHECK(holders(arg("172.16.60.111"), t).size() == 1);
  CHECK(holders(arg("172.16.60.11"), t).empty());
}

TEST_CASE("networks contain addresses") {
  CHECK(contains(ip("10.0.0.0"), 8, ip("10.255.0.1")));
  CHECK_FALSE(contains(ip("10.0.0.0"), 9, ip("10.255.0.1")));
  CHECK(contains(ip("fd00::"), 64, ip("fd00::1")));
  CHECK_FALSE(contains(ip("fd00::"), 64, ip("fd00:0:0:1::1")));
  CHECK(contains(ip("0.0.0.0"), 0, ip("1.2.3.4")));
}

TEST_CASE("announcements, byte for byte") {
  std::array<std::uint8_t, 6> mac{2, 0xfc, 0, 0, 0, 1};
  CHECK(gratuitous_arp(ip("172.16.60.111"), mac, false) ==
        std::array<std::uint8_t, 28>{0, 1, 8, 0, 6, 4, 0, 1, 2, 0xfc, 0, 0, 0, 1, 172, 16, 60, 111, 0, 0, 0, 0, 0, 0, 172, 16, 60, 111});
  CHECK(gratuitous_arp(ip("172.16.60.111"), mac, true) ==
        std::array<std::uint8_t, 28>{0, 1, 8, 0, 6, 4, 0, 2, 2, 0xfc, 0, 0, 0, 1, 172, 16, 60, 111, 255, 255, 255, 255, 255, 255, 172, 16, 60, 111});
  CHECK(neighbour_advertisement(ip("fd00::1"), mac) ==
        std::array<std::uint8_t, 32>{136, 0, 0, 0, 0x20, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 2, 0xfc, 0, 0, 0, 1});
}

TEST_CASE("log lines have the shape of ha_log") {
  CHECK(logfile_line("2018/12/25_16:02:38", "IPaddr(IPaddr_10.0.0.1)[1]", "INFO: x") ==
        "2018/12/25_16:02:38  IPaddr(IPaddr_10.0.0.1)[1]:    INFO: x\n");
  CHECK(debugfile_line("2018/12/25_16:02:38", "IPaddr(IPaddr_10.0.0.1)[1]", "INFO: x") ==
        "IPaddr(IPaddr_10.0.0.1)[1]:\t2018/12/25_16:02:38 INFO: x\n");
}
