// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/netstring.h"

#include "test/support/catch.h"

using namespace hbd::wire;

namespace {
RefusalKind kind_of(std::string_view bytes) {
  auto message = decode_netstring(bytes);
  REQUIRE_FALSE(message);
  CHECK_FALSE(message.error().detail.empty());
  return message.error().kind;
}
Message nested(int depth) {
  Message message("x");
  if (depth > 0) message.add("inner", encode_netstring(nested(depth - 1)), FieldType::nested);
  return message;
}
}  // namespace

TEST_CASE("a message keeps fields, order and bytes") {
  Message message("status");
  message.add("info", "two\nlines").add("srcuuid", std::string("\0\x01=,\n", 5), FieldType::binary).add("empty", "");
  message.add("nodes", encode_list({"alice", "", "b,ob"}), FieldType::list);
  message.add("more", encode_netstring(Message("inner")), FieldType::nested);
  auto bytes = encode_netstring(message);
  CHECK(bytes.starts_with("###\n11:(0)t=status,17:(0)info=two\nlines,"));
  auto back = decode_netstring(bytes);
  REQUIRE(back);
  CHECK(*back == message);
  auto items = decode_list(back->get("nodes"));
  REQUIRE(items);
  CHECK(*items == std::vector<std::string>{"alice", "", "b,ob"});
}

TEST_CASE("look-up, replacement and numbers") {
  Message message("a");
  message.add_hex("hg", 0x6b00084a).add_number("ttl", 3);
  CHECK(message.get("hg") == "6b00084a");
  CHECK(message.get_hex("hg") == 0x6b00084au);
  CHECK(message.get_number("ttl") == 3);
  CHECK_FALSE(message.get_hex("nothing"));
  message.set("hg", "zz");
  CHECK_FALSE(message.get_hex("hg"));
  CHECK(message.fields()[1].name == "hg");
  message.remove("hg");
  CHECK_FALSE(message.has("hg"));
}

TEST_CASE("the packet that kills heartbeat 3.0.6 is refused") {
  CHECK(kind_of("###\n3:abc,%%%\n") == RefusalKind::garbage);
  CHECK(netstring_extent("###\n3:abc,%%%\n").value_or(0) == 14);  // lengths only: the MAC comes first
}

TEST_CASE("type digits beyond the table are refused") {
  for (char digit = '5'; digit <= '9'; ++digit)
    CHECK(kind_of(std::string("###\n7:(") + digit + ")t=ab,%%%\n") == RefusalKind::garbage);
  CHECK(kind_of("###\n7:(-)t=ab,%%%\n") == RefusalKind::garbage);
  CHECK(decode_netstring("###\n7:(0)t=ab,%%%\n"));
}

TEST_CASE("what is no message") {
  CHECK(kind_of("") == RefusalKind::garbage);
  CHECK(kind_of("hello") == RefusalKind::garbage);
  CHECK(kind_of("###\n") == RefusalKind::truncated);
  CHECK(kind_of("###\n11:(0)t=status,") == RefusalKind::truncated);
  CHECK(kind_of("###\n11:(0)t=stat") == RefusalKind::truncated);
  CHECK(kind_of("###\n11") == RefusalKind::truncated);
  CHECK(kind_of("###\n:(0)t=status,%%%\n") == RefusalKind::garbage);
  CHECK(kind_of("###\n-5:(0)t=a,%%%\n") == RefusalKind::garbage);
  CHECK(kind_of("###\n 7:(0)t=ab,%%%\n") == RefusalKind::garbage);
  CHECK(kind_of("###\n7:(0)t=ab;%%%\n") == RefusalKind::garbage);
  CHECK(kind_of("###\n7:(0)=abc,%%%\n") == RefusalKind::garbage);
  CHECK(kind_of("###\n7:(0)tabc,%%%\n") == RefusalKind::garbage);
  CHECK(kind_of("###\n9:(0)t\n=abc,%%%\n") == RefusalKind::garbage);
  CHECK(kind_of(std::string("###\n7:(0)t=a\0,%%%\n", 18)) == RefusalKind::garbage);
  CHECK(kind_of("###\n7:(0)t=ab,%%%\nx") == RefusalKind::garbage);
  CHECK(kind_of("###\n7:(2)t=ab,%%%\n") == RefusalKind::garbage);
  CHECK(kind_of("###\n7:(3)t=ab,%%%\n") == RefusalKind::garbage);
}

TEST_CASE("bounds hold") {
  CHECK(kind_of("###\n999999999:(0)t=ab,%%%\n") == RefusalKind::oversized);
  CHECK(kind_of("###\n99999999999999999999999999:(0)t=ab,%%%\n") == RefusalKind::oversized);
  CHECK(kind_of("###\n262145:(0)t=ab,%%%\n") == RefusalKind::oversized);
  Message many;
  for (std::size_t i = 0; i < kMaxFields; ++i) many.add("f", "v");
  CHECK(decode_netstring(encode_netstring(many)));
  CHECK(netstring_extent(encode_netstring(many)));
  many.add("f", "v");
  CHECK(kind_of(encode_netstring(many)) == RefusalKind::oversized);
  CHECK_FALSE(netstring_extent(encode_netstring(many)));
  CHECK(decode_netstring(encode_netstring(nested(kMaxDepth - 1))));
  CHECK(kind_of(encode_netstring(nested(kMaxDepth))) == RefusalKind::oversized);
  Message big("x");
  big.add("f", std::string(kMaxMessage - encode_netstring(Message("x").add("f", "")).size() - 5, 'v'));
  CHECK(encode_netstring(big).size() == kMaxMessage);
  CHECK(decode_netstring(encode_netstring(big)));
  big.set("f", std::string(big.get("f")) + "v");
  CHECK(kind_of(encode_netstring(big)) == RefusalKind::oversized);
}
