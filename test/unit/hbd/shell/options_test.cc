// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/options.h"

#include "test/support/catch.h"

using hbd::shell::Options;
using hbd::shell::parse_options;
using Act = Options::Act;

TEST_CASE("the command line of Heartbeat") {
  CHECK(parse_options({}).act == Act::start);
  CHECK(parse_options({"-s"}).act == Act::status);
  CHECK(parse_options({"-k"}).act == Act::stop);
  CHECK(parse_options({"-r"}).act == Act::reload);
  CHECK(parse_options({"-V"}).act == Act::version);
  CHECK(parse_options({"--help"}).act == Act::help);
  auto o = parse_options({"-fd", "-d", "-l"});
  CHECK(o.act == Act::start);
  CHECK(o.foreground);
  CHECK(o.debug == 2);
  CHECK_FALSE(o.realtime);
}

TEST_CASE("checking files: -t, -test, with and without a folder, also as -t -f DIR") {
  CHECK(parse_options({"-t"}).act == Act::test);
  CHECK(parse_options({"-test"}).act == Act::test);
  CHECK(parse_options({"-t", "/x"}).test_root == "/x");
  CHECK(parse_options({"-t", "-f", "/x"}).test_root == "/x");
  CHECK(parse_options({"/x"}).act == Act::usage_error);
  CHECK(parse_options({"-t", "--json", "/x"}).json);
  CHECK(parse_options({"-t", "--json", "/x"}).test_root == "/x");
  CHECK(parse_options({"--json"}).act == Act::usage_error);
}

TEST_CASE("historic words are understood, wrong ones are not") {
  CHECK(parse_options({"-R", "-C", "all"}).act == Act::start);
  CHECK(parse_options({"-C", "all"}).act == Act::usage_error);
  CHECK(parse_options({"-RC"}).act == Act::usage_error);
  CHECK(parse_options({"-x"}).act == Act::usage_error);
  CHECK(parse_options({"--nonsense"}).act == Act::usage_error);
}
