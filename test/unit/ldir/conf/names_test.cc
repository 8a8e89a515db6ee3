// SPDX-License-Identifier: Apache-2.0
// Whom the parser asks for names, and how often: a name server may be slow, and a file may have many names.
#include "ldir/conf/names.h"

#include <map>

#include "test/support/catch.h"
#include "test/unit/ldir/conf/fake_resolver.h"

using namespace ldir;
using namespace ldir::conf;

namespace {

class Counting final : public FakeResolver {
 public:
  HostAnswer host(const HostName& name) const override {
    ++asked[name];
    return FakeResolver::host(name);
  }
  std::vector<HostAnswer> hosts(const std::vector<HostName>& names) const override {
    ++rounds;
    return Resolver::hosts(names);
  }
  mutable std::map<HostName, int> asked;
  mutable int rounds = 0;
};

Loaded load_with(const Resolver& resolver, std::string text) {
  return parse(base::Source("t.cf", std::move(text)), resolver);
}

}  // namespace

TEST_CASE("each name of a file is looked up once, and all of them together") {
  Counting names;
  auto loaded = load_with(names,
                          "fallback=r3:80\n"
                          "virtual=vip:80\n\treal=r1:80 masq\n\treal=r2->r3:81 masq\n\treal=r1:82 masq\n\treal=pool:83 masq\n"
                          "\treal=r2:80 masq \"http://rs1/x\", \"y\"\n\tservice=http\n"
                          "virtual=vip:81\n\treal=r1:80 masq\n\tfallback=rs2:80\n"
                          "virtual6=vip:80\n\treal6=r1:80 masq\n");
  INFO(loaded.findings.render());
  CHECK(loaded.usable());
  CHECK(names.rounds == 1);
  for (const auto& [name, times] : names.asked) {
    INFO(name.name);
    CHECK(times == 1);
  }
  CHECK(names.asked.size() == 9);  // vip and r1 twice: IPv4 and IPv6
  REQUIRE(loaded.config.services.size() == 3);
  CHECK(loaded.config.services[0].key.address.str() == "10.9.9.100");
  CHECK(loaded.config.services[0].reals.size() == 8);
  CHECK(loaded.config.services[2].reals.at(0).endpoint.address.str() == "fd00::2");
}

TEST_CASE("a file without names asks for none") {
  Counting names;
  CHECK(load_with(names, "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n").usable());
  CHECK(names.rounds == 0);
}

TEST_CASE("a name that nobody answers for is another matter than one that does not exist") {
  auto said = load("virtual=vip:80\n\treal=unheard:80 masq\n\treal=nobody:80 masq\n").findings.render();
  CHECK(said.find("2:7: error: invalid address (unheard) for real server (could not resolve host): no name server has "
                  "answered for this name") != said.npos);
  CHECK(said.find("3:7: error: invalid address (nobody) for real server (could not resolve host): no IPv4 address is "
                  "known for this name") != said.npos);
}
