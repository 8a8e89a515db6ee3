// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"
#include "hbd/wire/netstring.h"
#include "hbd/wire/seal.h"
#include "hbd/wire/text_form.h"
#include "test/support/catch.h"
#include "test/unit/hbd/wire/vectors.h"

using namespace hbd;
using namespace hbd::wire;
using wire::test::kVectors;

TEST_CASE("captured packets open and seal to the same bytes") {
  REQUIRE(std::size(kVectors) == 12);
  for (const auto& vector : kVectors) {
    INFO(vector.name);
    auto packet = vector.bytes();
    REQUIRE(packet.size() == vector.length);
    REQUIRE(base::sha256_hex(packet).substr(0, 16) == vector.sha_prefix);
    auto extent = netstring_extent(packet);
    REQUIRE(extent);
    CHECK(*extent == vector.hashed);
    auto message = open(packet, vector.keys());
    REQUIRE(message);
    CHECK_FALSE(message->has("auth"));
    CHECK(seal(*message, vector.keys(), vector.format) == packet);
  }
}

TEST_CASE("the auth field inside a captured packet is the MAC of its text form") {
  for (const auto& vector : kVectors) {
    if (vector.format == model::MessageFormat::netstring) continue;
    INFO(vector.name);
    auto packet = vector.bytes();
    auto message = decode_netstring(std::string_view(packet).substr(0, vector.hashed));
    REQUIRE(message);
    auto opened = open(encode_text(*message), vector.keys());
    REQUIRE(opened);
    CHECK(seal_text(*opened, vector.keys()) == encode_text(*message));
    CHECK(open(encode_text(*message) + '\0', vector.keys()));
  }
}

TEST_CASE("V1's text form is the reference's, byte by byte") {
  auto message = open(kVectors[0].bytes(), kVectors[0].keys());
  REQUIRE(message);
  auto lines = text_lines(*message);
  CHECK(lines.size() == 145);
  CHECK(lines ==
        "t=status\nst=init\ndt=1b58\nprotocol=1\nsrc=alice\n(1)srcuuid=bk6uRzvcRmGu2YIMuV+Mtw==\nseq=1\nhg=6b00084a\n"
        "ts=6b000849\nld=0.44 0.26 0.14 2/111 37\nttl=3\n");
  CHECK(base::crc32_msb(lines) == 0x2b6c3268u);
}

TEST_CASE("no captured packet survives the change or the loss of one byte") {
  for (const auto& vector : kVectors) {
    INFO(vector.name);
    auto packet = vector.bytes();
    for (std::size_t i = 0; i < packet.size(); ++i) {
      auto changed = packet;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      CHECK_FALSE(open(changed, vector.keys()));
      CHECK_FALSE(open(std::string_view(packet).substr(0, i), vector.keys()));
    }
    CHECK_FALSE(open(packet + "x", vector.keys()));
  }
}
