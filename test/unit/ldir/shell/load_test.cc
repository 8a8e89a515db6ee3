// SPDX-License-Identifier: Apache-2.0
// How much of the file a verb reads, and whom it asks for names meanwhile.
#include "ldir/load.h"

#include "io/files.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

using namespace ldir;

namespace {

/// A name server that is dead: who asks it waits. Here each question is counted instead.
class Dead final : public conf::Resolver {
 public:
  conf::HostAnswer host(const conf::HostName&) const override {
    ++asked;
    return {};
  }
  std::optional<std::uint16_t> service(const std::string&, const std::string&) const override {
    ++asked;
    return std::nullopt;
  }
  std::string local_name() const override { return "dir"; }
  mutable int asked = 0;
};

constexpr const char* kText =
    "logfile=\"/var/log/elsewhere\"\nfallback=spare:http\nexecute=b.cf\n"
    "virtual=www:http\n\treal=r1:http gate\n\treal=r2->r3:80 masq 1 \"http://r4/\", \"x\"\n\tservice=http\n\tfallback=r5\n";

}  // namespace

TEST_CASE("to stop the daemon and to ask it how it is no name is looked up") {
  test::Scratch dir;
  REQUIRE(io::write_file(dir / "t.cf", kText));
  for (auto verb : {Verb::stop, Verb::status}) {
    Dead names;
    auto loaded = load_for(verb, dir / "t.cf", names);
    CHECK(names.asked == 0);
    CHECK(loaded.config.path == dir / "t.cf");
    CHECK(loaded.config.logfile == "/var/log/elsewhere");
    CHECK(loaded.config.execute == std::vector<std::string>{"b.cf"});
  }
  for (auto verb : {Verb::start, Verb::restart, Verb::try_restart, Verb::reload}) {
    Dead names;
    CHECK_FALSE(load_for(verb, dir / "t.cf", names).usable());
    CHECK(names.asked > 0);
  }
}

TEST_CASE("to stop the daemon and to ask it how it is a broken file, or none, is no hindrance") {
  test::Scratch dir;
  REQUIRE(io::write_file(dir / "t.cf", "junk\nlogfile=\"local3\"\n\tworse\nexecute=b.cf\nvirtual=what\n"));
  for (auto verb : {Verb::stop, Verb::status}) {
    auto loaded = load_for(verb, dir / "t.cf", Dead());
    CHECK(loaded.config.logfile == "local3");
    CHECK(loaded.config.execute == std::vector<std::string>{"b.cf"});
    CHECK(load_for(verb, dir / "none.cf", Dead()).config.path == dir / "none.cf");
  }
}

TEST_CASE("a checkcommand that is not there is told of once, and the file is used") {
  test::Scratch dir;
  REQUIRE(io::write_file(dir / "t.cf", "virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n\treal=10.0.0.3:80 gate\n"
                                       "\tchecktype=external\n\tcheckcommand=\"" + dir / "none" + "\"\n"
                                       "virtual=10.0.0.1:81\n\treal=10.0.0.2:81 gate\n\tchecktype=external\n"
                                       "\tcheckcommand=/bin/true\n"));
  auto loaded = load_for(Verb::start, dir / "t.cf", Dead());
  CHECK(loaded.usable());
  REQUIRE(loaded.findings.all().size() == 1);
  const auto& said = loaded.findings.all().back();
  CHECK(said.at.line == 5);
  CHECK(said.message == "this program cannot be run: No such file or directory; until it can, these real servers are down");
}
