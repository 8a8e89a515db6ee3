// SPDX-License-Identifier: Apache-2.0
// Configurations whose tables were taken from the original program: ours means the same, or differs on
// purpose.
#include "test/support/catch.h"
#include "test/unit/ldir/conf/dump.h"
#include "test/unit/ldir/conf/fake_resolver.h"

namespace ldir::conf {
namespace {

model::Config good(const std::string& text) {
  auto loaded = load(text);
  INFO(loaded.findings.render());
  REQUIRE(loaded.usable());
  return loaded.config;
}
std::string table(const std::string& text) {
  std::string out;
  for (const auto& s : good(text).services) out += dump_table(s);
  return out;
}

TEST_CASE("the classic configuration") {
  auto c = good(
      "quiescent=yes\ncheckinterval=1\nchecktimeout=3\nvirtual=10.9.9.100:80\n\treal=10.9.9.2:80 gate\n"
      "\treal=10.9.9.3:80 gate\n\tfallback=127.0.0.1:80 "
      "gate\n\tservice=http\n\tscheduler=wlc\n\tpersistent=600\n"
      "\tchecktype=negotiate\n\trequest=\"index.html\"\n\treceive=\"hello\"\n\tvirtualhost=www.x.y.z\n");
  REQUIRE(c.services.size() == 1);
  const auto& s = c.services[0];
  CHECK(dump_table(s) ==
        "-A -t 10.9.9.100:80 -s wlc -p 600\n"
        "-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 1\n"
        "-a -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 1\n"
        "fallback -t 10.9.9.100:80 -r 127.0.0.1:80 -g -w 1\n");
  CHECK(s.quiescent);
  CHECK(s.at.line == 4);
  CHECK(s.reals[1].at.line == 6);
  CHECK(s.reals[0].check.type == model::CheckType::negotiate);
  CHECK(s.reals[0].check.service == model::ServiceType::http);
  CHECK(s.reals[0].check.request == "/index.html");
  CHECK(s.reals[0].check.receive == "hello");
  CHECK(s.reals[0].check.virtualhost == "www.x.y.z");
  CHECK(s.reals[0].check.port == 80);
  CHECK(s.reals[0].check.timeout() == model::seconds(3));
  CHECK(s.reals[0].check.interval == model::seconds(1));
}

TEST_CASE("forwarding methods, ports and weights") {
  CHECK(table("virtual=10.9.9.100:80\n\treal=10.9.9.2:8080 gate 3\n\treal=10.9.9.3:8080 ipip "
              "4\n\tchecktype=on\n") ==
        "-A -t 10.9.9.100:80 -s wrr\n-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 3\n"
        "-a -t 10.9.9.100:80 -r 10.9.9.3:80 -i -w 4\n");
  CHECK(
      table(
          "virtual=10.9.9.100:80\n\treal=10.9.9.2:8080 masq 3\n\treal=10.9.9.3:80 masq\n\tchecktype=on\n") ==
      "-A -t 10.9.9.100:80 -s wrr\n-a -t 10.9.9.100:80 -r 10.9.9.2:8080 -m -w 3\n"
      "-a -t 10.9.9.100:80 -r 10.9.9.3:80 -m -w 1\n");
  CHECK(table("virtual=10.9.9.100:80\n\tscheduler=sh\n\tschedflags=sh-port,sh-fallback\n\treal=10.9.9.2 "
              "masq\n\tchecktype=on\n") ==
        "-A -t 10.9.9.100:80 -s sh -b 24\n-a -t 10.9.9.100:80 -r 10.9.9.2:0 -m -w 1\n");
  CHECK(table("virtual=10.9.9.100:0\n\treal=10.9.9.2 masq\n\tpersistent=60\n\tchecktype=on\n") ==
        "-A -t 10.9.9.100:0 -s wrr -p 60\n-a -t 10.9.9.100:0 -r 10.9.9.2:0 -m -w 1\n");
  CHECK(table("virtual=10.9.9.100:80\n\treal=10.9.9.2:80 gate 2 l:10 u:20\n\tchecktype=connect\n") ==
        "-A -t 10.9.9.100:80 -s wrr\n-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 2 -x 20 -y 10\n");
  CHECK(table("virtual=10.9.9.100:80\n\treal=10.9.9.2:8081 masq 0\n\treal=10.9.9.3:80 masq "
              "1\n\treal=10.9.9.3:80 masq 9\n"
              "\tcheckport=80\n\tchecktype=connect\n") ==
        "-A -t 10.9.9.100:80 -s wrr\n-a -t 10.9.9.100:80 -r 10.9.9.2:8081 -m -w 0\n"
        "-a -t 10.9.9.100:80 -r 10.9.9.3:80 -m -w 9\n");
}

TEST_CASE("a port that gate cannot change is still the one to check") {
  auto c = good("virtual=10.9.9.100:80\n\treal=10.9.9.2:8080 gate 3\n\tchecktype=connect\n");
  const auto& r = c.services[0].reals[0];
  CHECK(r.endpoint.port == 80);
  CHECK(r.configured_port == 8080);
  CHECK(r.check.port == 8080);
}

TEST_CASE("marks") {
  CHECK(
      table("virtual=5\n\treal=10.9.9.2 gate 2\n\treal=10.9.9.3:80 masq\n\tfallback=127.0.0.1:80 "
            "gate\n\tchecktype=on\n"
            "\tpersistent=30\n\tnetmask=255.255.255.0\n") ==
      "-A -f 5 -s wrr -p 30 -M 255.255.255.0\n-a -f 5 -r 10.9.9.2:0 -g -w 2\n-a -f 5 -r 10.9.9.3:80 -m -w 1\n"
      "fallback -f 5 -r 127.0.0.1:80 -g -w 1\n");
  CHECK(table("virtual6=7\n\treal6=[fd00::2] gate 2\n\tchecktype=on\nvirtual=7\n\treal=10.9.9.2 gate "
              "2\n\tchecktype=on\n") ==
        "-A -f 7 -6 -s wrr\n-a -f 7 -6 -r [fd00::2]:0 -g -w 2\n-A -f 7 -s wrr\n-a -f 7 -r 10.9.9.2:0 -g -w "
        "2\n");
  // On purpose not as the original, whose global fallback never reaches a mark.
  CHECK(table("fallback=127.0.0.1\nvirtual=5\n\treal=10.9.9.2 gate 2\n\tchecktype=off\n") ==
        "-A -f 5 -s wrr\n-a -f 5 -r 10.9.9.2:0 -g -w 2\nfallback -f 5 -r 127.0.0.1:0 -g -w 1\n");
}

TEST_CASE("fallbacks without a port or with another one") {
  CHECK(table("fallback=127.0.0.1\nvirtual=10.9.9.100:81\n\treal=10.9.9.2:81 gate 2\n\tchecktype=off\n") ==
        "-A -t 10.9.9.100:81 -s wrr\n-a -t 10.9.9.100:81 -r 10.9.9.2:81 -g -w 2\n"
        "fallback -t 10.9.9.100:81 -r 127.0.0.1:81 -g -w 1\n");
  CHECK(
      table(
          "virtual=10.9.9.100:81\n\treal=10.9.9.2:81 gate 2\n\tchecktype=off\n\tfallback=127.0.0.1 masq\n") ==
      "-A -t 10.9.9.100:81 -s wrr\n-a -t 10.9.9.100:81 -r 10.9.9.2:81 -g -w 2\n"
      "fallback -t 10.9.9.100:81 -r 127.0.0.1:81 -m -w 1\n");
  auto c = good(
      "quiescent=yes\ncleanstop=no\nfallback=127.0.0.1:8888\nvirtual=10.9.9.100:80\n\treal=10.9.9.2:80 gate\n"
      "\tchecktype=connect\n\tquiescent=no\n\tcleanstop=yes\nvirtual=10.9.9.100:81\n\treal=10.9.9.2:80 masq\n"
      "\tchecktype=connect\n\tfallback=127.0.0.1\n");
  REQUIRE(c.services.size() == 2);
  CHECK(dump_table(c.services[0]) ==
        "-A -t 10.9.9.100:80 -s wrr\n-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 1\n"
        "fallback -t 10.9.9.100:80 -r 127.0.0.1:80 -g -w 1\n");
  CHECK(dump_table(c.services[1]) ==
        "-A -t 10.9.9.100:81 -s wrr\n-a -t 10.9.9.100:81 -r 10.9.9.2:80 -m -w 1\n"
        "fallback -t 10.9.9.100:81 -r 127.0.0.1:81 -g -w 1\n");
  CHECK_FALSE(c.services[0].quiescent);
  CHECK(c.services[0].cleanstop);
  CHECK(c.services[1].quiescent);
  CHECK_FALSE(c.services[1].cleanstop);
}

TEST_CASE("udp by port, ops, and ops that tcp does not have") {
  CHECK(
      table("virtual=10.9.9.100:53\n\treal=10.9.9.2:53 masq\n\tscheduler=rr\n\tops=yes\n\tchecktype=on\n") ==
      "-A -u 10.9.9.100:53 -s rr -o\n-a -u 10.9.9.100:53 -r 10.9.9.2:53 -m -w 1\n");
  CHECK(table("virtual=10.9.9.100:443\n\treal=10.9.9.2:443 "
              "masq\n\tops=yes\n\tpersistent=60\n\tnetmask=255.255.255.0\n"
              "\tchecktype=on\n") ==
        "-A -t 10.9.9.100:443 -s wrr -p 60 -M 255.255.255.0\n-a -t 10.9.9.100:443 -r 10.9.9.2:443 -m -w 1\n");
  CHECK(table("virtual=vip:domain\n\tprotocol=tcp\n\treal=r1:domain masq\n\tchecktype=on\n"
              "virtual=vip:domain\n\treal=r1:domain masq\n\tchecktype=on\n") ==
        "-A -t 10.9.9.100:53 -s wrr\n-a -t 10.9.9.100:53 -r 10.9.9.2:53 -m -w 1\n"
        "-A -u 10.9.9.100:53 -s wrr\n-a -u 10.9.9.100:53 -r 10.9.9.2:53 -m -w 1\n");
}

TEST_CASE("names, service names, a range, and a clash after the port was mapped") {
  CHECK(
      table(
          "virtual=vip:http\n\treal=10.9.9.2->10.9.9.4:http gate 5\n\treal=r3:8080 ipip 1\n\tscheduler=wlc\n"
          "\tchecktype=on\n\tfallback=localhost:http\n") ==
      "-A -t 10.9.9.100:80 -s wlc\n-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 5\n"
      "-a -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 5\n-a -t 10.9.9.100:80 -r 10.9.9.4:80 -i -w 1\n"
      "fallback -t 10.9.9.100:80 -r 127.0.0.1:80 -g -w 1\n");
}

TEST_CASE("IPv6") {
  CHECK(table("virtual6=[fd00::100]:80\n\treal6=[fd00::2]:80 gate 2\n\treal6=[fd00::3]:80 "
              "masq\n\tfallback6=[::1]:80 gate\n"
              "\tchecktype=connect\n\tpersistent=60\n\tnetmask=64\n") ==
        "-A -t [fd00::100]:80 -s wrr -p 60 -M 64\n-a -t [fd00::100]:80 -r [fd00::2]:80 -g -w 2\n"
        "-a -t [fd00::100]:80 -r [fd00::3]:80 -m -w 1\nfallback -t [fd00::100]:80 -r [::1]:80 -g -w 1\n");
  CHECK(table("virtual6=vip:http\n\treal6=r1:8080 masq 2\n\tchecktype=connect\n") ==
        "-A -t [fd00::100]:80 -s wrr\n-a -t [fd00::100]:80 -r [fd00::2]:8080 -m -w 2\n");
}

TEST_CASE("a range across 59.154.201.255, where the original compares numbers as text") {
  auto c = good("virtual=10.9.9.100:80\n\treal=59.154.201.254->59.154.202.1:80 masq\n\tchecktype=on\n");
  REQUIRE(c.services[0].reals.size() == 4);
  CHECK(c.services[0].reals[3].endpoint.address.str() == "59.154.202.1");
}

TEST_CASE("external checks get the names the original gives") {
  auto c = good(
      "virtual=5\n\treal=10.9.9.2 gate 2\n\tchecktype=external\n\tcheckcommand=\"/bin/check\"\n"
      "virtual6=[fd00::100]:80\n\treal6=[fd00::2]:8080 "
      "masq\n\tchecktype=external-perl\n\tcheckcommand=/bin/check\n");
  const auto& a = c.services[0].reals[0].check;
  CHECK(a.command == "/bin/check");
  CHECK(a.external_args[0] + " " + a.external_args[1] + " " + a.external_args[2] + " " + a.external_args[3] ==
        "5 0 10.9.9.2 0");
  const auto& b = c.services[1].reals[0].check;
  CHECK(b.type == model::CheckType::external_perl);
  CHECK(b.external_args[0] + " " + b.external_args[1] + " " + b.external_args[2] + " " + b.external_args[3] ==
        "[fd00::100] 80 [fd00::2] 8080");
}

TEST_CASE("request and receive of one real server") {
  auto c = good(
      "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 gate 2 \"a.html\", \"one\"\n\treal=10.9.9.3:80 gate \"b\" "
      "\"two\" l:1 u:2\n"
      "\treal=10.9.9.4:80 masq \"http://10.9.9.2:81/abs\",\"\"\n\trequest=\"all\"\n\treceive=\"all\"\n");
  const auto& r = c.services[0].reals;
  CHECK(r[0].check.request == "/a.html");
  CHECK(r[0].check.receive == "one");
  CHECK(r[0].dest.weight == 2);
  CHECK(r[1].check.request == "/b");
  CHECK(r[1].check.receive == "two");
  CHECK(r[1].dest.upper == 2);
  // A whole URL replaces address and port; the Host header stays the real server's.
  CHECK(r[2].check.request == "/abs");
  CHECK(r[2].check.receive.empty());
  CHECK(base::Endpoint{r[2].check.address, r[2].check.port}.str() == "10.9.9.2:81");
  CHECK(r[2].check.virtualhost == "10.9.9.4");
  CHECK(r[2].endpoint.address.str() == "10.9.9.4");
}

TEST_CASE("combined checks, ping attempts, logins") {
  auto c = good(
      "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 gate\n\tchecktype=2\n\treceive=\"x\"\n"
      "virtual=10.9.9.100:21\n\treal=10.9.9.2:21 masq\n"
      "virtual=10.9.9.100:5060\n\tprotocol=udp\n\treal=10.9.9.2:5060 masq\n\tservice=sip\n\tlogin=\"me\"\n"
      "virtual=10.9.9.100:99\n\treal=10.9.9.2:99 masq\n\tchecktype=ping\n\tcheckcount=3\n");
  CHECK(c.services[0].reals[0].check.type == model::CheckType::combined);
  CHECK(c.services[0].reals[0].check.combined_connects == 2);
  CHECK(c.services[1].reals[0].check.login == "anonymous");
  CHECK(c.services[1].reals[0].check.passwd == "ldirectord@dirhost");
  CHECK(c.services[2].reals[0].check.login == "me");
  CHECK(c.services[3].reals[0].check.ping_attempts == 3);
}

TEST_CASE("the two timeouts stand in for each other") {
  auto of = [](const std::string& global, const std::string& own) {
    auto c = good(global + "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 gate\n" + own);
    const auto& check = c.services[0].reals[0].check;
    return std::to_string(check.check_timeout.count()) + " " +
           std::to_string(check.negotiate_timeout.count());
  };
  CHECK(of("", "") == "5 30");
  CHECK(of("checktimeout=3\n", "") == "3 3");
  CHECK(of("negotiatetimeout=4\n", "") == "4 4");
  CHECK(of("checktimeout=3\nnegotiatetimeout=4\n", "") == "3 4");
  CHECK(of("checktimeout=3\nnegotiatetimeout=4\n", "\tchecktimeout=7\n") == "7 7");
  CHECK(of("checktimeout=3\nnegotiatetimeout=4\n", "\tnegotiatetimeout=8\n") == "8 8");
  CHECK(of("checktimeout=3\n", "\tchecktimeout=7\n\tnegotiatetimeout=8\n") == "7 8");
}

TEST_CASE("where a check connects to") {
  auto port = [](const std::string& section) { return good(section).services[0].reals[0].check.port; };
  CHECK(port("virtual=10.9.9.100:80\n\treal=10.9.9.2:8080 masq\n\tcheckport=99\n") == 99);
  CHECK(port("virtual=10.9.9.100:80\n\treal=10.9.9.2:8080 masq\n") == 8080);
  CHECK(port("virtual=10.9.9.100:8081\n\tservice=https\n\treal=10.9.9.2 masq\n") == 443);
  CHECK(port("virtual=10.9.9.100:8081\n\tservice=https\n\tchecktype=connect\n\treal=10.9.9.2 masq\n") == 443);
  CHECK(port("virtual=10.9.9.100:8081\n\tchecktype=connect\n\treal=10.9.9.2 gate\n") == 8081);
}

TEST_CASE("equal checks compare equal, whatever else their services say") {
  auto c = good(
      "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq 3\n\tchecktype=connect\n\treceive=\"x\"\n"
      "virtual=10.9.9.101:80\n\treal=10.9.9.2:80 "
      "gate\n\tchecktype=connect\n\tservice=https\n\tlogin=\"y\"\n");
  CHECK(c.services[0].reals[0].check == c.services[1].reals[0].check);
}

}  // namespace
}  // namespace ldir::conf
