// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <array>

#include "test/support/catch.h"

using namespace base;

TEST_CASE("numbers are strict") {
  CHECK(parse_number<int>("42") == 42);
  CHECK(parse_number<int>("-1") == -1);
  CHECK(parse_number<unsigned>("ff", 16) == 255);
  for (auto text : {"", " 1", "1 ", "+1", "1x", "0x1", "99999999999999999999"}) CHECK_FALSE(parse_number<int>(text));
  CHECK_FALSE(parse_number<unsigned>("-1"));
}

TEST_CASE("words and fields") {
  CHECK(words("  a\tb  c ") == std::vector<std::string_view>{"a", "b", "c"});
  CHECK(words("a, b,,c", " ,") == std::vector<std::string_view>{"a", "b", "c"});
  CHECK(words("   ").empty());
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(trim(" \t x y \n") == "x y");
  CHECK(trim("  ").empty());
  std::vector<std::string> parts{"", "b", ""};
  CHECK(join(parts, "/") == "/b/");
}

TEST_CASE("printable text is cut and escaped") {
  CHECK(printable("a\x01\xff") == "a\\x01\\xff");
  CHECK(printable(std::string(300, 'a')).size() == 203);
}

TEST_CASE("did you mean the nearest word, if one is near") {
  constexpr std::array<std::string_view, 4> known{"keepalive", "deadtime", "ping_group", "node"};
  CHECK(did_you_mean("pinggroup", known) == "ping_group");
  CHECK(did_you_mean("Deadtme", known) == "deadtime");
  CHECK(did_you_mean("nodes", known) == "node");
  CHECK(did_you_mean("xyzzy", known).empty());
  CHECK(did_you_mean("", known).empty());
}

TEST_CASE("base64 there and back, and nothing else") {
  for (std::string bytes : {"", "f", "fo", "foo", "foob", "\xff\x00\x10"})
    CHECK(base64_decode(base64_encode(bytes)) == bytes);
  CHECK(base64_encode("foob") == "Zm9vYg==");
  for (auto text : {"Zg=", "Z===", "Zg==Zg==", "Z!==", "=abc", "Zm9=Yg=="}) CHECK_FALSE(base64_decode(text));
}

TEST_CASE("text of any bytes becomes UTF-8, JSON and HTML") {
  CHECK(base::utf8("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x91\x8d") == "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x91\x8d");
  const std::string_view broken[] = {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x9f\x91"};
  for (auto bytes : broken) {
    std::string expected;
    for (std::size_t i = 0; i < bytes.size(); ++i) expected += "\xef\xbf\xbd";
    CHECK(base::utf8(bytes) == expected);
  }
  CHECK(base::json_quoted("a\"b\\c\n\x7f\xc3\xbc\xff") == "\"a\\\"b\\\\c\\u000a\\u007f\xc3\xbc\xef\xbf\xbd\"");
  CHECK(base::html_escaped("<a b='c' d=\"e\">&\t\n\x02") == "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;\t\n\xef\xbf\xbd");
}

TEST_CASE("a line is taken off the front, with or without its end") {
  std::string_view text = "one\n\nlast";
  CHECK(base::take_line(text) == "one");
  CHECK(base::take_line(text).empty());
  CHECK(text == "last");
  CHECK(base::take_line(text) == "last");
  CHECK(text.empty());
  CHECK(base::take_line(text).empty());
}
