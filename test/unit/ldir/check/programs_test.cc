// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/echo.h"
#include "ldir/check/programs.h"
#include "test/support/catch.h"

namespace ldir::check {
namespace {

TEST_CASE("sqlplus: a row is enough, however many there are; an error counts more than anything else it says") {
  auto of = [](std::string_view output, std::string_view trouble = "", bool truncated = false) {
    const auto verdict = judge_sqlplus(output, trouble, truncated);
    return (verdict.pass ? "up: " : "down: ") + verdict.detail;
  };
  const std::string gave = "up: the query gave a row", none = "down: the query gave no row";
  CHECK(of("\n  1\n\n1 row selected.\n") == gave);
  for (auto count : {"2", "10", "20", "100", "1000000"}) {
    INFO(count);
    CHECK(of(std::string(count) + " rows selected.\n") == gave);
  }
  CHECK(of("3 rows updated.\n") == gave);
  CHECK(of("no rows selected\n") == none);
  CHECK(of("0 rows updated.\n") == none);
  CHECK(of(" rows selected\n") == none);
  CHECK(of("they are selected\n") == none);
  CHECK(of("") == none);
  CHECK(of("x\nx\n", "", true) == "up: the query gave rows");
  CHECK(of("ERROR:\nORA-01017: logon denied\n1 row selected.\n") == "down: ORA-01017: logon denied");
  CHECK(of("1 row selected.\n", "exit code 9") == "down: sqlplus: exit code 9");
}

TEST_CASE("external-perl: the status, or why the script died, in one line") {
  auto of = [](std::string_view reply) {
    const auto verdict = judge_perl(reply, "/c.pl");
    return (verdict.pass ? "up: " : "down: ") + verdict.detail;
  };
  CHECK(of("0 ") == "up: exit 0");
  CHECK(of("3 ") == "down: /c.pl exit 3");
  CHECK(of("-1 oh at /c.pl line 1.") == "down: /c.pl died: oh at /c.pl line 1.");
  CHECK(of("00 ") == "down: /c.pl exit 00");
  CHECK(of("") == "down: /c.pl exit ");
  CHECK(of("\n\x01 ").find('\n') == std::string::npos);
  CHECK(of(std::string(4096, 'x')).size() < 100);
}

TEST_CASE("an echo answers our request, and only that") {
  using base::Family;
  const EchoId mine{0x1234, 7};
  for (auto family : {Family::v4, Family::v6}) {
    auto packet = echo_request(family, mine);
    CHECK(packet.size() == 72);
    const std::string head = family == Family::v4 ? std::string("\x46") + std::string(23, '\0') : "";  // four bytes of options
    CHECK_FALSE(is_echo_reply(family, mine, head + packet));  // what was sent
    packet[0] = family == Family::v4 ? '\0' : '\x81';
    CHECK(is_echo_reply(family, mine, head + packet));
    CHECK_FALSE(is_echo_reply(family, {0x1234, 8}, head + packet));
    CHECK_FALSE(is_echo_reply(family, {0x1235, 7}, head + packet));
    CHECK_FALSE(is_echo_reply(family, mine, (head + packet).substr(0, head.size() + 7)));
    CHECK_FALSE(is_echo_reply(family, mine, head.substr(0, 1)));
    CHECK_FALSE(is_echo_reply(family, mine, ""));
  }
  // The checksum of a packet with its checksum is nothing.
  const auto packet = echo_request(Family::v4, mine);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < packet.size(); i += 2)
    sum += static_cast<std::uint32_t>(static_cast<unsigned char>(packet[i]) << 8 | static_cast<unsigned char>(packet[i + 1]));
  CHECK(((sum & 0xffff) + (sum >> 16)) == 0xffff);
}

}  // namespace
}  // namespace ldir::check
