// SPDX-License-Identifier: Apache-2.0
// A file stands for the device: what is written to it is what the device would have got.
#include "hbd/shell/watchdog.h"

#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd::shell;
using namespace std::chrono_literals;

TEST_CASE("the watchdog waits for dead time, in whole seconds and a little longer") {
  Scratch dir;
  auto device = dir.file("watchdog", "");
  auto dog = Watchdog::open(device, 3s);
  REQUIRE(dog);
  CHECK(dog->device() == device);
  CHECK(dog->seconds() == 4);
  CHECK(dir.read("watchdog") == std::string("\0", 1));

  SECTION("another dead time holds from then on, and begins with a pat") {
    dog->set_deadtime(500ms);
    CHECK(dog->seconds() == 1);
    dog->set_deadtime(30s);
    CHECK(dog->seconds() == 31);
    CHECK(dir.read("watchdog") == std::string("\0\0\0", 3));
  }
  SECTION("put to sleep, it is asked nothing any more") {
    dog->disarm();
    dog->set_deadtime(30s);
    dog->pat();
    CHECK(dir.read("watchdog") == std::string("\0V", 2));
    CHECK(dog->device().empty());
  }
}

TEST_CASE("a device that is not there says so") {
  auto dog = Watchdog::open("/nowhere/watchdog", 3s);
  REQUIRE_FALSE(dog);
  CHECK(dog.error().message == "No such file or directory");
}
