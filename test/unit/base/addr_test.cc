// SPDX-License-Identifier: Apache-2.0
#include "base/addr.h"

#include "test/support/catch.h"

using base::IpAddress;

TEST_CASE("addresses of both families print as they parse") {
  for (auto text : {"0.0.0.0", "172.16.60.111", "255.255.255.255", "::1", "fd00::100", "fe80::1"})
    CHECK(IpAddress::parse(text)->str() == text);
  CHECK(IpAddress::parse("FD00:0:0::0001")->str() == "fd00::1");
}

TEST_CASE("what is no address is refused") {
  for (auto text : {"", "10.0.0", "10.0.0.256", "10.0.0.1 ", "[::1]", "::g", "host", "1.2.3.4.5", "fe80::1%eth0"})
    CHECK_FALSE(IpAddress::parse(text).has_value());
  CHECK_FALSE(IpAddress::parse(std::string(4000, '1')).has_value());
  CHECK_FALSE(IpAddress::parse(std::string_view("10.0.0.1\0x", 10)).has_value());
}

TEST_CASE("v4 values are in host order, endpoints bracket IPv6") {
  CHECK(IpAddress::v4(0x0A000001).str() == "10.0.0.1");
  CHECK(IpAddress::parse("10.0.0.1")->v4_value() == 0x0A000001);
  CHECK(base::Endpoint{*IpAddress::parse("fd00::1"), 80}.str() == "[fd00::1]:80");
  CHECK(base::Endpoint{*IpAddress::parse("10.0.0.1"), 80}.str() == "10.0.0.1:80");
}

TEST_CASE("loopback and multicast") {
  CHECK(IpAddress::parse("127.9.9.9")->is_loopback());
  CHECK(IpAddress::parse("::1")->is_loopback());
  CHECK_FALSE(IpAddress::parse("::2")->is_loopback());
  CHECK_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
  CHECK(IpAddress::parse("225.0.0.1")->is_multicast());
  CHECK(IpAddress::parse("ff02::1")->is_multicast());
  CHECK_FALSE(IpAddress::parse("10.0.0.1")->is_multicast());
}

TEST_CASE("only loopback addresses with a port may serve status") {
  CHECK(base::parse_loopback("127.0.0.1:9694")->str() == "127.0.0.1:9694");
  CHECK(base::parse_loopback("127.1.2.3:1")->str() == "127.1.2.3:1");
  CHECK(base::parse_loopback("[::1]:65535")->str() == "[::1]:65535");
  for (auto text : {"", "127.0.0.1", "127.0.0.1:", ":9694", "9694", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+1",
                    "localhost:9694", "::1:9694", "[127.0.0.1]:9694", "[::1]", "[]:1", "127.0.0.1:9694 ", "127.1:80"}) {
    INFO(text);
    const auto result = base::parse_loopback(text);
    REQUIRE_FALSE(result);
    CHECK(result.error().message == "expected a loopback address and a port, such as 127.0.0.1:9694 or [::1]:9694");
  }
  for (auto text : {"0.0.0.0:9694", "10.0.0.1:9694", "[::]:9694", "[::ffff:127.0.0.1]:9694", "[fe80::1]:9694"}) {
    INFO(text);
    const auto result = base::parse_loopback(text);
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find("is not a loopback address: other machines could read it") != std::string::npos);
  }
}
