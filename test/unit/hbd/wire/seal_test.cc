// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/seal.h"

#include "base/digest.h"
#include "hbd/wire/netstring.h"
#include "hbd/wire/text_form.h"
#include "test/support/catch.h"

using namespace hbd;
using namespace hbd::wire;
using Method = model::AuthKey::Method;
using Format = model::MessageFormat;

namespace {
model::AuthKeys keys(int sign_with, std::map<int, model::AuthKey> all) { return {sign_with, std::move(all)}; }
RefusalKind refusal(std::string_view packet, const model::AuthKeys& k) {
  auto message = open(packet, k);
  REQUIRE_FALSE(message);
  return message.error().kind;
}
}  // namespace

TEST_CASE("every method seals and opens in every form") {
  auto message = Message("status").add("src", "alice").add("srcuuid", std::string(16, '\0'), FieldType::binary);
  for (auto method : {Method::crc, Method::md5, Method::sha1, Method::sha256}) {
    auto k = keys(3, {{3, {method, method == Method::crc ? "" : "secret"}}});
    for (const auto& packet : {seal(message, k, Format::classic), seal(message, k, Format::netstring), seal_text(message, k)}) {
      auto back = open(packet, k);
      REQUIRE(back);
      CHECK(*back == message);
    }
  }
}

TEST_CASE("each key number is verified with its own key") {
  auto roll_a = keys(1, {{1, {Method::sha1, "old"}}, {2, {Method::sha256, "new"}}});
  auto roll_b = keys(2, {{1, {Method::sha1, "old"}}, {2, {Method::sha256, "new"}}});
  CHECK(open(seal(Message("x"), roll_a, Format::classic), roll_b));
  CHECK(open(seal(Message("x"), roll_b, Format::classic), roll_a));
  CHECK(open(seal_text(Message("x"), roll_b), roll_a));
}

TEST_CASE("what does not carry our key is refused by kind") {
  auto ours = keys(1, {{1, {Method::sha1, "ours"}}});
  auto theirs = keys(1, {{1, {Method::sha1, "theirs"}}});
  auto other = keys(2, {{2, {Method::sha1, "ours"}}});
  auto weaker = keys(1, {{1, {Method::crc, ""}}});
  for (auto format : {Format::classic, Format::netstring}) {
    CHECK(refusal(seal(Message("x"), theirs, format), ours) == RefusalKind::wrong_mac);
    CHECK(refusal(seal(Message("x"), weaker, format), ours) == RefusalKind::wrong_mac);
    CHECK(refusal(seal(Message("x"), other, format), ours) == RefusalKind::wrong_key_number);
  }
  CHECK(refusal(seal_text(Message("x"), theirs), ours) == RefusalKind::wrong_mac);
  CHECK(refusal(seal_text(Message("x"), other), ours) == RefusalKind::wrong_key_number);
  CHECK(refusal(encode_text(Message("x")), ours) == RefusalKind::no_mac);
  CHECK(refusal(encode_netstring(Message("x")), ours) == RefusalKind::no_mac);
  CHECK(refusal("###\n3:abc,%%%\n", ours) == RefusalKind::no_mac);
  CHECK(refusal("###\n3:abc,%%%\n3:1 x,", ours) == RefusalKind::wrong_mac);
  CHECK(refusal("###\n3:abc,%%%\n3:1x2,", ours) == RefusalKind::garbage);
  CHECK(refusal("###\n3:abc,%%%\n4:-1 x,", ours) == RefusalKind::wrong_key_number);
  CHECK(refusal("", ours) == RefusalKind::truncated);
  CHECK(refusal("GET / HTTP/1.0\r\n", ours) == RefusalKind::garbage);
  CHECK(refusal(std::string(300000, '#'), ours) == RefusalKind::oversized);
}

TEST_CASE("a field of an unknown type is refused even from a holder of the key") {
  auto k = keys(1, {{1, {Method::crc, ""}}});
  for (const char* body : {"###\n3:abc,%%%\n", "###\n7:(6)t=ab,%%%\n", "###\n7:(9)t=ab,%%%\n"}) {
    auto trailer = "1 " + [&] {
      char hex[16];
      std::snprintf(hex, sizeof hex, "%x", base::crc32_msb(body));
      return std::string(hex);
    }();
    CHECK(refusal(body + std::to_string(trailer.size()) + ":" + trailer + ",", k) == RefusalKind::garbage);
  }
}

TEST_CASE("an inner auth field decides nothing in netstring form, and a forged one is replaced when we seal") {
  auto k = keys(1, {{1, {Method::md5, "secret"}}});
  auto packet = seal(Message("x").add("auth", "1 forged"), k, Format::netstring);
  CHECK(packet.find("forged") == std::string::npos);
  auto body = encode_netstring(Message("x").add("auth", "1 forged"));
  auto trailer = "1 " + base::hmac_md5_hex("secret", body);
  auto message = open(body + std::to_string(trailer.size()) + ":" + trailer + ",", k);
  REQUIRE(message);
  CHECK_FALSE(message->has("auth"));
}

TEST_CASE("a refusal never tells the right MAC") {
  auto ours = keys(1, {{1, {Method::sha1, "ours"}}});
  auto forged = encode_netstring(Message("x")) + "42:1 0000000000000000000000000000000000000000,";
  auto message = open(forged, ours);
  REQUIRE_FALSE(message);
  CHECK(message.error().detail.find(base::hmac_sha1_hex("ours", encode_netstring(Message("x")))) == std::string::npos);
  CHECK(message.error().detail == "not signed with our key 1");
}
