// SPDX-License-Identifier: Apache-2.0
// What people have published and older programs refuse, or read in a surprising way: accepted, and said.
#include "test/support/catch.h"
#include "test/unit/ldir/conf/dump.h"
#include "test/unit/ldir/conf/fake_resolver.h"

namespace ldir::conf {
namespace {

const std::string kPlain =
    "quiescent=yes\nlogfile=\"/var/log/"
    "x.log\"\nfallback=127.0.0.1:80\nvirtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n"
    "\tcleanstop=no\n\trequest=\"a.html\"\n\treceive=\"ok\"\n";

constexpr const char* kService = "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n";
std::string warnings(const Loaded& loaded) {
  std::string out;
  for (const auto& d : loaded.findings.all())
    out += fmt::format("{}:{}: {}\n", d.at.line, d.at.column, d.message);
  return out;
}
/// `text` is usable, means the same as kPlain, and has exactly these findings.
void same_as_plain(const std::string& text, const std::string& expected) {
  auto loaded = load(text);
  INFO(loaded.findings.render());
  CHECK(loaded.usable());
  CHECK(dump(loaded.config) == dump(load(kPlain).config));
  CHECK(warnings(loaded) == expected);
}

TEST_CASE("layout and quoting that older programs refuse") {
  CHECK(load(kPlain).findings.empty());
  std::string crlf;
  for (char c : kPlain) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  same_as_plain(
      crlf,
      "1:14: carriage return at the end of 8 lines (a file from Windows?); older programs take it as part "
      "of the value\n");
  same_as_plain("\xEF\xBB\xBF" + kPlain,
                "1:1: a byte order mark before the first line is skipped; older programs refuse the file\n");
  same_as_plain(
      "quiescent=yes # down: weight 0\nlogfile=\"/var/log/x.log\" # log\nfallback=127.0.0.1:80   # sorry\n"
      "virtual=10.9.9.100:80 # vip\n\treal=10.9.9.2:80 masq # one\n\tcleanstop=no # "
      "here\n\trequest=\"a.html\"\n"
      "\treceive=\"ok\" # \"ok\"\n",
      "1:15: a comment after a global value; older programs take it as part of the value\n"
      "3:25: a comment after a global value; older programs take it as part of the value\n"
      "6:14: blanks after the value; older programs refuse them\n");
  same_as_plain(
      "quiescent=yes \nlogfile=/var/log/x.log\nfallback=127.0.0.1:80\nvirtual=10.9.9.100:80\n  "
      "real=10.9.9.2:80 masq\n"
      "\n    cleanstop=no\n     \n    request=a.html\n    receive=ok\n",
      "1:14: blanks after the value; older programs refuse them\n"
      "2:9: the value should stand in quotation marks; older programs refuse it without\n"
      "5:1: indented by fewer than four blanks or one tab; older programs refuse this line\n"
      "7:5: the blank line 6 stands inside a section; older programs end the section there and refuse this "
      "line\n"
      "8:1: a line of blanks only inside a section; older programs refuse it\n"
      "9:13: the value should stand in quotation marks; older programs refuse it without\n"
      "10:13: the value should stand in quotation marks; older programs refuse it without\n");
}

TEST_CASE("what the original accepts without a word, so do we") {
  same_as_plain(
      "quiescent = yes\nlogfile = \"/var/log/x.log\"\nfallback = 127.0.0.1:80\nvirtual = 10.9.9.100:80\n"
      "# a remark in the first column\n        real = 10.9.9.2:80 masq\n\t# another\n\tcleanstop=no# here\n"
      "\trequest=\"/a.html\"\n\treceive = \"ok\"   \n\n\n# the end",
      "");
}

TEST_CASE("short addresses, as inet_aton(3) has them") {
  auto real = [](const std::string& address) {
    auto loaded = load("virtual=10.9.9.100:80\n\treal=" + address + ":80 masq\n");
    INFO(loaded.findings.render());
    CHECK(loaded.findings.empty());
    return loaded.usable() ? loaded.config.services.at(0).reals.at(0).endpoint.address.str() : "";
  };
  CHECK(real("10.2") == "10.0.0.2");
  CHECK(real("10.9.2") == "10.9.0.2");
  CHECK(real("10.9.2307") == "10.9.9.3");
  CHECK(real("10.592130") == "10.9.9.2");
  CHECK(real("10.9.9.02") == "10.9.9.2");
  CHECK(load("virtual=10.100:80\n\treal=10.9.9.2:80 masq\n").config.services.at(0).key.address.str() == "10.0.0.100");
}

TEST_CASE("a number is the first run of digits") {
  auto every = [](const std::string& value) {
    return load("checkinterval=" + value + "\n").config.check_interval.count();
  };
  CHECK(every("1.5") == 1);
  CHECK(every("-5") == 5);
  CHECK(every("abc7") == 7);
  CHECK(load(std::string("checkinterval=3 # three\n") + kService).findings.empty());
  CHECK(warnings(load(std::string("checkinterval=1.5\n") + kService)) == "1:15: this is taken as 1\n");
  auto c = load("virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n\tchecktype=connect5\n");
  CHECK(c.config.services.at(0).reals.at(0).check.type == model::CheckType::combined);
  CHECK(c.config.services.at(0).reals.at(0).check.combined_connects == 5);
}

TEST_CASE("surprises that are kept, and said") {
  auto of = [](const std::string& line) {
    return load("virtual=10.9.9.100:80\n\t" + line + "\n\treal=10.9.9.3:80 masq\n");
  };
  CHECK(warnings(of("real=10.9.9.2:80 gate -w 1")) == "2:24: this is ignored\n");
  CHECK(warnings(of("real=10.9.9.2:80 gate, 3")) == "2:23: this is ignored\n");
  CHECK(warnings(of("scheduler=lc // least")) == "2:15: this is ignored\n");
  CHECK(of("scheduler=lc // least").config.services.at(0).options.scheduler == "lc");
  CHECK(warnings(of("real=10.9.9.2:8080 gate")) ==
        "2:16: gate and ipip cannot change the port: clients reach this server at port 80; port 8080 is only "
        "checked\n");
  CHECK(warnings(of("real=10.9.9.3:80 masq")) ==
        "3:7: duplicate real server 10.9.9.3:80, first in line 2: this line counts\n");
  CHECK(warnings(of("real=10.9.9.2:80 masq \"l:10\" \"u:20\"")) ==
        "2:24: a threshold in quotation marks; older programs take this for a request\n"
        "2:31: a threshold in quotation marks; older programs take this for a request\n");
  CHECK(of("real=10.9.9.2:80 masq u:20 l:10").config.services.at(0).reals.at(0).dest.lower == 10);
  CHECK(warnings(of("receive=\"a#b\"")) ==
        "2:12: \"#\" inside quotation marks; older programs begin a comment here and refuse the line\n");
  CHECK(of("receive=\"a#b\"").config.services.at(0).reals.at(0).check.receive == "a#b");
  CHECK(of("receive=\"say \"hi\"\"").config.services.at(0).reals.at(0).check.receive == "say \"hi\"");
  CHECK(of("virtualhost= www.x.y.z  ").config.services.at(0).reals.at(0).check.virtualhost == "www.x.y.z");
  CHECK(warnings(of("checkcommand=\"/bin/true foo\"")) ==
        "2:16: the whole value is the path of one program; it takes no arguments\n");
  CHECK(warnings(of("checkinterval=3")) ==
        "2:2: checkinterval in virtual service 10.9.9.100:80 ignored when fork=no\n");
  CHECK(warnings(of("httpmethod=head\n\treceive=\"x\"")) ==
        "2:13: the answer to HEAD has no body, so that receive can never match\n");
  CHECK(warnings(of("persistent=0")) == "2:13: 0 means: not persistent (older programs lose the service)\n");
  CHECK(warnings(of("scheduler=wlcc")) ==
        "2:12: no scheduler of this name is known (did you mean \"wlc\"?): the kernel will "
        "refuse the service unless it has one\n");
  CHECK(warnings(of("request=\"a\"\n\trequest=\"b\"")) ==
        "3:2: request is given again, first in line 2: this line counts\n");
  CHECK(warnings(load("virtual=10.9.9.100:80\n")) == "1:9: this virtual service has no real server\n");
  CHECK(warnings(load(std::string("supervised\n") + kService)) ==
        "1:1: please update your config not to use a bare supervised directive\n");
  CHECK(load("supervised\n").config.supervised);
}

TEST_CASE("an interval of its own counts with fork=yes") {
  auto c = load(
      "fork=yes\ncheckinterval=7\nvirtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n\tcheckinterval=3\n"
      "virtual=10.9.9.100:81\n\treal=10.9.9.2:80 masq\n");
  CHECK(c.config.services.at(0).reals.at(0).check.interval == model::seconds(3));
  CHECK(c.config.services.at(1).reals.at(0).check.interval == model::seconds(7));
  CHECK(c.config.check_interval == model::seconds(7));
}

TEST_CASE("texts of the mail and of the shell") {
  auto c = load(
               "fallbackcommand=\"/bin/x y\" # z\nemailalert=\"a@b\"\nemailalertstatus=running, "
               "stopping\nsmtp=mx.example.com\n"
               "execute=a.cf\nexecute=b.cf\nexecute=a.cf\nvirtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n"
               "virtual=10.9.9.100:81\n\treal=10.9.9.2:80 masq\n\tfallbackcommand=\"/bin/x "
               "y\"\n\temailalert=c@d\n")
               .config;
  CHECK(c.services.at(0).fallback_command == "\"/bin/x y\" # z");
  CHECK(c.services.at(0).email_alert == "a@b");
  CHECK(c.services.at(0).email_alert_status == "running,stopping");
  CHECK(c.services.at(1).fallback_command == "/bin/x y");
  CHECK(c.services.at(1).email_alert == "c@d");
  CHECK(c.execute == std::vector<std::string>{"a.cf", "b.cf"});
}

TEST_CASE("a name with several addresses is several real servers, whatever order a name server gives them in") {
  auto loaded = load("virtual=10.9.9.100:80\n\treal=pool:80 masq 3\n");
  CHECK(warnings(loaded) == "2:7: pool has 3 addresses: each is a real server (older programs take one of them)\n");
  CHECK(dump_table(loaded.config.services[0]) ==
        "-A -t 10.9.9.100:80 -s wrr\n-a -t 10.9.9.100:80 -r 10.9.9.4:80 -m -w 3\n"
        "-a -t 10.9.9.100:80 -r 10.9.9.2:80 -m -w 3\n-a -t 10.9.9.100:80 -r 10.9.9.3:80 -m -w 3\n");
  CHECK(warnings(load("virtual=pool:80\n\treal=10.9.9.2:80 masq\n")) ==
        "1:9: pool has 3 addresses, and a name server may change their order: 10.9.9.4 is used; write the address\n");
}

TEST_CASE("tunnels of other types than ipip") {
  auto dest = [](const std::string& text) {
    auto loaded = load("virtual=10.9.9.100:80\n\treal=10.9.9.2:80 " + text + "\n");
    INFO(loaded.findings.render());
    REQUIRE(loaded.usable());
    return loaded.config.services[0].reals[0].dest;
  };
  using ipvs::Dest, ipvs::Forward, ipvs::Tunnel;
  CHECK(dest("ipip 3") == Dest{Forward::tunnel, 3, 0, 0});
  CHECK(dest("gue:6080") == Dest{Forward::tunnel, 1, 0, 0, Tunnel::gue, 6080, 0});
  CHECK(dest("gue:6080:remcsum 3 l:10 u:20") == Dest{Forward::tunnel, 3, 20, 10, Tunnel::gue, 6080, 2});
  CHECK(dest("gre:csum 0") == Dest{Forward::tunnel, 0, 0, 0, Tunnel::gre, 0, 1});
  for (auto wrong : {"gue", "gue:0", "gue:x", "gue:6080:sum", "gue:1:csum:2", "gre:6080", "gre:remcsum", "gue:70000"})
    CHECK_FALSE(load(std::string("virtual=10.9.9.100:80\n\treal=10.9.9.2:80 ") + wrong + "\n").usable());
}

TEST_CASE("a monitorfile names a real server as the original does") {
  auto id = [](const std::string& section) { return load("virtual=10.9.9.100:80\n" + section).config.services[0].reals[0].monitor_id; };
  CHECK(id("\treal=10.9.9.2:80 gate 2\n\tchecktype=connect\n") == "connect tcp 10.9.9.2 80 2 gate / ");
  CHECK(id("\treal=10.9.9.2:8080 masq\n\trequest=\"a/b.html\"\n\treceive=\"^o\\.k\"\n\tvirtualhost=www.x\n\tcheckport=81\n") ==
        "negotiate http tcp 10.9.9.2 8080 www.x 81 1 masq /a/b.html ^o.k");
  CHECK(id("\treal=10.9.9.2:80 ipip\n\tchecktype=external\n\tcheckcommand=/bin/x\n") ==
        "external /bin/x tcp 10.9.9.2 80 1 ipip / ");
}

}  // namespace
}  // namespace ldir::conf
