// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include "hbd/shell/config.h"
#include "test/support/catch.h"

using namespace hbd::shell;

namespace {
io::Fd again(int fd) { return io::Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }
}  // namespace

TEST_CASE("what a child noted is there for the next one") {
  auto memory = Memory::create();
  REQUIRE(memory);
  auto copy = again(memory->descriptor());
  {
    Journal journal(std::move(*memory));
    CHECK(journal.memento().empty());
    journal.asked({1, 1, 0, 0, 0, 1000});
    journal.asked({2, 1, 0, 1, 1, 1000});
    journal.remember("first");
    REQUIRE(journal.commit());
    CHECK(journal.answered(1));
    CHECK_FALSE(journal.answered(1));
    journal.remember(std::string("12\nnot a length\n\0x", 18));
    REQUIRE(journal.commit());
  }
  Journal next{Memory(std::move(copy))};
  CHECK(next.memento() == std::string("12\nnot a length\n\0x", 18));
  REQUIRE(next.outstanding().size() == 1);
  CHECK(next.outstanding().at(2).resource == 1);
}

TEST_CASE("a memento torn by the death of its writer leaves the one before") {
  auto memory = Memory::create();
  REQUIRE(memory);
  REQUIRE(memory->store("old"));
  REQUIRE(memory->store("new"));
  CHECK(memory->load() == "new");
  // The third goes where the first was; half written, it must not hide the second.
  auto fd = memory->descriptor();
  char half[30] = {};
  SECTION("header only") { REQUIRE(::pwrite(fd, half, 24, 24 + Memory::kMaxMemento) == 24); }
  SECTION("text only") { REQUIRE(::pwrite(fd, "x", 1, 24 + Memory::kMaxMemento + 24) == 1); }
  CHECK(memory->load() == "new");
  REQUIRE(memory->store("third"));
  CHECK(memory->load() == "third");
}

TEST_CASE("numbers go on over a change of hands; too much is refused and harms nothing") {
  auto memory = Memory::create();
  REQUIRE(memory);
  REQUIRE(memory->store("one"));
  Memory second(again(memory->descriptor()));
  REQUIRE(second.store("two"));
  CHECK(memory->load() == "two");
  CHECK_FALSE(second.store(std::string(Memory::kMaxMemento + 1, 'x')));
  CHECK(second.load() == "two");
}

TEST_CASE("configuration texts cross through a memfd unchanged") {
  Texts texts{{"/etc/ha.d/ha.cf", std::string("node a\0b\n", 9), "", 0644},
              {"h", "", "No such file or directory", 0},
              {"k", "auth 1\n", "", 0600},
              "alice",
              {"o", "rcvloss=1\n", "", 0644}};
  auto fd = to_memfd(texts);
  REQUIRE(fd);
  auto back = from_memfd(fd->get());
  REQUIRE(back);
  CHECK(*back == texts);
  CHECK(::write(fd->get(), "x", 1) < 0);  // sealed
  CHECK_FALSE(from_memfd(0));
}
