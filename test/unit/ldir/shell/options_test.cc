// SPDX-License-Identifier: Apache-2.0
#include "ldir/options.h"

#include <set>

#include "test/support/catch.h"

using ldir::parse_options;
using ldir::Verb;

namespace {
ldir::Options parse(std::vector<std::string> words) { return parse_options(words); }
}  // namespace

TEST_CASE("the pid file's name follows the CONFIG argument") {
  auto o = parse({"start"});
  CHECK(o.verb == Verb::start);
  CHECK(o.config == "ldirectord.cf");
  CHECK(ldir::pid_path(o.pid_name) == "/var/run/ldirectord.ldirectord.pid");
  o = parse({"/etc/ha.d/web.cf", "stop"});
  CHECK(o.verb == Verb::stop);
  CHECK(o.config == "/etc/ha.d/web.cf");
  CHECK(ldir::pid_path(o.pid_name) == "/var/run/ldirectord.web.cf.pid");
}

TEST_CASE("every verb, and words that are none") {
  CHECK(parse({"restart"}).verb == Verb::restart);
  CHECK(parse({"try-restart"}).verb == Verb::try_restart);
  CHECK(parse({"reload"}).verb == Verb::reload);
  CHECK(parse({"force-reload"}).verb == Verb::reload);
  CHECK(parse({"force-reload"}).verb_word == "force-reload");
  CHECK(parse({"status"}).verb == Verb::status);
  CHECK(parse({}).verb == Verb::usage_error);
  CHECK(parse({"bogus"}).verb == Verb::usage_error);
  CHECK(parse({"a.cf", "bogus"}).verb == Verb::usage_error);
}

TEST_CASE("options stand in front") {
  auto o = parse({"-d", "--", "x.cf", "start"});
  CHECK(o.debug);
  CHECK(o.verb == Verb::start);
  CHECK(parse({"-x", "start"}).complaint == "Unknown option: x");
  CHECK(parse({"-x", "start"}).verb == Verb::usage_error);
  CHECK(parse({"--version"}).verb == Verb::version);
  CHECK(parse({"-h"}).verb == Verb::help);
  o = parse({"-t", "x.cf"});
  CHECK(o.verb == Verb::check);
  CHECK(o.config == "x.cf");
  CHECK(parse({"-t"}).config == "ldirectord.cf");
  CHECK(parse({"-F", "start"}).foreground);
  CHECK(parse({"--foreground", "x.cf", "start"}).verb == Verb::start);
  CHECK(parse({"-t", "a", "b"}).verb == Verb::usage_error);
}

TEST_CASE("status has forms, and only status") {
  CHECK(parse({"-t", "--json", "/x"}).verb == Verb::check);
  CHECK(parse({"-t", "--json", "/x"}).status_form == "json");
  CHECK(parse({"-t", "--json", "/x"}).config == "/x");
  CHECK(parse({"-t", "/x", "--explain"}).verb == Verb::usage_error);
  CHECK(parse({"status"}).status_form == "status");
  auto o = parse({"web.cf", "status", "--json"});
  CHECK(o.verb == Verb::status);
  CHECK(o.config == "web.cf");
  CHECK(o.status_form == "json");
  CHECK(parse({"status", "--explain"}).status_form == "explain");
  CHECK(parse({"status", "--explain"}).config == "ldirectord.cf");
  CHECK(parse({"start", "--json"}).verb == Verb::usage_error);
  CHECK(parse({"start", "--json"}).complaint == "--json belongs to status");
  CHECK(ldir::status_socket_path("web.cf") == "/var/run/ldirectord.web.cf.sock");
}

TEST_CASE("the configuration is searched where it always was") {
  std::set<std::string> files;
  auto find = [&](const std::string& config) {
    return ldir::find_config(config, "/etc/ha.d", [&](const std::string& path) { return files.contains(path); });
  };
  CHECK(find("a.cf") == "");
  files.insert("a.cf");
  CHECK(find("a.cf") == "a.cf");
  files.insert("/etc/ha.d/conf/a.cf");
  CHECK(find("a.cf") == "/etc/ha.d/conf/a.cf");
  files.insert("/etc/ha.d/a.cf");
  CHECK(find("a.cf") == "/etc/ha.d/a.cf");
}
