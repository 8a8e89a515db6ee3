// SPDX-License-Identifier: Apache-2.0
#include "ldir/ipvs/tunnel_guard.h"

#include "test/support/catch.h"
#include "test/support/fake_ipvs.h"

using namespace ldir::ipvs;
using Lines = std::vector<std::string>;

namespace {

const ServiceKey kWeb{Protocol::tcp, *base::IpAddress::parse("10.9.9.100"), 80, 0};
const DestKey kFirst{*base::IpAddress::parse("10.9.9.2"), 80},
    kSecond{*base::IpAddress::parse("10.9.9.3"), 80};
Dest wrapped(Tunnel tunnel, std::uint32_t weight = 3) {
  return {
      Forward::tunnel, weight, 0, 0, tunnel, static_cast<std::uint16_t>(tunnel == Tunnel::gue ? 6080 : 0), 0};
}

/// What a kernel before 5.3 does with attributes that it does not know: nothing.
class OldKernel final : public Backend {
 public:
  test::FakeIpvs real;
  base::Result<Table> read() override { return real.read(); }
  base::Result<void> apply(const Op& op) override {
    Op understood = op;
    Dest* value = nullptr;
    if (auto* add = std::get_if<AddDest>(&understood)) value = &add->value;
    if (auto* edit = std::get_if<EditDest>(&understood)) value = &edit->value;
    if (value) value->tunnel = Tunnel::ipip, value->tunnel_port = value->tunnel_flags = 0;
    return real.apply(understood);
  }
};

}  // namespace

TEST_CASE("a kernel that knows gue and gre gets them, the first of each by way of weight 0") {
  test::FakeIpvs kernel;
  TunnelGuard guard(kernel);
  REQUIRE(guard.apply(AddService{kWeb, {}}));
  REQUIRE(guard.apply(AddDest{kWeb, kFirst, wrapped(Tunnel::gue)}));
  REQUIRE(guard.apply(AddDest{kWeb, kSecond, wrapped(Tunnel::gre)}));
  CHECK(kernel.table[kWeb].dests ==
        std::map<DestKey, Dest>{{kFirst, wrapped(Tunnel::gue)}, {kSecond, wrapped(Tunnel::gre)}});
  CHECK(kernel.applied.size() == 5);
  REQUIRE(guard.apply(DeleteDest{kWeb, kFirst}));
  REQUIRE(guard.apply(AddDest{kWeb, kFirst, wrapped(Tunnel::gue)}));
  CHECK(kernel.applied.size() == 7);
}

TEST_CASE("a kernel that makes ipip of gue and gre is not left with it, and never sends a client there") {
  OldKernel kernel;
  kernel.real.watch = [](const Table& table) {
    for (const auto& [dest, value] : table.at(kWeb).dests)
      CHECK((value.forward != Forward::tunnel || value.weight == 0));
  };
  TunnelGuard guard(kernel);
  REQUIRE(guard.apply(AddService{kWeb, {}}));
  for (auto tunnel : {Tunnel::gue, Tunnel::gre}) {
    auto done = guard.apply(AddDest{kWeb, kFirst, wrapped(tunnel)});
    REQUIRE_FALSE(done);
    CHECK(done.error().message.find("this kernel has no ") == 0);
    CHECK(done.error().message.find(tunnel == Tunnel::gue ? "gue" : "gre") != std::string::npos);
    CHECK(kernel.real.table[kWeb].dests.empty());
  }
  const auto asked = kernel.real.applied.size();
  CHECK_FALSE(guard.apply(AddDest{kWeb, kSecond, wrapped(Tunnel::gue)}));
  CHECK(kernel.real.applied.size() == asked);
  // What stood there in another wrapping goes: it was to be replaced.
  kernel.real.watch = nullptr;
  REQUIRE(guard.apply(AddDest{kWeb, kSecond, wrapped(Tunnel::ipip)}));
  CHECK(kernel.real.table[kWeb].dests.size() == 1);
}

TEST_CASE("an entry that is there already is proof, and keeps its weight through a change") {
  test::FakeIpvs kernel;
  REQUIRE(kernel.apply(AddService{kWeb, {}}));
  REQUIRE(kernel.apply(AddDest{kWeb, kFirst, wrapped(Tunnel::gue)}));
  TunnelGuard guard(kernel);
  REQUIRE(guard.read());
  kernel.watch = [](const Table& table) { CHECK(table.at(kWeb).dests.at(kFirst).weight > 0); };
  REQUIRE(guard.apply(EditDest{kWeb, kFirst, wrapped(Tunnel::gue, 5)}));
  CHECK(kernel.table[kWeb].dests[kFirst].weight == 5);
}

TEST_CASE(
    "a kernel that can not be read, or whose table is changed meanwhile, tells nothing of its tunnels") {
  test::FakeIpvs kernel;
  TunnelGuard guard(kernel);
  REQUIRE(guard.apply(AddService{kWeb, {}}));
  kernel.unreadable = true;
  CHECK_FALSE(guard.apply(AddDest{kWeb, kFirst, wrapped(Tunnel::gue)}));
  kernel.unreadable = false;
  REQUIRE(guard.apply(EditDest{kWeb, kFirst, wrapped(Tunnel::gue)}));
  CHECK(kernel.table[kWeb].dests[kFirst] == wrapped(Tunnel::gue));
}
