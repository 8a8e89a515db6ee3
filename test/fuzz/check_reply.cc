// SPDX-License-Identifier: Apache-2.0
// What answers a check that is no Script: an echo, the words of sqlplus, the reply of the Perl process; any bytes. The first
// byte chooses which, the second how it ended.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ldir/check/echo.h"
#include "ldir/check/programs.h"

using namespace ldir;

namespace {

void told_in_one_line(const check::Verdict& verdict) {
  BASE_CHECK(!verdict.detail.empty());
  BASE_CHECK(verdict.detail.size() < 400);
  for (const char c : verdict.detail) BASE_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view reply(reinterpret_cast<const char*>(data) + 2, size - 2);
  const bool odd = data[1] & 1, more = data[1] & 2;
  switch (data[0] % 4) {
    case 0:
    case 1: {
      // What is sent is no answer to itself, and what answers one request answers no other.
      const auto family = data[0] % 4 ? base::Family::v6 : base::Family::v4;
      const check::EchoId mine{0x1234, 7}, later{0x1234, 8}, others{0x1235, 7};
      const bool ours = check::is_echo_reply(family, mine, reply);
      BASE_CHECK(!(ours && check::is_echo_reply(family, later, reply)));
      BASE_CHECK(!(ours && check::is_echo_reply(family, others, reply)));
      BASE_CHECK(!ours || reply.size() >= 8u + (family == base::Family::v4 ? 20u : 0u) || (reply[0] & 0x0f) < 5);
      return 0;
    }
    case 2: {
      const auto verdict = check::judge_sqlplus(reply, odd ? "exit code 8" : "", more);
      told_in_one_line(verdict);
      BASE_CHECK(!(verdict.pass && (odd || reply.find("ORA-") != reply.npos || reply.find("no rows selected") != reply.npos)));
      BASE_CHECK(!(verdict.pass && !more && reply.find(" row") == reply.npos));
      return 0;
    }
    default: {
      const auto verdict = check::judge_perl(reply, "/etc/ha.d/check.pl");
      told_in_one_line(verdict);
      BASE_CHECK(verdict.pass == (reply == "0" || reply.starts_with("0 ")));
      return 0;
    }
  }
}
