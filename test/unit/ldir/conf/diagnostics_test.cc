// SPDX-License-Identifier: Apache-2.0
// What the operator reads about a mistake, verbatim.
#include "test/support/catch.h"
#include "test/unit/ldir/conf/dump.h"
#include "test/unit/ldir/conf/fake_resolver.h"

namespace ldir::conf {
namespace {

std::string says(const std::string& text) {
  return load(text).findings.render();
}
/// Messages only, one per line, errors and warnings.
std::string brief(const std::string& text) {
  auto loaded = load(text);
  std::string out;
  for (const auto& d : loaded.findings.all())
    out += fmt::format("{}:{}: {}{}\n", d.at.line, d.at.column,
                       d.severity == base::Diagnostic::Severity::error ? "" : "warning: ", d.message);
  return out;
}
const std::string kVirtual = "virtual=10.9.9.100:80\n";
std::string real(const std::string& text) {
  return brief(kVirtual + "\treal=" + text + "\n");
}

TEST_CASE("all mistakes of a file at once, with line and caret") {
  CHECK(says("checktimeout=soon\nquiescient=yes\nvirtual=10.9.9.100:80\n\treal=10.9.9.2:80 "
             "gates\n\tservice=htpp\n"
             "\treceive=\"hel(lo\"\nautoreload=maybe\n") ==
        R"(t.cf:1:14: error: invalid check timeout: a number is required
    1 | checktimeout=soon
      |              ^~~~
t.cf:2:1: error: Unknown command "quiescient": did you mean "quiescent"?
    2 | quiescient=yes
      | ^~~~~~~~~~
t.cf:4:19: error: forward method must be gate, masq or ipip
    4 |  real=10.9.9.2:80 gates
      |                   ^~~~~
t.cf:5:10: error: service must be dns, ftp, http, https, http_proxy, imap, imaps, ldap, ldaps, mysql, nntp, none, oracle, pop, pops, radius, pgsql, simpletcp, sip, smtp or submission; did you mean "http"?
    5 |  service=htpp
      |          ^~~~
t.cf:6:16: error: invalid receive string: missing closing parenthesis at offset 6
    6 |  receive="hel(lo"
      |                ^
t.cf:7:12: error: autoreload must be 'yes' or 'no'
    7 | autoreload=maybe
      |            ^~~~~
)");
}

TEST_CASE("all mistakes of one real server's line at once") {
  CHECK(real("nowhere:80 masq 70000 l:99999999999") ==
        "2:7: invalid address (nowhere) for real server (could not resolve host): no IPv4 address is known for this name\n"
        "2:23: invalid weight: must be between 0 and 65535\n"
        "2:29: invalid threshold: must be between 0 and 2147483647\n");
  CHECK(real("10.9.9.2:nowhere gates 70000") ==
        "2:16: invalid port (nowhere) for real server (could not resolve port): no service of this name is known\n"
        "2:24: forward method must be gate, masq or ipip\n"
        "2:30: invalid weight: must be between 0 and 65535\n");
  CHECK(real("10.9.9.2:80 5 gate") == "2:19: forward method must be gate, masq or ipip\n");
}

TEST_CASE("a file without a virtual service is told of") {
  CHECK(says("# nothing yet\nautoreload=yes\n") == "t.cf: warning: no virtual service is configured: nothing will be balanced\n");
  CHECK(says("").find("no virtual service") != std::string::npos);
  CHECK(says("autoreload=maybe\n").find("no virtual service") == std::string::npos);
}

TEST_CASE("virtual") {
  CHECK(says("virtual=10.9.9.100\n\treal=10.9.9.2:80 gate\n") ==
        "t.cf:1:9: error: invalid address for virtual server: the port is missing, write 10.9.9.100:PORT (a "
        "number alone is "
        "a firewall mark; older programs silently take this one as mark 10)\n"
        "    1 | virtual=10.9.9.100\n      |         ^~~~~~~~~~\n");
  CHECK(brief("virtual=\n") ==
        "1:1: invalid address for virtual server: expected HOST:PORT or a firewall mark\n");
  CHECK(brief("virtual=$VIP:80\n") ==
        "1:9: invalid address for virtual server: expected HOST:PORT or a firewall mark\n");
  CHECK(brief("virtual=0\n") ==
        "1:9: invalid address for virtual server: a firewall mark is a number from 1 to 4294967295\n");
  CHECK(brief("virtual=4294967296\n") ==
        "1:9: invalid address for virtual server: a firewall mark is a number from 1 to 4294967295\n");
  CHECK(brief("virtual=[fd00::1]:80\n") ==
        "1:9: cannot specify an IPv6 address here. please use \"virtual6\" instead.\n");
  CHECK(brief("virtual6=fd00::1\n") ==
        "1:10: invalid address for virtual server: write an IPv6 address in brackets, "
        "virtual6=[ADDRESS]:PORT\n");
  CHECK(brief("virtual6=[fd00::zz]:80\n\treal6=[fd00::2] masq\n") ==
        "1:10: invalid address for virtual service: this is not an IPv6 address\n");
  CHECK(brief("virtual6=10.9.9.100:80\n\treal6=[fd00::2] masq\n") ==
        "1:10: invalid address for virtual service: an IPv6 address is required\n");
  CHECK(brief("virtual=10.9.9.999:80\n\treal=r1 masq\n") ==
        "1:9: invalid address for virtual service: this is not an IPv4 address\n");
  CHECK(brief("virtual=nowhere:80\n\treal=r1 masq\n") ==
        "1:9: invalid address for virtual service: no IPv4 address is known for this name\n");
  CHECK(brief("virtual=vip:65536\n\treal=r1 masq\n") ==
        "1:13: invalid address for virtual service: a port is a number from 0 to 65535\n");
  CHECK(brief("virtual=vip:nosuch\n\treal=r1 masq\n") ==
        "1:13: invalid address for virtual service: no service of this name is known\n");
  CHECK(brief("virtual=vip:0\n\treal=r1 masq\n\tchecktype=on\n") ==
        "1:13: invalid address for virtual service: port 0 stands for all ports, which the kernel takes only "
        "with "
        "persistent\n");
  CHECK(brief(kVirtual + "\treal=r1 masq\nvirtual=vip:http\n\treal=r2 masq\n") ==
        "3:9: duplicate virtual server, first in line 1\n");
}

TEST_CASE("real") {
  CHECK(real("192.168.6.2::5060 gate") ==
        "2:7: invalid address for real server (wrong format): one colon between host and port (older "
        "programs silently "
        "take this for another address)\n");
  CHECK(real("10.9.9.2:80") ==
        "2:7: invalid address for real server (wrong format): the forwarding method is missing: gate, masq "
        "or ipip\n");
  CHECK(real("fd00::2 gate") ==
        "2:7: invalid address for real server (wrong format): write an IPv6 address in brackets\n");
  CHECK(real("") ==
        "2:2: invalid address for real server (wrong format): expected HOST[:PORT] and then gate, masq or "
        "ipip\n");
  CHECK(real("10.9.9.2:80, gate") ==
        "2:18: invalid address for real server (wrong format): expected HOST[:PORT] and then gate, masq or "
        "ipip\n");
  CHECK(real("nowhere:80 gate") ==
        "2:7: invalid address (nowhere) for real server (could not resolve host): no IPv4 "
        "address is known for this name\n");
  CHECK(real("10.9.9.2:99999 gate") ==
        "2:16: invalid port (99999) for real server (could not resolve port): a port is a "
        "number from 0 to 65535\n");
  CHECK(real("10.9.9.2->nowhere:80 gate") ==
        "2:17: invalid address (nowhere) for real server (could not resolve end host): "
        "no IPv4 address is known for this name\n");
  CHECK(real("10.9.9.9->10.9.9.2:80 gate") ==
        "2:7: Invalid Range: 10.9.9.9-10.9.9.2: the first address must not be above the last one\n");
  CHECK(real("10.0.0.0->10.1.0.0:80 gate") ==
        "2:7: Invalid Range: 10.0.0.0-10.1.0.0: more than 65536 addresses\n");
  CHECK(load(kVirtual + "\treal=10.0.0.0->10.0.255.255:80 gate\n").config.services.at(0).reals.size() ==
        65536);
  CHECK(brief("virtual6=[fd00::100]:80\n\treal6=[fd00::2]->[fd00::4] gate\n") ==
        "2:8: Address range for IPv6 is not supported yet\n");
  CHECK(brief("virtual6=[fd00::100]:80\n\treal=10.9.9.2:80 gate\n\tfallback=127.0.0.1\n") ==
        "2:2: cannot specify \"real\" here.  please use \"real6\" instead\n"
        "3:2: cannot specify \"fallback\" here.  please use \"fallback6\" instead\n");
  CHECK(real("10.9.9.2:80 gate 1.5") ==
        "2:24: Invalid real server line, around \"1.5\": expected [WEIGHT] [\"REQUEST\", "
        "\"RECEIVE\"] [l:LOW] [u:UP]\n");
  CHECK(real("10.9.9.2:80 gate 1 \"a\"") ==
        "2:26: Invalid real server line, around \"\"a\"\": expected [WEIGHT] "
        "[\"REQUEST\", \"RECEIVE\"] [l:LOW] [u:UP]\n");
  CHECK(real("10.0.0.2:80 masq 1 \"a\",\"b") ==
        "2:26: Invalid real server line, around \"\"a\",\"b\": expected [WEIGHT] [\"REQUEST\", \"RECEIVE\"] [l:LOW] [u:UP] "
        "(the closing quotation mark is missing)\n");
  CHECK(real("10.0.0.2:80 masq 1 \"a\",\"b#c\"") ==
        "2:26: Invalid real server line, around \"\"a\",\"b\": expected [WEIGHT] [\"REQUEST\", \"RECEIVE\"] [l:LOW] [u:UP] "
        "(a \"#\" begins a comment even inside quotation marks)\n");
  CHECK(real("10.9.9.2:80 gate 65536") == "2:24: invalid weight: must be between 0 and 65535\n");
  CHECK(real("10.9.9.2:80 gate l:5") ==
        "2:7: invalid threshold: the kernel takes l: only together with a u: that is not below it\n");
  CHECK(real("10.9.9.2:80 gate \"a\" \"(\"") ==
        "2:29: invalid receive string: missing closing parenthesis at offset 1\n");
  CHECK(real("010.9.9.2:80 masq") ==
        "2:7: invalid address (010.9.9.2) for real server (could not resolve host): an octet "
        "with a leading zero is octal for some programs: leave the zeros out\n");
  for (const std::string wrong : {"5", "10.", "10.16777216", "10.9.65536", "10.256.2", "256.1", "10..2", "10.9.9.2.1"})
    CHECK(real(wrong + ":80 masq") == "2:7: invalid address (" + wrong + ") for real server (could not resolve host): this is not an IPv4 address\n");
}

TEST_CASE("fallback") {
  CHECK(brief("fallback=nowhere\n") ==
        "1:10: invalid IPv4 address or could not resolve for fallback server: nowhere: no "
        "IPv4 address is known for this name\n");
  CHECK(brief("fallback=127.0.0.1:nosuch\n") ==
        "1:20: invalid port for fallback server: no service of this name is known\n");
  CHECK(brief("fallback=127.0.0.1 gate 1\n") ==
        "1:25: invalid fallback server: 127.0.0.1 gate 1: expected HOST[:PORT] [gate|masq|ipip]\n");
  CHECK(brief("fallback=127.0.0.1 route\n") == "1:20: forward method must be gate, masq or ipip\n");
  CHECK(brief("fallback6=::1\n") ==
        "1:11: invalid fallback server: ::1: expected HOST[:PORT], an IPv6 address in brackets\n");
}

TEST_CASE("values") {
  auto in = [](const std::string& line) {
    return brief(kVirtual + "\treal=10.9.9.2:80 masq\n\t" + line + "\n");
  };
  CHECK(in("checktype=maybe") ==
        "3:12: checktype must be \"connect\", \"negotiate\", \"on\", \"off\", \"ping\", "
        "\"external\", \"external-perl\" or a positive number\n");
  CHECK(in("checkport=0") == "3:12: invalid checkport: must be between 1 and 65535\n");
  CHECK(in("checkport=70000") == "3:12: invalid checkport: must be between 1 and 65535\n");
  CHECK(in("checkport=http") == "3:12: invalid checkport: a number is required\n");
  CHECK(in("scheduler=RR") ==
        "3:12: invalid scheduler, should be only lowercase letters (a-z), at most 15 of them\n");
  CHECK(in("scheduler=wlcc") ==
        "3:12: warning: no scheduler of this name is known (did you mean \"wlc\"?): the kernel will refuse the service unless "
        "it has one\n");
  CHECK(in("scheduler=xyzzy") ==
        "3:12: warning: no scheduler of this name is known: the kernel will refuse the service unless it has one\n");
  CHECK(in("smtp=!") == "3:7: invalid SMTP server address: expected a name or an address, such as mail.example.com\n");
  CHECK(in("emailalert=") == "3:2: no email address specified: expected one such as admin@example.com, or several with "
                             "commas between them\n");
  CHECK(brief("emailalertfrom=\n").starts_with("1:1: no email from address specified: expected one such as "));
  CHECK(in("schedflags=sh-port") ==
        "3:13: invalid sched-flags: \"sh-port\" is not a flag of wrr; known are flag-1, flag-2, "
        "flag-3 and, of sh and mh, NAME-fallback and NAME-port\n");
  CHECK(in("persistent=forever") == "3:13: invalid persistent timeout: a number is required\n");
  CHECK(in("persistent=2678401") == "3:13: invalid persistent timeout: must be between 0 and 2678400\n");
  CHECK(in("netmask=24") ==
        "3:10: invalid netmask: dotted quad notation is required, such as 255.255.255.0\n"
        "3:10: warning: netmask has an effect only together with persistent\n");
  CHECK(in("netmask=255.255.0.256") ==
        "3:10: warning: invalid netmask: with persistent this would be an error\n"
        "3:10: warning: netmask has an effect only together with persistent\n");
  CHECK(in("persistent=60\n\tnetmask=255.255.0.256") == "4:10: invalid netmask: dotted quad notation is required, such as 255.255.255.0\n");
  CHECK(in("netmask=255.255.0.x") ==
        "3:10: invalid netmask: dotted quad notation is required, such as 255.255.255.0\n"
        "3:10: warning: netmask has an effect only together with persistent\n");
  CHECK(in("protocol=sctp") ==
        "3:11: protocol must be tcp or udp if the virtual service is an address and port\n");
  CHECK(brief("virtual=5\n\treal=r1 masq\n\tprotocol=tcp\n\tchecktype=on\n") ==
        "3:11: protocol must be fwm if the virtual service is a fwmark (a number)\n");
  CHECK(in("httpmethod=POST") == "3:13: httpmethod must be GET or HEAD\n");
  CHECK(in("request=\"\"") == "3:10: no request string specified: the value is empty\n");
  CHECK(in("receive=\"abc") == "3:10: invalid receive string: the closing quotation mark is missing\n");
  CHECK(in("receive='abc'") ==
        "3:10: invalid receive string: the value must stand in double quotation marks: \"...\"\n");
  CHECK(in("failurecount=0") == "3:15: invalid failure count: must be between 1 and 2147483647\n");
  CHECK(in("checktimeout=99999999999") == "3:15: invalid check timeout: must be between 1 and 2147483647\n");
  CHECK(in("emailalertstatus=all,none") ==
        "3:19: invalid email alert status: \"all\" specified with \"none\"\n");
  CHECK(in("emailalertstatus=sometimes") ==
        "3:19: invalid email alert status at: \"sometimes\": expected all, none, "
        "starting, running, stopping or reloading\n");
  CHECK(in("connecttimeout=3") == "3:2: connecttimeout directive deprecated in favour of negotiatetimeout\n");
  CHECK(in("autoreload=yes") ==
        "3:2: Unknown command \"autoreload\": \"autoreload\" is a global directive and begins in "
        "the first column\n");
  CHECK(in("sheduler=rr") == "3:2: Unknown command \"sheduler\": did you mean \"scheduler\"?\n");
  CHECK(in("request") == "3:2: Unknown command \"request\": expected request = VALUE\n");
  CHECK(in("request \"a\"") == "3:2: Unknown command \"request \"a\"\": the \"=\" is missing, expected request = VALUE\n");
  CHECK(in("chektype connect") == "3:2: Unknown command \"chektype connect\": the \"=\" is missing, expected checktype = VALUE\n");
  CHECK(in("xyzzy=1") == "3:2: Unknown command \"xyzzy\": expected a directive of ldirectord.cf(5)\n");
  CHECK(brief("foo\n") .starts_with("1:1: Unknown command \"foo\": expected NAME = VALUE\n"));
  CHECK(brief("timeout=3\n") ==
        "1:1: timeout directive deprecated in favour of checktimeout and negotiatetimeout\n");
}

TEST_CASE("checks that no answer could satisfy are told of, once for a section") {
  auto in = [](const std::string& lines) {
    auto loaded = load("virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n\treal=10.9.9.3:80 masq\n" + lines);
    CHECK(loaded.usable());
    std::string out;
    for (const auto& d : loaded.findings.all()) out += fmt::format("{}: {}\n", d.at.line, d.message);
    return out;
  };
  for (auto service : {"mysql", "pgsql", "oracle"}) {
    const auto head = fmt::format("\tservice={}\n", service);
    CHECK(in(head) == fmt::format("2: service={} needs login and request: without, this real server stays down\n", service));
    CHECK(in(head + "\tlogin=\"x\"\n") == fmt::format("2: service={} needs request: without, this real server stays down\n", service));
    CHECK(in(head + "\trequest=\"x\"\n") == fmt::format("2: service={} needs login: without, this real server stays down\n", service));
    CHECK(in(head + "\trequest=\"x\"\n\tlogin=\"y\"\n").empty());
    CHECK(in(head + "\tchecktype=connect\n").empty());
  }
  CHECK(in("\tservice=radius\n\tlogin=\"x\"\n") == "2: service=radius needs secret: without, this real server stays down\n");
  CHECK(in("\tservice=radius\n\tlogin=\"x\"\n\tsecret=\"y\"\n").empty());
  const std::string url =
      "2: service=http_proxy needs a request that is a whole URL, such as \"http://www.example.com/\": without, this real "
      "server stays down\n";
  CHECK(in("\tservice=http_proxy\n") == url);
  CHECK(in("\tservice=http_proxy\n\trequest=\"index.html\"\n") == url);
  CHECK(in("\tservice=http_proxy\n\trequest=\"http://www.example.com/\"\n").empty());
}

TEST_CASE("the shape of the file") {
  CHECK(brief("real=10.9.9.2:80 gate\n") ==
        "1:1: Unknown command \"real\": \"real\" belongs to a virtual section and is "
        "indented by four blanks or one tab\n");
  // What follows a section that was meant is looked at as one, and not blamed for it.
  CHECK(brief("virtual 10.0.0.1:80\n\treal=10.9.9.2:80 gates\n") ==
        "1:1: Unknown command \"virtual 10.0.0.1:80\": the \"=\" is missing, expected virtual = VALUE\n"
        "2:19: forward method must be gate, masq or ipip\n");
  CHECK(brief("virtual6 [fd00::1]:80\n\treal6=[fd00::2]:80 gate\n") ==
        "1:1: Unknown command \"virtual6 [fd00::1]:80\": the \"=\" is missing, expected virtual6 = VALUE\n");
  CHECK(brief("virtal=10.0.0.1:80\n").starts_with("1:1: Unknown command \"virtal\": did you mean \"virtual\"?\n"));
  CHECK(brief("    quiescent=yes\n") ==
        "1:5: Unknown command \"quiescent\": indented lines belong to a virtual section, and "
        "none is open; global lines begin in the first column\n");
  CHECK(brief("  " + kVirtual + "\treal=10.9.9.2:80 gate\n") ==
        "1:3: Unknown command \"virtual\": a virtual section begins in the first column\n");
  CHECK(brief("[default]\n") ==
        "1:1: Unknown command \"[default]\": there are no headers in brackets in this format\n");
  CHECK(load("").usable());
  CHECK(brief("\n\n# only a remark\n") == "0:0: warning: no virtual service is configured: nothing will be balanced\n");
}

TEST_CASE("hostile bytes") {
  CHECK(brief(std::string("\x7f"
                          "ELF\0\1\2\n",
                          8)) == "1:0: a NUL byte: this is not a text file\n");
  CHECK(brief(std::string(70000, 'x') + "\nquiescent=x\n") ==
        "1:0: the line is longer than 65536 bytes\n"
        "2:11: quiescent must be 'yes' or 'no'\n");
  std::string noise;
  std::uint32_t state = 1;
  for (int i = 0; i < 200000; ++i) {
    state = state * 1664525u + 1013904223u;
    noise += static_cast<char>(1 + (state >> 24) % 255);
  }
  auto loaded = load(noise);
  CHECK_FALSE(loaded.usable());
  CHECK(loaded.findings.all().size() < 500);
  auto text = load("\x01\x02\xff=\xfe\n").findings.render();
  CHECK(text.starts_with("t.cf:1:1: error: Unknown command \"\\x01\\x02\\xff\""));
}

}  // namespace
}  // namespace ldir::conf
