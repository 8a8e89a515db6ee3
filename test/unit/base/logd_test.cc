// SPDX-License-Identifier: Apache-2.0
#include "base/logd.h"

#include "test/support/catch.h"

using namespace std::string_literals;

// What `ha_logger -t myentity "hello world"` of cluster-glue 1.0.12 sends on x86_64 as process 49, but for the facility.
TEST_CASE("a frame for ha_logd is the one that ha_logger sends") {
  if (sizeof(long) != 8) return;  // recorded on a machine with 64 bits
  auto when = base::Wall(std::chrono::seconds(0x6b0b5b0f));
  auto frame = base::logd_frame({"myentity", 0x31, base::Level::info, false, "hello world", when});
  CHECK(frame == "\x6c\0\0\0\xcd\xab\0\0\2\0\0\0\x18\0\0\0\6\0\0\0\x0c\0\0\0\0\0\0\0\x31\0\0\0myentity"s + std::string(56, '\0') +
                     "\x0f\x5b\x0b\x6b\0\0\0\0hello world\0"s);
}

TEST_CASE("a frame for ha_logd is bounded, and has the weight that its line has") {
  using base::Level;
  auto frame = base::logd_frame({std::string(100, 't'), 1, Level::crit, true, std::string(100'000, 'x'), {}});
  CHECK(frame.size() == 8 + 24 + 64 + sizeof(long) + 65536 + 1);
  CHECK(frame.substr(32, 64) == std::string(63, 't') + '\0');
  CHECK(frame.back() == '\0');
  const std::pair<Level, char> priorities[] = {{Level::debug, 7}, {Level::info, 6},  {Level::notice, 5},
                                               {Level::warn, 4},  {Level::error, 3}, {Level::crit, 2}};
  for (auto [level, priority] : priorities) CHECK(base::logd_frame({"t", 1, level, true, "x", {}})[16] == priority);
  CHECK(base::logd_frame({"t", 1, Level::info, true, "x", {}})[24] == 1);
}
