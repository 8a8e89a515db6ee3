// SPDX-License-Identifier: Apache-2.0
// The tables of the real ldirectord (reference/ldirectord-differential.md), case by case. Where ours differs, it
// differs on purpose and the case says why.
#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using ldir::core::Stop;

namespace {

// "-A -t 10.9.9.100:80 -s wlc" and its destinations, the service's name put into each.
Lines lines(const std::string& service, const std::string& options, const Lines& dests) {
  Lines out{"-A " + service + " " + options};
  for (const auto& d : dests) out.push_back("-a " + service + " -r " + d);
  return out;
}
Lines web(const std::string& options, const Lines& dests) { return lines("-t 10.9.9.100:80", options, dests); }
Lines operator+(Lines a, const Lines& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

ldir::model::VirtualService classic(bool quiescent) {
  auto v = service("10.9.9.100:80");
  v.quiescent = quiescent;
  v.options.scheduler = "wlc";
  v.options.persistent_s = 600;
  real(v, "10.9.9.2:80", Forward::route);
  real(v, "10.9.9.3:80", Forward::route);
  fallback(v, "127.0.0.1:80");
  return v;
}

// Reals .2 and .3 gate 2 with fallback, the common one of D19 to D27.
ldir::model::VirtualService pair(bool quiescent = false) {
  auto v = service("10.9.9.100:80");
  v.quiescent = quiescent;
  real(v, "10.9.9.2:80", Forward::route, 2);
  real(v, "10.9.9.3:80", Forward::route, 2);
  fallback(v, "127.0.0.1:80");
  return v;
}

Lines once(ldir::model::VirtualService v) {
  World w;
  w.start(config({std::move(v)}));
  return w.table();
}

}  // namespace

TEST_CASE("D01 classic, quiescent=yes") {
  World w;
  const std::string o = "-s wlc -p 600";
  w.start(config({classic(true)}));
  CHECK(w.table() == web(o, {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1"}));
  w.off = {"10.9.9.2:80"};
  w.check();
  CHECK(w.table() == web(o, {"10.9.9.2:80 -g -w 0", "10.9.9.3:80 -g -w 1"}));
  w.off = {"10.9.9.2:80", "10.9.9.3:80"};
  w.check();
  CHECK(w.table() == web(o, {"10.9.9.2:80 -g -w 0", "10.9.9.3:80 -g -w 0", "127.0.0.1:80 -g -w 1"}));
  w.off = {"10.9.9.3:80"};
  w.check();
  CHECK(w.table() == web(o, {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 0"}));
  w.off = {};
  w.check();
  const auto both = web(o, {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1"});
  CHECK(w.table() == both);
  w.load(config({classic(true)}));
  CHECK(w.table() == both);
  w.step(Stop{"TERM"});
  CHECK(w.table() == Lines{});
  CHECK(w.finished);
}

TEST_CASE("D02 classic, quiescent=no") {
  World w;
  const std::string o = "-s wlc -p 600";
  w.start(config({classic(false)}));
  CHECK(w.table() == web(o, {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1"}));
  w.off = {"10.9.9.2:80"};
  w.check();
  CHECK(w.table() == web(o, {"10.9.9.3:80 -g -w 1"}));
  w.off = {"10.9.9.2:80", "10.9.9.3:80"};
  w.check();
  CHECK(w.table() == web(o, {"127.0.0.1:80 -g -w 1"}));
  w.off = {"10.9.9.3:80"};
  w.check();
  CHECK(w.table() == web(o, {"10.9.9.2:80 -g -w 1"}));
  // The original shows r2 for 0.3 s at this reload; ours must never.
  w.kernel.watch = [](const ldir::ipvs::Table&) { FAIL("a reload that changes nothing touched the table"); };
  w.load(config({classic(false)}));
  w.check();
  w.kernel.watch = nullptr;
  w.off = {};
  w.check();
  CHECK(w.table() == web(o, {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1"}));
  w.step(Stop{"TERM"});
  CHECK(w.table() == Lines{});
}

TEST_CASE("D03 port mismatch, gate and ipip") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:8080", Forward::route, 3, CheckType::on);
  real(v, "10.9.9.3:8080", Forward::tunnel, 4, CheckType::on);
  World w;
  w.start(config({v}));
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 3", "10.9.9.3:80 -i -w 4 --tun-type ipip"}));
  w.step(Stop{"TERM"});
  CHECK(w.table() == Lines{});
  CHECK(w.count(ldir::core::kOpFailed) == 0);  // the original logs two failing deletions
}

TEST_CASE("D04 port mismatch and quiescent=yes: the original stays at weight 0 for ever, ours serves") {
  auto v = service("10.9.9.100:80");
  v.quiescent = true;
  real(v, "10.9.9.2:8080", Forward::route, 3);
  World w;
  w.start(config({v}));
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 3"}));
  w.off = {"10.9.9.2:8080"};
  w.check();
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 0"}));
  CHECK(w.last(ldir::core::kQuiescent) ==
        "Quiescent real server: 10.9.9.2:80 mapped from 10.9.9.2:8080 (10.9.9.100:80) (Weight set to 0)");
  w.off = {};
  w.check();
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 3"}));
  CHECK(w.last(ldir::core::kRestored) == "Restored real server: 10.9.9.2:8080 (10.9.9.100:80) (Weight set to 3)");
}

TEST_CASE("D05 port mismatch, masq") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:8080", Forward::masq, 3, CheckType::on);
  real(v, "10.9.9.3:80", Forward::masq, 1, CheckType::on);
  CHECK(once(v) == web("-s wrr", {"10.9.9.2:8080 -m -w 3", "10.9.9.3:80 -m -w 1"}));
}

TEST_CASE("D06 fwmark with fallback, persistence, netmask") {
  auto v = mark(5);
  v.options.persistent_s = 30;
  v.options.netmask = 0xffffff00;
  real(v, "10.9.9.2", Forward::route, 2, CheckType::on);
  real(v, "10.9.9.3:80", Forward::masq, 1, CheckType::on);
  fallback(v, "127.0.0.1:80");
  CHECK(once(v) == lines("-f 5", "-s wrr -p 30 -M 255.255.255.0", {"10.9.9.2:0 -g -w 2", "10.9.9.3:80 -m -w 1"}));
}

TEST_CASE("D07 fwmark with global fallback: the original's add fails, ours is there") {
  auto v = mark(5);
  real(v, "10.9.9.2", Forward::route, 2, CheckType::off);
  fallback(v, "127.0.0.1");
  CHECK(once(v) == lines("-f 5", "-s wrr", {"127.0.0.1:0 -g -w 1"}));
}

TEST_CASE("D08, D09 checktype=off") {
  auto v = service("10.9.9.100:81");
  real(v, "10.9.9.2:81", Forward::route, 2, CheckType::off);
  fallback(v, "127.0.0.1:81");
  CHECK(once(v) == lines("-t 10.9.9.100:81", "-s wrr", {"127.0.0.1:81 -g -w 1"}));
  v.quiescent = true;
  v.fallback->forward = Forward::masq;
  CHECK(once(v) == lines("-t 10.9.9.100:81", "-s wrr", {"10.9.9.2:81 -g -w 0", "127.0.0.1:81 -m -w 1"}));
}

TEST_CASE("D11, D12 one-packet scheduling is for udp only") {
  auto v = service("10.9.9.100:53");
  v.key.protocol = Protocol::udp;
  v.options.scheduler = "rr";
  v.options.ops = true;
  real(v, "10.9.9.2:53", Forward::masq, 1, CheckType::on);
  CHECK(once(v) == lines("-u 10.9.9.100:53", "-s rr -o", {"10.9.9.2:53 -m -w 1"}));
  auto tls = service("10.9.9.100:443");
  tls.options.ops = true;
  tls.options.persistent_s = 60;
  tls.options.netmask = 0xffffff00;
  real(tls, "10.9.9.2:443", Forward::masq, 1, CheckType::on);
  CHECK(once(tls) == lines("-t 10.9.9.100:443", "-s wrr -p 60 -M 255.255.255.0", {"10.9.9.2:443 -m -w 1"}));
}

TEST_CASE("D13 a range and a clash after port mapping") {
  auto v = service("10.9.9.100:80");
  v.options.scheduler = "wlc";
  for (const char* r : {"10.9.9.2:80", "10.9.9.3:80", "10.9.9.4:80"}) real(v, r, Forward::route, 5, CheckType::on);
  real(v, "10.9.9.4:8080", Forward::tunnel, 1, CheckType::on);
  fallback(v, "127.0.0.1:80");
  // Which of the two lines for .4 wins is chance in the original; here the later one, as for duplicates (D39).
  CHECK(once(v) == web("-s wlc", {"10.9.9.2:80 -g -w 5", "10.9.9.3:80 -g -w 5", "10.9.9.4:80 -i -w 1 --tun-type ipip"}));
}

TEST_CASE("D15 IPv6 with fallback6") {
  auto v = service("[fd00::100]:80");
  v.options.persistent_s = 60;
  v.options.netmask = 64;
  real(v, "[fd00::2]:80", Forward::route, 2);
  real(v, "[fd00::3]:80", Forward::masq);
  fallback(v, "[::1]:80");
  World w;
  w.start(config({v}));
  const auto both = lines("-t [fd00::100]:80", "-s wrr -p 60 -M 64", {"[fd00::2]:80 -g -w 2", "[fd00::3]:80 -m -w 1"});
  CHECK(w.table() == both);
  w.off = {"[fd00::2]:80", "[fd00::3]:80"};
  w.check();
  CHECK(w.table() == lines("-t [fd00::100]:80", "-s wrr -p 60 -M 64", {"[::1]:80 -g -w 1"}));
  w.off = {};
  w.check();
  CHECK(w.table() == both);
}

TEST_CASE("D16 one mark in both families") {
  auto six = mark(7, true), four = mark(7);
  real(six, "[fd00::2]", Forward::route, 2, CheckType::on);
  real(four, "10.9.9.2", Forward::route, 2, CheckType::on);
  World w;
  w.start(config({six, four}));
  const auto expected = lines("-f 7", "-s wrr", {"10.9.9.2:0 -g -w 2"}) + lines("-f 7 -6", "-s wrr", {"[fd00::2]:0 -g -w 2"});
  CHECK(w.table() == expected);
  w.load(config({six, four}));
  CHECK(w.table() == expected);
}

TEST_CASE("D17 IPv6 masq to another port, quiescent=yes") {
  auto v = service("[fd00::100]:80");
  v.quiescent = true;
  real(v, "[fd00::2]:8080", Forward::masq, 2);
  World w;
  w.start(config({v}));
  CHECK(w.table().back() == "-a -t [fd00::100]:80 -r [fd00::2]:8080 -m -w 2");
  w.off = {"[fd00::2]:8080"};
  w.check();
  CHECK(w.table().back() == "-a -t [fd00::100]:80 -r [fd00::2]:8080 -m -w 0");
  w.off = {};
  w.check();
  CHECK(w.table().back() == "-a -t [fd00::100]:80 -r [fd00::2]:8080 -m -w 2");
}

TEST_CASE("D18 thresholds go while quiesced and come back") {
  auto v = service("10.9.9.100:80");
  v.quiescent = true;
  auto& r = real(v, "10.9.9.2:80", Forward::route, 2);
  r.dest.lower = 10;
  r.dest.upper = 20;
  World w;
  w.start(config({v}));
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 2 -x 20 -y 10"}));
  w.off = {"10.9.9.2:80"};
  w.check();
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 0"}));
  w.off = {};
  w.check();
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 2 -x 20 -y 10"}));
}

TEST_CASE("D19 foreign entries") {
  World w;
  const auto vip = service("10.9.9.100:80").key, tls = service("10.9.9.100:443").key;
  w.kernel.table[vip] = {{"lc", 99, 0, false, 0},
                         {{endpoint("10.9.9.2:80"), {Forward::masq, 7, 0, 0}},
                          {endpoint("10.9.9.3:80"), {Forward::route, 0, 0, 0}},
                          {endpoint("10.9.9.77:80"), {Forward::route, 3, 0, 0}},
                          {endpoint("127.0.0.1:80"), {Forward::route, 1, 0, 0}}}};
  w.kernel.table[tls] = {{"rr", 0, 0, false, 0}, {{endpoint("10.9.9.2:443"), {Forward::masq, 9, 0, 0}}}};
  const auto foreign = lines("-t 10.9.9.100:443", "-s rr", {"10.9.9.2:443 -m -w 9"});
  w.load(config({pair()}));
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 2", "10.9.9.3:80 -g -w 0"}) + foreign);  // .3 not judged yet
  CHECK(w.last(ldir::core::kPurgedReal) == "Purged real server (start): 10.9.9.77:80 (10.9.9.100:80)");
  w.check();
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 2", "10.9.9.3:80 -g -w 2"}) + foreign);
  w.step(Stop{"TERM"});
  CHECK(w.table() == foreign);
}

TEST_CASE("D20 cleanstop=no and restart") {
  auto v = pair();
  v.cleanstop = false;
  World a;
  a.start(config({v}));
  a.off = {"10.9.9.3:80"};
  a.check();
  const auto one = web("-s wrr", {"10.9.9.2:80 -g -w 2"});
  CHECK(a.table() == one);
  a.step(Stop{"TERM"});
  CHECK(a.table() == one);

  World b;
  b.kernel.table = a.kernel.table;
  b.off = a.off;
  b.load(config({v}));
  CHECK(b.kernel.applied.empty());  // a table that is right is adopted without a touch
  b.check();
  CHECK(b.kernel.applied.empty());
  CHECK(b.table() == one);
  b.off.insert("10.9.9.2:80");
  b.check();
  const auto spare = web("-s wrr", {"127.0.0.1:80 -g -w 1"});
  CHECK(b.table() == spare);
  b.step(Stop{"TERM"});
  CHECK(b.table() == spare);

  World c;
  c.kernel.table = b.kernel.table;
  c.load(config({v}));
  CHECK(c.kernel.applied.empty());  // the fallback stays until a real is known to be up
  c.check();
  CHECK(c.table() == web("-s wrr", {"10.9.9.2:80 -g -w 2", "10.9.9.3:80 -g -w 2"}));
}

TEST_CASE("D21 failurecount=3 with a shared real: each service counts for itself") {
  // The original counts a shared failure twice, so that its shared real leaves after 2 passes instead of 3.
  std::vector<ldir::model::VirtualService> all;
  for (const char* address : {"10.9.9.100:80", "10.9.9.100:81", "10.9.9.100:82"}) {
    auto v = service(address);
    v.failure_count = 3;
    real(v, all.size() < 2 ? "10.9.9.2:80" : "10.9.9.3:80", Forward::masq);
    all.push_back(v);
  }
  World w;
  w.start(config(all));
  CHECK(w.checks.size() == 2);  // the shared one runs once
  w.off = {"10.9.9.2:80", "10.9.9.3:80"};
  w.check();
  w.check();
  CHECK(w.table().size() == 6);
  CHECK(w.last(ldir::core::kSoftFailure) == "Soft failure real server: 10.9.9.3:80 (tcp:10.9.9.100:82) failure 2/3");
  w.check();
  CHECK(w.table() == Lines{"-A -t 10.9.9.100:80 -s wrr", "-A -t 10.9.9.100:81 -s wrr", "-A -t 10.9.9.100:82 -s wrr"});
}

TEST_CASE("D22 readdquiescent=yes, quiescent=yes; an entry deleted by hand") {
  World w;
  auto c = config({pair(true)});
  c.readdquiescent = true;
  w.start(c);
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 2", "10.9.9.3:80 -g -w 2"}));
  w.off = {"10.9.9.2:80"};
  w.check();
  const auto quiesced = web("-s wrr", {"10.9.9.2:80 -g -w 0", "10.9.9.3:80 -g -w 2"});
  CHECK(w.table() == quiesced);
  w.kernel.table.begin()->second.dests.erase(endpoint("10.9.9.2:80"));
  w.wait(10s);
  // The original leaves it away; ours repairs every entry of its services alike.
  CHECK(w.table() == quiesced);
  CHECK(w.count(ldir::core::kDrift) == 1);
  CHECK(w.last(ldir::core::kReaddQuiescent) == "Readd Quiescent real server: 10.9.9.2:80 (10.9.9.100:80) (Weight set to 0)");
}

TEST_CASE("D23, D52 a dead real is never exposed, not even for a moment") {
  for (bool quiescent : {false, true}) {
    World w;
    w.off = {"10.9.9.2:80"};
    w.kernel.watch = [](const ldir::ipvs::Table& t) {
      for (const auto& [key, s] : t)
        if (auto d = s.dests.find(endpoint("10.9.9.2:80")); d != s.dests.end()) CHECK(d->second.weight == 0);
    };
    auto v = pair(quiescent);
    v.fallback.reset();
    w.start(config({v}));
    const auto settled = quiescent ? web("-s wrr", {"10.9.9.2:80 -g -w 0", "10.9.9.3:80 -g -w 2"})
                                   : web("-s wrr", {"10.9.9.3:80 -g -w 2"});
    CHECK(w.table() == settled);
    w.load(config({v}));
    w.check();
    CHECK(w.table() == settled);
  }
}

TEST_CASE("D26 reload: add, remove, change") {
  auto a80 = service("10.9.9.100:80"), a81 = service("10.9.9.100:81");
  a80.options.persistent_s = 60;
  real(a80, "10.9.9.2:80", Forward::route, 2);
  real(a81, "10.9.9.2:80", Forward::masq, 2);
  World w;
  w.start(config({a80, a81}));
  CHECK(w.table() == web("-s wrr -p 60", {"10.9.9.2:80 -g -w 2"}) + lines("-t 10.9.9.100:81", "-s wrr", {"10.9.9.2:80 -m -w 2"}));
  auto b80 = service("10.9.9.100:80"), b82 = service("10.9.9.100:82");
  b80.options.scheduler = "rr";
  real(b80, "10.9.9.2:80", Forward::masq, 5);
  real(b80, "10.9.9.3:80", Forward::route, 2);
  real(b82, "10.9.9.2:80", Forward::masq, 2);
  w.load(config({b80, b82}));
  // Known verdicts hold for the new service too, the new real has to pass first.
  CHECK(w.table() == web("-s rr", {"10.9.9.2:80 -m -w 5"}) + lines("-t 10.9.9.100:82", "-s wrr", {"10.9.9.2:80 -m -w 2"}));
  CHECK(w.last(ldir::core::kPurgedVirtual) == "Purged virtual server (start): 10.9.9.100:81");
  w.check();
  CHECK(w.table() == web("-s rr", {"10.9.9.2:80 -m -w 5", "10.9.9.3:80 -g -w 2"}) +
                         lines("-t 10.9.9.100:82", "-s wrr", {"10.9.9.2:80 -m -w 2"}));
}

TEST_CASE("D39 checkport, weight 0, duplicate real") {
  auto v = service("10.9.9.100:80");
  v.quiescent = true;
  real(v, "10.9.9.2:8081", Forward::masq, 0).check.port = 80;
  real(v, "10.9.9.3:80", Forward::masq, 1);
  real(v, "10.9.9.3:80", Forward::masq, 9);
  World w;
  w.start(config({v}));
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:8081 -m -w 0", "10.9.9.3:80 -m -w 9"}));
  CHECK(w.checks.size() == 2);
}

TEST_CASE("D42 port 0 with persistence, D43 scheduler flags and masq without port") {
  auto all = service("10.9.9.100:0");
  all.options.persistent_s = 60;
  real(all, "10.9.9.2", Forward::masq, 1, CheckType::on);
  CHECK(once(all) == lines("-t 10.9.9.100:0", "-s wrr -p 60", {"10.9.9.2:0 -m -w 1"}));
  auto sh = service("10.9.9.100:80");
  sh.options.scheduler = "sh";
  sh.options.sched_flags = 8 | 16;
  real(sh, "10.9.9.2", Forward::masq, 1, CheckType::on);
  CHECK(once(sh) == web("-s sh -b sh-fallback,sh-port", {"10.9.9.2:0 -m -w 1"}));
}

TEST_CASE("D44 drift: the original repairs nothing until a reload, ours at the next look") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::route);
  real(v, "10.9.9.3:80", Forward::route);
  fallback(v, "127.0.0.1:80");
  World w;
  w.start(config({v}));
  auto& dests = w.kernel.table.begin()->second.dests;
  dests.erase(endpoint("10.9.9.2:80"));
  dests[endpoint("10.9.9.3:80")].weight = 55;
  w.wait(10s);
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 55"}));  // the weight is the operator's
  CHECK(w.count(ldir::core::kWeightByHand) == 1);
  w.kernel.table.clear();
  w.wait(10s);
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 55"}));
  CHECK(w.count(ldir::core::kDrift) == 2);
  w.load(config({v}));
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1"}));
}

TEST_CASE("D45 reload matrix") {
  World w;
  auto one = service("10.9.9.100:80");
  one.quiescent = true;
  one.options.scheduler = "wlc";
  one.options.persistent_s = 60;
  real(one, "10.9.9.2:80", Forward::route);
  real(one, "10.9.9.3:80", Forward::route);
  fallback(one, "127.0.0.1:80");
  w.start(config({one}));
  CHECK(w.table() == web("-s wlc -p 60", {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1"}));
  w.off = {"10.9.9.3:80"};
  w.check();
  CHECK(w.table() == web("-s wlc -p 60", {"10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 0"}));
  auto three = service("10.9.9.100:80");
  three.options.scheduler = "rr";
  real(three, "10.9.9.2:80", Forward::masq, 4);
  real(three, "10.9.9.3:80", Forward::masq, 9);
  fallback(three, "127.0.0.2:80");
  w.load(config({three}));
  CHECK(w.table() == web("-s rr", {"10.9.9.2:80 -m -w 4"}));
  w.off.insert("10.9.9.2:80");
  w.check();
  CHECK(w.table() == web("-s rr", {"127.0.0.2:80 -g -w 1"}));
  auto five = service("10.9.9.100:80");
  five.quiescent = true;
  real(five, "10.9.9.3:80", Forward::masq, 9);
  w.load(config({five}));
  CHECK(w.table() == web("-s wrr", {"10.9.9.3:80 -m -w 0"}));
  w.off = {};
  w.check();
  CHECK(w.table() == web("-s wrr", {"10.9.9.3:80 -m -w 9"}));
  w.off = {"10.9.9.3:80"};
  w.check();
  CHECK(w.table() == web("-s wrr", {"10.9.9.3:80 -m -w 0"}));
  w.step(Stop{"TERM"});
  CHECK(w.table() == Lines{});
}

TEST_CASE("D46 per-virtual overrides") {
  auto a = service("10.9.9.100:80"), b = service("10.9.9.100:81");
  real(a, "10.9.9.2:80", Forward::route);
  fallback(a, "127.0.0.1:80");
  real(b, "10.9.9.2:80", Forward::masq);
  fallback(b, "127.0.0.1:81");
  b.quiescent = true;
  b.cleanstop = false;
  World w;
  w.start(config({a, b}));
  w.off = {"10.9.9.2:80"};
  w.check();
  const auto kept = lines("-t 10.9.9.100:81", "-s wrr", {"10.9.9.2:80 -m -w 0", "127.0.0.1:81 -g -w 1"});
  CHECK(w.table() == web("-s wrr", {"127.0.0.1:80 -g -w 1"}) + kept);
  w.step(Stop{"TERM"});
  CHECK(w.table() == kept);
}

TEST_CASE("D53 one real in several services, quiescent: each of them gets its entry") {
  auto a = service("10.9.9.100:80"), b = service("10.9.9.100:81");
  a.quiescent = b.quiescent = true;
  real(a, "10.9.9.2:80", Forward::masq).check.port = 999;
  real(b, "10.9.9.2:80", Forward::masq);
  World w;
  w.off = {"10.9.9.2:999"};
  w.start(config({a, b}));
  CHECK(w.table() == web("-s wrr", {"10.9.9.2:80 -m -w 0"}) + lines("-t 10.9.9.100:81", "-s wrr", {"10.9.9.2:80 -m -w 1"}));
}
