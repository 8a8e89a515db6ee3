// SPDX-License-Identifier: Apache-2.0
#include "hbd/model/cluster.h"
#include "hbd/model/limit.h"
#include "hbd/model/resource.h"
#include "test/support/catch.h"

using namespace hbd::model;

TEST_CASE("a medium knows its kind and its link's name") {
  CHECK(MediumEntry{Bcast{"eth0"}, 694, {}}.kind() == "bcast");
  CHECK(MediumEntry{Ucast{"eth1", "10.0.0.2"}, 694, {}}.link_name() == "eth1");
  CHECK(MediumEntry{Serial{"/dev/ttyS0"}, 694, {}}.link_name() == "/dev/ttyS0");
  MediumEntry group{PingGroup{"group1", {"10.0.0.1"}}, 694, {}};
  CHECK(group.kind() == "ping_group");
  CHECK(group.link_name() == "group1");
  CHECK(group.is_ping());
  CHECK_FALSE(MediumEntry{Mcast6{}, 694, {}}.is_ping());
}

TEST_CASE("ipfail is known by its file name at any path") {
  auto is = [](std::string command) { return Respawn{"root", std::move(command), false, {}}.is_ipfail(); };
  CHECK(is("/usr/lib64/heartbeat/ipfail"));
  CHECK(is("/usr/lib/heartbeat/ipfail -d"));
  CHECK_FALSE(is("/usr/bin/ipfail2"));
  CHECK_FALSE(is("/ipfail/dopd"));
  CHECK_FALSE(is(""));
}

TEST_CASE("holdings are sets seen from one side") {
  CHECK((Holding::local | Holding::foreign) == Holding::all);
  CHECK(without(Holding::all, Holding::local) == Holding::foreign);
  CHECK(mirrored(Holding::local) == Holding::foreign);
  CHECK(mirrored(Holding::all) == Holding::all);
  for (auto h : {Holding::none, Holding::local, Holding::foreign, Holding::all}) CHECK(parse_holding(word(h)) == h);
  CHECK_FALSE(parse_holding("transition"));
}

TEST_CASE("a group is shown as its line and known by its first resource") {
  ResourceGroup group{"ha-master", {{"IPaddr", {"10.0.0.1"}, "IPaddr::10.0.0.1", {}}, {"ipvsadm", {}, "ipvsadm", {}}}, {}};
  CHECK(group.line() == "ha-master IPaddr::10.0.0.1 ipvsadm");
  CHECK(group.key() == "IPaddr::10.0.0.1");
}

TEST_CASE("env words that set a limit, and their values") {
  using namespace std::chrono_literals;
  for (auto name : {"START_LIMIT", "STOP_LIMIT", "STATUS_LIMIT", "STOP_LIMIT_mysql", "START_LIMIT_", "STATUS_EVERY", "STATUS_EVERY_mysql"}) CHECK(is_limit(name));
  for (auto name : {"", "LIMIT", "STOP", "STOP_LIMITS", "stop_limit", "XSTOP_LIMIT"}) CHECK_FALSE(is_limit(name));
  CHECK(parse_limit("600") == 600s);
  CHECK(parse_limit("0") == 0s);
  CHECK(parse_limit("1000000") == 1000000s);
  for (auto value : {"", "-1", "1m", "1.5", "1000001", "99999999999", " 1"}) CHECK_FALSE(parse_limit(value));
}
