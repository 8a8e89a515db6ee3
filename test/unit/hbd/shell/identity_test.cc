// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/identity.h"

#include <fmt/format.h>

#include "test/unit/hbd/shell/scratch.h"
#include "test/support/catch.h"

using namespace hbd::shell;

namespace {
base::Wall at(std::int64_t seconds) { return base::Wall(std::chrono::seconds(seconds)); }
}  // namespace

TEST_CASE("the generation grows by one at each start, in the original's format") {
  Scratch dir;
  auto path = dir.path + "/hb_generation";
  auto first = next_generation(path, false, at(1000));
  REQUIRE(first);
  CHECK(first->fresh);
  CHECK(first->number == 1001);
  CHECK(dir.read("hb_generation") == "           1001\n");
  auto second = next_generation(path, false, at(500));  // the clock stepped back
  REQUIRE(second);
  CHECK_FALSE(second->fresh);
  CHECK(second->number == 1002);
}

TEST_CASE("hbgenmethod time takes the clock, but never goes back") {
  Scratch dir;
  auto path = dir.path + "/hb_generation";
  CHECK(next_generation(path, true, at(5000))->number == 5001);
  CHECK(next_generation(path, true, at(9000))->number == 9000);
  CHECK(next_generation(path, true, at(10))->number == 9001);
}

TEST_CASE("a damaged generation file counts as none; one that cannot be written is an error") {
  Scratch dir;
  dir.file("hb_generation", "garbage\n");
  auto g = next_generation(dir.path + "/hb_generation", false, at(77));
  REQUIRE(g);
  CHECK(g->fresh);
  CHECK(g->number == 78);
  CHECK_FALSE(next_generation(dir.path + "/no/such/folder", false, at(1)));
}

TEST_CASE("the uuid is made once and read back; a wrong size is replaced") {
  Scratch dir;
  auto path = dir.path + "/hb_uuid";
  auto made = own_uuid(path);
  REQUIRE(made);
  CHECK(made->fresh);
  CHECK((made->bytes[6] >> 4) == 4);
  CHECK(dir.read("hb_uuid").size() == 16);
  auto known = own_uuid(path);
  CHECK_FALSE(known->fresh);
  CHECK(known->bytes == made->bytes);
  dir.file("hb_uuid", "short");
  CHECK(own_uuid(path)->fresh);
  // Of nodes that ran Heartbeat 3.0.6.
  const auto hex = [](const std::string& node) {
    std::string out;
    for (auto byte : uuid_of_name(node)) out += fmt::format("{:02x}", byte);
    return out;
  };
  CHECK(hex("alice") == "4d92ef9386a639de4440963a4d87f4d4");
  CHECK(hex("carol") == "70b4945004cd40ef29d8e78c639476ee");
}
