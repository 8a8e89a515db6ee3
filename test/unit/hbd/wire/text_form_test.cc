// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/text_form.h"

#include "hbd/wire/netstring.h"
#include "test/support/catch.h"

using namespace hbd::wire;

namespace {
Message nested(int depth) {
  Message message("x");
  message.add("level", std::to_string(depth));
  if (depth > 0) message.add("inner", encode_netstring(nested(depth - 1)), FieldType::nested);
  return message;
}
RefusalKind kind_of(std::string_view bytes) {
  auto message = decode_text(bytes);
  REQUIRE_FALSE(message);
  CHECK_FALSE(message.error().detail.empty());
  return message.error().kind;
}
}  // namespace

TEST_CASE("text form carries every type of field") {
  Message message("status");
  message.add("info", "two\nlines=1").add("srcuuid", std::string("\0\n", 2), FieldType::binary).add("delnodelist", " ");
  message.add("nodes", encode_list({"alice", "bob"}), FieldType::list);
  message.add("more", encode_netstring(nested(2)), FieldType::nested);
  auto text = encode_text(message);
  CHECK(text.starts_with(">>>\nt=status\ninfo=two\x13lines=1\n(1)srcuuid=AAo=\ndelnodelist= \n"
                         "(3)nodes=5:alice,3:bob,\n(2)more=>>>\x14t=x\x14level=2\x14(2)inner=>>>\x15t=x\x15level=1\x15"));
  CHECK(text.ends_with("\x16t=x\x16level=0\x16<<<\x16\x15<<<\x15\x14<<<\x14\n<<<\n"));  // a newline per level
  auto back = decode_text(text);
  REQUIRE(back);
  CHECK(*back == message);
}

TEST_CASE("nested text works down to the depth bound and no further") {
  auto deep = nested(kMaxDepth - 1);
  auto back = decode_text(encode_text(deep));
  REQUIRE(back);
  CHECK(*back == deep);
  std::string text = ">>>\nt=x\n<<<\n";
  for (int depth = kMaxDepth - 1; depth >= 0; --depth) {
    for (char& c : text)
      if (c == '\n') c = static_cast<char>(depth < 12 ? 20 + depth : depth + 3);
    text = ">>>\n(2)m=" + text + "\n<<<\n";
  }
  CHECK(kind_of(text) == RefusalKind::oversized);
}

TEST_CASE("a NUL at the end and empty lines are tolerated") {
  CHECK(decode_text(std::string(">>>\nt=x\n<<<\n\0", 13)));
  auto message = decode_text(">>>\n\n\nt=x\n\nst=up\n\n<<<\n");
  REQUIRE(message);
  CHECK(message->fields().size() == 2);
}

TEST_CASE("what is no text message") {
  CHECK(kind_of("") == RefusalKind::truncated);
  CHECK(kind_of(">>") == RefusalKind::truncated);
  CHECK(kind_of("t=x\n") == RefusalKind::garbage);
  CHECK(kind_of(">>>\nt=x\n") == RefusalKind::truncated);
  CHECK(kind_of(">>>\nt=x\n<<<") == RefusalKind::truncated);
  CHECK(kind_of(">>>\nt=x\n<<<\nmore") == RefusalKind::garbage);
  CHECK(kind_of(">>>\nno equals\n<<<\n") == RefusalKind::garbage);
  CHECK(kind_of(">>>\n=x\n<<<\n") == RefusalKind::garbage);
  CHECK(kind_of(">>>\na b=x\n<<<\n") == RefusalKind::garbage);
  CHECK(kind_of(std::string(">>>\nt=x\0y\n<<<\n", 14)) == RefusalKind::garbage);
  CHECK(kind_of(">>>\n(1)u=***\n<<<\n") == RefusalKind::garbage);
  for (char digit = '5'; digit <= '9'; ++digit)
    CHECK(kind_of(std::string(">>>\n(") + digit + ")u=x\n<<<\n") == RefusalKind::garbage);
  CHECK(kind_of(">>>\n(\n<<<\n") == RefusalKind::garbage);
  CHECK(kind_of(std::string(kMaxMessage + 1, '>')) == RefusalKind::oversized);
}
