// SPDX-License-Identifier: Apache-2.0
#include "io/files.h"

#include <sys/stat.h>

#include <cerrno>

#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

TEST_CASE("reading files says what is wrong") {
  test::Scratch dir;
  CHECK(io::read_file(dir / "none").error().message == "no such file");
  CHECK(io::read_file("/tmp").error().code == EISDIR);
  REQUIRE(io::write_file(dir / "f", "hello\n"));
  CHECK(io::read_file(dir / "f").value() == "hello\n");
  CHECK(io::read_file(dir / "f", 3).error().message == "is larger than 3 bytes");
  CHECK(io::read_file("/dev/zero", 100).error().code == EFBIG);
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK(io::read_file(dir / "fifo").error().message == "is a FIFO, and not a file");
  CHECK_FALSE(io::write_file(dir / "no/f", "x"));
}

TEST_CASE("a watch tells each change of content once") {
  using Seen = io::FileWatch::Seen;
  test::Scratch dir;
  REQUIRE(io::write_file(dir / "f", "one"));
  io::FileWatch watch(dir / "f");
  CHECK(watch.look() == Seen::same);
  REQUIRE(io::write_file(dir / "f", "two"));
  CHECK(watch.look() == Seen::changed);
  CHECK(watch.look() == Seen::same);
  REQUIRE(io::write_file(dir / "f", "two"));  // new inode, same words
  CHECK(watch.look() == Seen::same);
  std::filesystem::remove(dir / "f");
  CHECK(watch.look() == Seen::vanished);
  CHECK(watch.look() == Seen::same);
  REQUIRE(io::write_file(dir / "f", "three"));
  CHECK(watch.look() == Seen::changed);
}
