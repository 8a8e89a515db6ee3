// SPDX-License-Identifier: Apache-2.0
// Every row of the table: its sample is right where it is allowed and wrong elsewhere, its default is what
// holds without it, and both documents speak of it.
#include <fstream>
#include <regex>
#include <sstream>

#include "ldir/conf/table.h"
#include "test/support/catch.h"
#include "test/unit/ldir/conf/dump.h"
#include "test/unit/ldir/conf/fake_resolver.h"

namespace ldir::conf {
namespace {

// Everything that a derived default could hide behind is spelled out here.
std::string section(std::string_view extra, bool v6 = false) {
  return std::string(v6 ? "virtual6=[fd00::100]:99\n\treal6=[fd00::2]:99 masq\n"
                        : "virtual=10.9.9.100:99\n\treal=10.9.9.2:99 masq\n") +
         (extra.empty() ? "" : "\t" + std::string(extra) + "\n");
}
bool six(const Directive& d) {
  return d.name.ends_with('6');
}
std::string line_of(const Directive& d, std::string_view value) {
  return std::string(d.name) + "=" + std::string(value);
}

std::string slurp(const std::string& path) {
  std::ifstream in(std::string(SOURCE_ROOT) + "/" + path);
  REQUIRE(in.good());
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

TEST_CASE("every row works in its scopes and is refused in the other") {
  for (const auto& d : directives()) {
    if (d.name.starts_with("virtual") && d.name != "virtualhost") continue;
    INFO(d.name);
    auto global = load(line_of(d, d.sample) + "\n" + section(""));
    CHECK(global.usable() == (d.in_global && !d.withdrawn));
    auto inside = load(section(line_of(d, d.sample), six(d)));
    INFO(inside.findings.render());
    CHECK(inside.usable() == (d.in_section && !d.withdrawn));
  }
}

TEST_CASE("every default in the table is true") {
  std::size_t checked = 0;
  for (const auto& d : directives()) {
    if (d.fallback.empty()) continue;
    INFO(d.name);
    // A timeout that is set stands in for the other one, so the pair is written in full.
    std::string pair = d.name == "checktimeout"       ? "negotiatetimeout=30"
                       : d.name == "negotiatetimeout" ? "checktimeout=5"
                                                      : "";
    if (d.in_global) {
      auto with = load(pair + "\n" + line_of(d, d.fallback) + "\n" + section(""));
      CHECK(with.usable());
      CHECK(dump(with.config) == dump(load(section("")).config));
      ++checked;
    }
    if (d.in_section) {
      auto with = load(section(line_of(d, d.fallback)) + (pair.empty() ? "" : "\t" + pair + "\n"));
      CHECK(with.usable());
      CHECK(dump(with.config) == dump(load(section("")).config));
      ++checked;
    }
  }
  CHECK(checked > 20);
}

TEST_CASE("every sample that is not the default changes the model") {
  // fork and load are accepted without an effect of their own; these need a companion or equal their default
  // here.
  const std::string_view silent[] = {"load",     "netmask", "service",       "checkport", "checkcommand",
                                     "request",  "receive", "virtualhost",   "login",     "passwd",
                                     "database", "secret",  "checkinterval", "checkcount", "sslverify"};
  for (const auto& d : directives()) {
    if (d.withdrawn || d.repeatable || d.sample == d.fallback || !d.in_section) continue;
    if (std::find(std::begin(silent), std::end(silent), d.name) != std::end(silent)) continue;
    INFO(d.name);
    CHECK(dump(load(section(line_of(d, d.sample), six(d))).config) != dump(load(section("", six(d))).config));
  }
  auto check = [](const char* extra) {
    return dump(load("virtual=10.9.9.100:80\n\treal=10.9.9.2 masq\n" + std::string(extra)).config);
  };
  for (auto extra : {"\tservice=https\n", "\tcheckport=81\n",
                     "\tchecktype=external\n\tcheckcommand=\"/bin/x\"\n", "\trequest=\"a\"\n",
                     "\treceive=\"a\"\n", "\tvirtualhost=\"a\"\n", "\tlogin=\"a\"\n", "\tpasswd=\"a\"\n",
                     "\tdatabase=\"a\"\n", "\tsslverify=yes\n", "\tsecret=\"a\"\n", "\tchecktype=off\n", "\thttpmethod=head\n"}) {
    INFO(extra);
    CHECK(check(extra) != check(""));
  }
  for (const auto& d : directives()) {
    if (d.withdrawn || !d.in_global || d.sample == d.fallback || d.name == "fallback6" ||
        d.name == "virtual6" || d.name == "sslverify")
      continue;
    INFO(d.name);
    CHECK(dump(load(line_of(d, d.sample) + "\n" + section("")).config) != dump(load(section("")).config));
  }
}

TEST_CASE("the status page is for this machine only, and a wrong address is told where and why") {
  auto place = [](std::string_view value) { return load("statuspage=" + std::string(value) + "\n" + section("")); };
  CHECK(place("127.0.0.1:9695").config.status_page->str() == "127.0.0.1:9695");
  CHECK(place("[::1]:1024").config.status_page->str() == "[::1]:1024");
  CHECK_FALSE(load(section("")).config.status_page);
  for (auto wrong : {"", "9695", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:80", "127.0.0.1:70000", "localhost:9695", "::1:9695", "127.0.0.1:9695x"}) {
    INFO(wrong);
    CHECK_FALSE(place(wrong).usable());
  }
  CHECK(place("0.0.0.0:9695").findings.render().find("not a loopback address") != std::string::npos);
  CHECK(place("10.0.0.1:9695").findings.render().find(":1:") != std::string::npos);
  CHECK(place("127.0.0.1:80").findings.render().find("below 1024") != std::string::npos);
}

TEST_CASE("the manual page has an entry for every row") {
  auto page = slurp("man/ldirectord.cf.5");
  for (const auto& d : directives()) {
    INFO(d.name);
    CHECK(std::regex_search(page, std::regex("\n\\.It (Ic|Li) " + std::string(d.name) + "( |\n)")));
  }
}

TEST_CASE("the sample file shows every row that may be written, and means what it says") {
  auto sample = slurp("etc/ha.d/ldirectord.cf");
  for (const auto& d : directives()) {
    INFO(d.name);
    CHECK(std::regex_search(sample, std::regex("\n#?[ \t]*" + std::string(d.name) + " ?=")) != d.withdrawn);
  }
  auto as_shipped = load(sample, "ldirectord.cf");
  CHECK(as_shipped.findings.render() ==
        "ldirectord.cf: warning: no virtual service is configured: nothing will be balanced\n");
  CHECK(as_shipped.config.services.empty());
  // Taking the '#' in the first column away leaves a file that is right.
  auto live = std::regex_replace(sample, std::regex("(^|\n)#([a-z\t])"), "$1$2");
  auto loaded = load(live, "ldirectord.cf");
  INFO(loaded.findings.render());
  CHECK(loaded.usable());
  CHECK(loaded.config.services.size() >= 4);
}

}  // namespace
}  // namespace ldir::conf
