// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/frame.h"

#include <cstring>

#include "hbd/wire/netstring.h"
#include "test/support/catch.h"

using namespace hbd;
using api::FrameReader;
using wire::Message;

namespace {
std::string framed(std::string_view payload, std::int32_t length, std::uint32_t magic = api::kFrameMagic) {
  std::string out(8, '\0');
  std::memcpy(out.data(), &length, 4);
  std::memcpy(out.data() + 4, &magic, 4);
  return out + std::string(payload);
}
std::string framed(std::string_view payload) { return framed(payload, static_cast<std::int32_t>(payload.size())); }
}  // namespace

TEST_CASE("frames come out whole, however they are cut") {
  auto bytes = api::encode_frame(Message("hbapi-req").add("reqtype", "signon")) + api::encode_frame(Message("x"));
  CHECK(bytes.substr(8, 4) == ">>>\n");
  CHECK(bytes.back() == '\0');
  for (std::size_t cut = 1; cut <= bytes.size(); ++cut) {
    FrameReader reader;
    std::vector<std::string> types;
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
      reader.feed(std::string_view(bytes).substr(at, cut));
      while (auto message = reader.next()) {
        REQUIRE(*message);
        types.emplace_back((*message)->type());
      }
    }
    CHECK(types == std::vector<std::string>{"hbapi-req", "x"});
  }
}

TEST_CASE("netstring form is taken, with and without a MAC after it") {
  auto body = wire::encode_netstring(Message("hbapi-req"));
  for (const auto& payload : {body, body + "10:1 8dac69b2,", body + '\0'}) {
    FrameReader reader;
    reader.feed(framed(payload));
    auto message = reader.next();
    REQUIRE(message);
    REQUIRE(*message);
    CHECK((*message)->type() == "hbapi-req");
  }
}

TEST_CASE("what is no frame breaks the stream at once and for good") {
  for (const auto& bytes : {std::string(100, 'x'), framed("hello", -5), framed("hello", 0), framed("hello"), framed("", 262145),
                            framed("", 0x7fffffff), framed(">>>\nt=x\n<<<\n", 12, 0xdcba)}) {
    FrameReader reader;
    reader.feed(bytes);
    auto message = reader.next();
    REQUIRE(message);
    CHECK_FALSE(*message);
    CHECK(reader.broken());
    reader.feed(api::encode_frame(Message("x")));
    CHECK_FALSE(reader.next());
  }
}

TEST_CASE("half a frame waits") {
  FrameReader reader;
  CHECK_FALSE(reader.next());
  reader.feed(framed("", 100));
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.broken());
}
