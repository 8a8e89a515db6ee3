// SPDX-License-Identifier: Apache-2.0
#include "hbd/conf/value.h"

#include "test/support/catch.h"

using namespace hbd::conf;
using namespace std::chrono_literals;

TEST_CASE("times") {
  CHECK(parse_time("2") == 2s);
  CHECK(parse_time("0.5") == 500ms);
  CHECK(parse_time(".5") == 500ms);
  CHECK(parse_time("2.") == 2s);
  CHECK(parse_time("500ms") == 500ms);
  CHECK(parse_time("500msec") == 500ms);
  CHECK(parse_time("1.5ms") == 1500us);
  CHECK(parse_time("250us") == 250us);
  CHECK(parse_time("250usec") == 250us);
  CHECK(parse_time("0") == 0s);
  CHECK(parse_time("0.0000000001") == 0s);
  for (auto bad : {"", ".", "ms", "10s", "1min", "-1", "+1", "1e3", "1 ", "0x10", "1.2.3", "2592001", "99999999999999999999"})
    CHECK_FALSE(parse_time(bad));
}

TEST_CASE("booleans") {
  for (auto yes : {"on", "ON", "yes", "y", "true", "True", "1"}) CHECK(parse_bool(yes) == true);
  for (auto no : {"off", "no", "N", "false", "0"}) CHECK(parse_bool(no) == false);
  for (auto bad : {"", "2", "enable", "legacy"}) CHECK_FALSE(parse_bool(bad));
}

TEST_CASE("names and hosts") {
  CHECK(is_node_name("ha-master.example.com"));
  CHECK(is_node_name("yimiwork_215"));
  CHECK_FALSE(is_node_name(""));
  CHECK_FALSE(is_node_name("$HOST"));
  CHECK_FALSE(is_node_name(std::string(100, 'a')));
  CHECK(is_host("10.0.0.1"));
  CHECK(is_host("fe80::1%eth0"));
  CHECK(is_host("gw"));
  CHECK_FALSE(is_host("{{"));
  CHECK_FALSE(is_host("300.1.1.1"));
  CHECK_FALSE(is_host("1.2.3"));
  CHECK_FALSE(is_host("-x"));
}

TEST_CASE("times are shown as people write them") {
  CHECK(show_time(2s) == "2s");
  CHECK(show_time(1500ms) == "1.5s");
  CHECK(show_time(20ms) == "20ms");
  CHECK(show_time(0s) == "0s");
  CHECK(show_time(1500us) == "1500us");
}
