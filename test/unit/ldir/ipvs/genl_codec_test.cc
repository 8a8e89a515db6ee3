// SPDX-License-Identifier: Apache-2.0
// Byte vectors are little-endian, as on every machine that builds this so far; the codec itself is not.
#include "ldir/ipvs/genl_codec.h"

#include "base/rng.h"
#include "test/support/catch.h"

using namespace ldir::ipvs;

namespace {

base::IpAddress ip(const char* text) { return *base::IpAddress::parse(text); }

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (int v : values) out += static_cast<char>(v);
  return out;
}

ServiceKey vip() { return {Protocol::tcp, ip("10.9.9.100"), 80, 0}; }

}  // namespace

TEST_CASE("a service is deleted by family, protocol, address and port") {
  const auto r = encode(DeleteService{vip()});
  CHECK(r.command == 3);
  CHECK(r.attributes == bytes({0x30, 0, 0x01, 0x80,                                           // nested SERVICE, 48 bytes
                               6, 0, 1, 0, 2, 0, 0, 0,                                        // AF inet
                               6, 0, 2, 0, 6, 0, 0, 0,                                        // PROTOCOL tcp
                               20, 0, 3, 0, 10, 9, 9, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // ADDR
                               6, 0, 4, 0, 0, 80, 0, 0}));                                    // PORT, network order
}

TEST_CASE("a mark is one of its family") {
  CHECK(encode(DeleteService{{Protocol::fwm, ip("::"), 0, 7}}).attributes ==
        bytes({20, 0, 0x01, 0x80, 6, 0, 1, 0, 10, 0, 0, 0, 8, 0, 5, 0, 7, 0, 0, 0}));
}

TEST_CASE("listing asks for all services, then for the destinations of one") {
  CHECK(list_services().command == 4);
  CHECK(list_services().attributes.empty());
  CHECK(list_dests(vip()).command == 8);
  CHECK(list_dests(vip()).attributes == encode(DeleteService{vip()}).attributes);
}

TEST_CASE("a service survives the way out and back", "[roundtrip]") {
  for (const char* address : {"10.9.9.100", "fd00::100"})
    for (auto protocol : {Protocol::tcp, Protocol::udp, Protocol::fwm})
      for (std::uint32_t persistent : {0u, 600u})
        for (bool ops : {false, true}) {
          ServiceKey key{protocol, ip(address), 8080, 0};
          if (protocol == Protocol::fwm) key = {protocol, key.address.is_v4() ? ip("0.0.0.0") : ip("::"), 0, 5};
          ServiceOptions o{"wlc", persistent, 0, ops, 8 | 32};
          if (persistent) o.netmask = key.address.is_v4() ? 0xffffff00 : 64;
          const auto back = decode_service(encode(AddService{key, o}).attributes);
          REQUIRE(back);
          CHECK(back->first == key);
          CHECK(back->second == o);
        }
}

TEST_CASE("the default netmask is 0 on our side and all ones on the kernel's") {
  ServiceOptions o{"rr", 60, 0, false, 0};
  const auto sent = encode(AddService{vip(), o}).attributes;
  CHECK(sent.find(bytes({8, 0, 9, 0, 255, 255, 255, 255})) != sent.npos);
  CHECK(decode_service(sent)->second.netmask == 0);
  o.netmask = 0xffffff00;
  CHECK(encode(AddService{vip(), o}).attributes.find(bytes({8, 0, 9, 0, 255, 255, 255, 0})) != sent.npos);
  const ServiceKey six{Protocol::tcp, ip("fd00::100"), 80, 0};
  o.netmask = 0;
  CHECK(encode(AddService{six, o}).attributes.find(bytes({8, 0, 9, 0, 128, 0, 0, 0})) != sent.npos);
}

TEST_CASE("a destination survives the way out and back", "[roundtrip]") {
  for (const char* address : {"10.9.9.2", "fd00::2"})
    for (auto forward : {Forward::masq, Forward::local, Forward::tunnel, Forward::route, Forward::bypass}) {
      const DestKey key{ip(address), 8081};
      const Dest value{forward, 65535, 20, 10};
      const auto back = decode_dest(encode(EditDest{vip(), key, value}).attributes, key.address.family());
      REQUIRE(back);
      CHECK(back->first == key);
      CHECK(back->second == value);
    }
}

TEST_CASE("an old kernel does not say the family of a destination") {
  const auto inner = bytes({20, 0, 1, 0, 10, 9, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // ADDR
                            6, 0, 2, 0, 0, 80, 0, 0,                                    // PORT
                            8, 0, 3, 0, 3, 0, 0, 0,                                     // FWD_METHOD route
                            8, 0, 4, 0, 1, 0, 0, 0});                                   // WEIGHT
  const auto dest = decode_dest(bytes({static_cast<int>(inner.size() + 4), 0, 2, 0x80}) + inner, base::Family::v4);
  REQUIRE(dest);
  CHECK(dest->first.str() == "10.9.9.2:80");
  CHECK(dest->second == Dest{});
}

TEST_CASE("connections are what the thresholds are about, active and inactive; they make no entry another one") {
  const auto inner = bytes({20, 0, 1, 0, 10, 9, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // ADDR
                            6, 0, 2, 0, 0, 80, 0, 0,                                    // PORT
                            8, 0, 3, 0, 3, 0, 0, 0,                                     // FWD_METHOD route
                            8, 0, 4, 0, 1, 0, 0, 0,                                     // WEIGHT
                            8, 0, 7, 0, 5, 1, 0, 0, 8, 0, 8, 0, 2, 0, 0, 0});           // ACTIVE_CONNS, INACT_CONNS
  const auto dest = decode_dest(bytes({static_cast<int>(inner.size() + 4), 0, 2, 0x80}) + inner, base::Family::v4);
  REQUIRE(dest);
  CHECK(dest->second.connections.count == 263);
  CHECK(dest->second == Dest{});
  CHECK_FALSE(dest->second < Dest{});
}

TEST_CASE("services of other protocols stay foreign") {
  auto sctp = encode(AddService{vip(), {}}).attributes;
  const auto at = sctp.find(bytes({6, 0, 2, 0, 6, 0}));
  REQUIRE(at != sctp.npos);
  sctp[at + 4] = static_cast<char>(132);
  CHECK_FALSE(decode_service(sctp));
}

TEST_CASE("no bytes can harm the decoder") {
  base::Rng rng(1);
  const std::string good[] = {encode(AddService{vip(), {}}).attributes,
                              encode(AddDest{vip(), {ip("10.9.9.2"), 80}, {}}).attributes};
  for (int i = 0; i < 20000; ++i) {
    std::string s = good[rng.below(2)];
    s.resize(rng.below(s.size() + 1));
    for (auto n = rng.below(4); n-- && !s.empty();) s[rng.below(s.size())] = static_cast<char>(rng.next());
    decode_service(s);
    decode_dest(s, base::Family::v6);
  }
}

TEST_CASE("tunnels keep their type, port and flags; plain ones are written as old kernels know them", "[roundtrip]") {
  const DestKey key{ip("10.9.9.2"), 80};
  for (Dest d : {Dest{Forward::tunnel, 3, 20, 10, Tunnel::gue, 6080, 2}, Dest{Forward::tunnel, 3, 0, 0, Tunnel::gre, 0, 1},
                 Dest{Forward::tunnel, 3, 0, 0}}) {
    const auto back = decode_dest(encode(AddDest{vip(), key, d}).attributes, base::Family::v4);
    REQUIRE(back);
    CHECK(back->second == d);
  }
  CHECK(encode(AddDest{vip(), key, {Forward::tunnel, 3, 0, 0}}).attributes.size() ==
        encode(AddDest{vip(), key, {Forward::route, 3, 0, 0}}).attributes.size());
  CHECK(describe(AddDest{vip(), key, {Forward::tunnel, 3, 0, 0, Tunnel::gue, 6080, 0}}) ==
        "-a -t 10.9.9.100:80 -r 10.9.9.2:80 -i -w 3 --tun-type gue --tun-port 6080 --tun-nocsum");
  CHECK(describe(AddDest{vip(), key, {Forward::tunnel, 3, 0, 0, Tunnel::gre, 0, 1}}) ==
        "-a -t 10.9.9.100:80 -r 10.9.9.2:80 -i -w 3 --tun-type gre --tun-csum");
}
