// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/compression.h"

#include "hbd/wire/netstring.h"
#include "hbd/wire/seal.h"
#include "hbd/wire/text_form.h"
#include "test/support/catch.h"

using namespace hbd;
using namespace hbd::wire;
using Format = model::MessageFormat;

namespace {

const model::AuthKeys kKeys{1, {{1, {model::AuthKey::Method::sha1, "k"}}}};
const Compressor kBoth[] = {Compressor::zlib, Compressor::bz2};

/// Text that compresses, but not to nothing.
std::string prose(std::size_t size) {
  std::string out;
  for (unsigned i = 0; out.size() < size; ++i) out += "entry " + std::to_string(i * 7919 % 10007) + "\n";
  out.resize(size);
  return out;
}

Message long_message(std::size_t size) {
  return Message("num_ping_nodes").add("src", "alice").add("text", prose(size));
}

}  // namespace

TEST_CASE("what was deflated inflates to the same bytes") {
  for (auto method : kBoth)
    for (std::size_t size : {0u, 1u, 1000u, 16384u, 16385u, 200000u}) {
      auto bytes = prose(size);
      auto back = inflate(method, deflate(method, bytes), size);
      REQUIRE(back);
      CHECK(*back == bytes);
    }
}

TEST_CASE("inflating ends at the limit, however much there would be") {
  const std::string bomb(50'000'000, 'x');
  for (auto method : kBoth) {
    auto small = deflate(method, bomb);
    REQUIRE(small.size() < kMaxMessage);
    auto back = inflate(method, small, kMaxMessage);
    REQUIRE_FALSE(back);
    CHECK(back.error().kind == RefusalKind::oversized);
    CHECK(inflate(method, deflate(method, "abc"), 3));
    CHECK_FALSE(inflate(method, deflate(method, "abcd"), 3));
  }
}

TEST_CASE("damaged payloads are refused") {
  for (auto method : kBoth) {
    auto good = deflate(method, prose(5000));
    for (std::size_t cut = 0; cut < good.size(); cut += 7)
      CHECK_FALSE(inflate(method, good.substr(0, cut), kMaxMessage));
    for (std::size_t at = 0; at < good.size(); at += 5) {
      auto bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 0x55);
      CHECK_FALSE(inflate(method, bad, kMaxMessage));
    }
    CHECK_FALSE(inflate(method, good + "x", kMaxMessage));
    CHECK_FALSE(inflate(method, "", kMaxMessage));
  }
  CHECK_FALSE(inflate(Compressor::zlib, deflate(Compressor::bz2, "abc"), kMaxMessage));
  CHECK_FALSE(inflate(Compressor::zlib, std::string(kMaxMessage + 1, 'x'), kMaxMessage));
}

TEST_CASE("a message over the threshold travels packed, and open() does not show it") {
  auto message = long_message(10000);
  for (auto method : kBoth)
    for (auto format : {Format::classic, Format::netstring}) {
      auto packet = seal(message, kKeys, format, {method, 2048});
      CHECK(packet.size() < 7000);
      CHECK(packet.find("_compression_algorithm=" + std::string(word(method))) != std::string::npos);
      auto back = open(packet, kKeys);
      REQUIRE(back);
      CHECK(*back == message);
    }
  CHECK(seal(Message("x"), kKeys, Format::classic, {Compressor::zlib, 2048}) ==
        seal(Message("x"), kKeys, Format::classic));
}

TEST_CASE("without traditional_compression only what fits into no datagram is packed") {
  model::Cluster cluster;
  cluster.compression = "bz2";
  CHECK(packing_of(cluster).threshold == kMaxDatagram);
  CHECK(packing_of(cluster).method == Compressor::bz2);
  cluster.traditional_compression = true;
  cluster.compression_threshold_kib = 3;
  CHECK(packing_of(cluster).threshold == 3 * 1024);
  const auto fits = seal(long_message(60000), kKeys, Format::netstring);
  CHECK(fits.size() <= kMaxDatagram);
  CHECK(fits.find("_compressed_payload") == std::string::npos);
}

TEST_CASE("messages up to 256 KiB fit into a datagram") {
  auto message = long_message(kMaxMessage - 300);
  auto packet = seal(message, kKeys, Format::netstring);
  CHECK(packet.size() <= kMaxDatagram);
  auto back = open(packet, kKeys);
  REQUIRE(back);
  CHECK(*back == message);
  // A byte more than a message may have: packed or not, no receiver takes it.
  CHECK_FALSE(open(seal(long_message(kMaxMessage), kKeys, Format::netstring), kKeys));
}

TEST_CASE("a packed message is inflated only if its sender holds the key") {
  model::AuthKeys theirs{1, {{1, {model::AuthKey::Method::sha1, "other"}}}};
  auto bomb =
      seal(Message("x").add("y", std::string(250000, 'y')), theirs, Format::netstring, {Compressor::bz2, 0});
  auto refused = open(bomb, kKeys);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == RefusalKind::wrong_mac);
}

TEST_CASE("packed nonsense from a holder of the key") {
  auto kind = [](const Message& m) {
    auto opened = open(seal(m, kKeys, Format::netstring), kKeys);
    REQUIRE_FALSE(opened);
    return opened.error();
  };
  auto body = encode_netstring(Message("x"));
  CHECK(kind(Message().add("_compressed_payload", "abc", FieldType::binary)).detail ==
        "a compressed payload that does not say how");
  CHECK(kind(Message()
                 .add("_compressed_payload", "abc", FieldType::binary)
                 .add("_compression_algorithm", "lzma"))
            .detail == "compressed by \"lzma\", which is neither zlib nor bz2");
  CHECK(kind(pack_message(Compressor::zlib, "no message")).kind == RefusalKind::garbage);
  CHECK(kind(pack_message(Compressor::zlib, encode_netstring(pack_message(Compressor::zlib, body)))).detail ==
        "a compressed message inside a compressed one");
  CHECK(kind(pack_message(Compressor::bz2, std::string(10'000'000, '#'))).kind == RefusalKind::oversized);
}

TEST_CASE("what the original packs: netstring or text inside, and its own order of the two fields") {
  for (auto body : {encode_netstring(long_message(100)), encode_text(long_message(100))})
    for (auto method : kBoth) {
      auto back = unpack_message(pack_message(method, body));
      REQUIRE(back);
      CHECK(*back == long_message(100));
      CHECK(pack_message(method, body).fields()[0].name == "_compressed_payload");
    }
}

TEST_CASE("single fields may be compressed") {
  auto nested = long_message(3000);
  for (auto method : kBoth) {
    Message message("x");
    add_compressed(message, "payload", nested, method);
    message.add("plain", encode_netstring(nested), FieldType::nested);
    // Through every form, as binary in the text form.
    for (const auto& packet : {seal(message, kKeys, Format::classic), seal_text(message, kKeys)}) {
      auto back = open(packet, kKeys);
      REQUIRE(back);
      for (auto name : {"payload", "plain"}) {
        auto inner = nested_message(*back, name);
        REQUIRE(inner);
        CHECK(*inner == nested);
      }
      CHECK_FALSE(nested_message(*back, "t"));
      CHECK_FALSE(nested_message(*back, "absent"));
    }
  }
}
