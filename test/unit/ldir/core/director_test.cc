// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/director.h"

#include <algorithm>

#include "base/rng.h"
#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using namespace ldir::core;

namespace {

ldir::model::VirtualService pair() {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::route, 2);
  real(v, "10.9.9.3:80", Forward::route, 2);
  fallback(v, "127.0.0.1:80");
  return v;
}

bool serving(const World& w, const char* address) {
  for (const auto& line : w.table())
    if (line.find(std::string("-r ") + address + " ") != line.npos && line.find("-w 0") == line.npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a cold start exposes nothing before its first pass") {
  World w;
  w.load(config({pair()}));
  CHECK(w.table() == Lines{"-A -t 10.9.9.100:80 -s wrr"});
  CHECK_FALSE(w.director.standing());
  w.check();
  CHECK(w.table().size() == 3);
  CHECK(w.director.standing());
  CHECK(w.texts() == Lines{"Added virtual server: 10.9.9.100:80",
                           "Real server 10.9.9.2:80 (tcp:10.9.9.100:80) is up: connected",
                           "Real server 10.9.9.3:80 (tcp:10.9.9.100:80) is up: connected",
                           "Added real server: 10.9.9.2:80 (10.9.9.100:80) (Weight set to 2)",
                           "Added real server: 10.9.9.3:80 (10.9.9.100:80) (Weight set to 2)"});
}

TEST_CASE("when the first verdicts take long the fallback enters after a second") {
  World w;
  w.load(config({pair()}));
  w.wait(900ms);
  CHECK_FALSE(serving(w, "127.0.0.1:80"));
  CHECK_FALSE(w.director.standing());
  w.wait(200ms);
  CHECK(serving(w, "127.0.0.1:80"));
  CHECK(w.director.standing());
  w.check();
  CHECK_FALSE(serving(w, "127.0.0.1:80"));
  CHECK(serving(w, "10.9.9.2:80"));
}

TEST_CASE("soft failures are told, and a recovery resets the count") {
  auto v = pair();
  v.failure_count = 3;
  World w;
  w.start(config({v}));
  w.log.clear();
  w.off = {"10.9.9.2:80"};
  w.check();
  w.off = {};
  w.check();
  CHECK(w.texts() == Lines{"Soft failure real server: 10.9.9.2:80 (tcp:10.9.9.100:80) failure 1/3",
                           "Resetting soft failure count: 10.9.9.2:80 (tcp:10.9.9.100:80)"});
  w.log.clear();
  w.off = {"10.9.9.2:80"};
  for (int i = 0; i < 4; ++i) w.check();
  CHECK(w.texts().back() == "Deleted real server: 10.9.9.2:80 (10.9.9.100:80)");
  CHECK(w.count(kSoftFailure) == 2);
  CHECK(w.count(kRealDown) == 1);
}

TEST_CASE("steady verdicts cost no effect at all") {
  World w;
  w.start(config({pair()}));
  const auto ops = w.kernel.applied.size();
  w.log.clear();
  for (int i = 0; i < 100; ++i) w.check();
  CHECK(w.kernel.applied.size() == ops);
  CHECK(w.log.empty());
  CHECK(w.reads == 0);
}

TEST_CASE("the table is read every few seconds, within the bounds") {
  World w;
  auto c = config({pair()});
  c.check_interval = 3s;
  w.start(c);
  w.wait(30s);
  CHECK(w.reads == 10);
  World slow;
  c.check_interval = 600s;
  slow.start(c);
  slow.wait(30s);
  CHECK(slow.reads == 6);
}

TEST_CASE("equal checks run once, whatever the weights and services") {
  auto a = pair(), b = pair();
  b.key.port = 81;
  for (auto& r : b.reals) r.dest.weight = 9;
  World w;
  w.load(config({a, b}));
  CHECK(w.checks.size() == 2);
  w.check();
  CHECK(w.table().size() == 6);
}

TEST_CASE("a reload keeps unchanged checks and their verdicts, and starts only what is new") {
  World w;
  w.off = {"10.9.9.3:80"};
  w.start(config({pair()}));
  const auto ids = w.checks;
  const auto started = w.started;
  auto v = pair();
  v.reals[1].dest.weight = 9;
  real(v, "10.9.9.4:80", Forward::masq);
  w.load(config({v}));
  CHECK(w.started == started + 1);
  CHECK(w.stopped == 0);
  for (const auto& [id, spec] : ids) CHECK(w.checks.at(id) == spec);
  CHECK_FALSE(serving(w, "10.9.9.3:80"));  // known to be down, no blip
  CHECK_FALSE(serving(w, "10.9.9.4:80"));  // unknown
  v.reals.erase(v.reals.begin());
  w.load(config({v}));
  CHECK(w.stopped == 1);
  w.step(CheckDone{ids.begin()->first, ldir::check::passed("late")});  // on its way when the check was stopped
}

TEST_CASE("a real whose check changes stays until the new check fails") {
  World w;
  w.start(config({pair()}));
  auto v = pair();
  v.failure_count = 2;
  for (auto& r : v.reals) r.check.port = 8080;
  w.off = {"10.9.9.2:8080"};
  w.load(config({v}));
  CHECK(serving(w, "10.9.9.2:80"));
  w.check();
  CHECK(serving(w, "10.9.9.2:80"));
  w.check();
  CHECK_FALSE(serving(w, "10.9.9.2:80"));
  CHECK(serving(w, "10.9.9.3:80"));
}

TEST_CASE("a reload that replaces every real server leaves no gap") {
  World w;
  w.start(config({pair()}));
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.7:80", Forward::route);
  fallback(v, "127.0.0.1:80");
  w.kernel.watch = [](const ldir::ipvs::Table& t) { REQUIRE_FALSE(t.begin()->second.dests.empty()); };
  w.load(config({v}));
  CHECK(serving(w, "10.9.9.2:80"));
  w.check();
  CHECK(w.table() == Lines{"-A -t 10.9.9.100:80 -s wrr", "-a -t 10.9.9.100:80 -r 10.9.9.7:80 -g -w 1"});
  CHECK_FALSE(w.count(kDeleted));
  CHECK(w.last(kPurgedReal) == "Purged real server (start): 10.9.9.3:80 (10.9.9.100:80)");
}

TEST_CASE("another forwarding method by hand is drift, a weight on a healthy real is not") {
  World w;
  w.start(config({pair()}));
  auto& dest = w.kernel.table.begin()->second.dests.at(endpoint("10.9.9.2:80"));
  dest.forward = Forward::masq;
  w.wait(10s);
  CHECK(w.kernel.table.begin()->second.dests.at(endpoint("10.9.9.2:80")).forward == Forward::route);
  CHECK(w.last(kDrift) == "Repairing the table of 10.9.9.100:80, changed from outside: -e -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 2");

  auto weight = [&]() -> std::uint32_t& { return w.kernel.table.begin()->second.dests.at(endpoint("10.9.9.2:80")).weight; };
  weight() = 0;
  w.wait(60s);
  CHECK(weight() == 0);
  CHECK(w.count(kWeightByHand) == 1);
  w.check();
  CHECK(weight() == 0);
  w.off = {"10.9.9.2:80"};
  w.check();
  w.off = {};
  w.check();
  CHECK(weight() == 2);  // its next transition
  weight() = 7;
  w.wait(10s);
  weight() = 2;
  w.wait(10s);
  w.kernel.table.clear();
  w.wait(10s);
  CHECK(weight() == 2);
}

TEST_CASE("a weight raised by hand on a real that is down is drift") {
  auto v = pair();
  v.quiescent = true;
  World w;
  w.off = {"10.9.9.2:80"};
  w.start(config({v}));
  auto& weight = w.kernel.table.begin()->second.dests.at(endpoint("10.9.9.2:80")).weight;
  CHECK(weight == 0);
  weight = 5;
  w.wait(10s);
  CHECK(weight == 0);
  CHECK(w.count(kWeightByHand) == 0);
}

TEST_CASE("a refused operation is told once a minute and tried until it works") {
  World w;
  w.kernel.refuse = [](const ldir::ipvs::Op& op) { return std::holds_alternative<ldir::ipvs::AddService>(op); };
  w.start(config({pair()}));
  CHECK(w.table().empty());
  CHECK(w.count(kOpFailed) == 1);  // its destinations fail too, which says nothing new
  CHECK(w.last(kOpFailed) == "ipvsadm -A -t 10.9.9.100:80 -s wrr failed: refused; will be tried again");
  CHECK(w.director.standing());  // as well as can be known
  CHECK(w.director.explain()[0].last_error == "-A -t 10.9.9.100:80 -s wrr: refused");
  w.wait(50s);
  CHECK(w.count(kOpFailed) == 1);
  w.wait(20s);
  CHECK(w.count(kOpFailed) == 2);
  CHECK(w.count(kAdded) == 0);  // success is told only of what succeeded
  w.kernel.refuse = nullptr;
  w.wait(2s);
  CHECK(w.table().size() == 3);
  CHECK(w.director.explain()[0].last_error.empty());
}

TEST_CASE("a refused real server is told of until it is accepted, or is not wanted any more") {
  for (bool accepted : {true, false}) {
    World w;
    w.kernel.refuse = [](const ldir::ipvs::Op& op) {
      return std::holds_alternative<ldir::ipvs::AddDest>(op) && ldir::ipvs::describe(op).find("10.9.9.2:80") != std::string::npos;
    };
    w.start(config({pair()}));
    w.wait(5s);
    CHECK(w.director.explain()[0].last_error.find(": refused") != std::string::npos);
    if (accepted)
      w.kernel.refuse = nullptr;
    else
      w.off = {"10.9.9.2:80"};
    w.check();
    w.wait(30s);
    CHECK(w.director.explain()[0].last_error.empty());
  }
}

TEST_CASE("a kernel that can not be read is asked until it can") {
  World w;
  w.kernel.unreadable = true;
  w.start(config({pair()}));
  w.wait(20s);
  CHECK(w.kernel.applied.empty());
  CHECK_FALSE(w.director.standing());
  CHECK(w.count(kReadFailed) == 1);
  CHECK(w.reads >= 10);
  w.kernel.unreadable = false;
  w.wait(2s);
  CHECK(w.table().size() == 3);
  CHECK(w.count(kReadAgain) == 1);
  CHECK(w.director.standing());
}

TEST_CASE("the first table adopted late is adopted all the same") {
  World w;
  w.kernel.table[service("10.9.9.100:80").key].dests[endpoint("10.9.9.2:80")] = {Forward::route, 2, 0, 0};
  w.kernel.unreadable = true;
  w.load(config({pair()}));
  w.kernel.unreadable = false;
  w.wait(2s);
  CHECK(serving(w, "10.9.9.2:80"));
  CHECK(w.kernel.applied.empty());
}

TEST_CASE("the fallback command hears of every change of the word, once") {
  auto v = pair();
  v.fallback_command = "\"/usr/local/bin/alarm\"";
  World w;
  w.start(config({v}));
  w.check();
  CHECK(w.commands == Lines{"\"/usr/local/bin/alarm\" stop 10.9.9.100:80 tcp"});
  w.off = {"10.9.9.2:80", "10.9.9.3:80"};
  w.check();
  w.check();
  w.load(config({v}));
  CHECK(w.commands.size() == 2);
  CHECK(w.commands.back() == "\"/usr/local/bin/alarm\" start 10.9.9.100:80 tcp");
  auto m = mark(5);
  m.fallback_command = "/bin/alarm";
  World fwm;
  fwm.start(config({m}));
  CHECK(fwm.commands == Lines{"/bin/alarm start :0 fwm"});
}

TEST_CASE("mail goes with the changes, never with virtual services or soft failures") {
  auto v = pair();
  v.email_alert = "root@localhost";
  v.email_alert_status = "running";
  v.service_name = "shop";
  World w;
  w.start(config({v}));
  CHECK(w.mails.empty());  // starting
  w.off = {"10.9.9.2:80"};
  w.check();
  REQUIRE(w.mails.size() == 1);
  CHECK(w.mails[0].subject == "Deleted real server: 10.9.9.2:80 (10.9.9.100:80)");
  CHECK(w.mails[0].daemon_status == "running");
  CHECK(w.mails[0].service_name == "shop");
  CHECK(w.last(kMailAlert) == "emailalert: Deleted real server: 10.9.9.2:80 (10.9.9.100:80)");
}

TEST_CASE("a changed file is told, reloaded if wished, and the callback runs in any case") {
  auto c = config({pair()});
  c.callback = "/usr/local/bin/sync";
  World w;
  w.start(c);
  w.log.clear();
  w.step(FileChanged{});
  CHECK(w.texts() == Lines{"Configuration file '/etc/ha.d/t.cf' has changed on disk", " - ignore new configuration"});
  CHECK(w.reloads == 0);
  CHECK(w.commands == Lines{"/usr/local/bin/sync /etc/ha.d/t.cf"});
  c.autoreload = true;
  w.load(c);
  w.step(FileChanged{});
  CHECK(w.reloads == 1);
  CHECK(w.commands.size() == 2);
  CHECK(w.texts().back() == " - reread new configuration");
}

TEST_CASE("stop takes out what is ours, tells it in the old words and ends") {
  World w;
  w.kernel.table[service("10.9.9.100:443").key] = {};
  w.off = {"10.9.9.3:80"};
  w.start(config({pair()}));
  w.log.clear();
  w.step(Stop{"TERM"});
  CHECK(w.finished);
  CHECK(w.checks.empty());
  CHECK(w.table() == Lines{"-A -t 10.9.9.100:443 -s wrr"});
  CHECK(w.texts() == Lines{"Purged real server (stop): 10.9.9.2:80 (10.9.9.100:80)", "Purged virtual server (stop): 10.9.9.100:80",
                           "Linux Director Daemon terminated on signal: TERM"});
}

TEST_CASE("handing over leaves the table to the successor, but for what has left the configuration") {
  World w;
  auto old = config({pair()});
  old.services.push_back(service("10.9.9.100:443"));
  w.start(old);
  w.step(Load{config({pair()}), w.kernel.table});
  w.step(Stop{"USR1", true});
  CHECK(w.finished);
  const auto left = w.kernel.table;
  CHECK(left.size() == 1);
  CHECK(left.begin()->first == pair().key);
  World next;
  next.kernel.table = left;
  next.start(config({pair()}));
  CHECK(next.kernel.table == left);
  CHECK(next.count(kAdded) == 0);
}

TEST_CASE("stop ends whatever the kernel says, and what is gone already is no error") {
  World w;
  w.start(config({pair()}));
  w.kernel.table.clear();
  w.step(Stop{"INT"});
  CHECK(w.finished);
  CHECK(w.count(kOpFailed) == 0);
  World v;
  v.start(config({pair()}));
  v.kernel.refuse = [](const ldir::ipvs::Op&) { return true; };
  v.step(Stop{"INT"});
  CHECK(v.finished);
  CHECK(v.count(kOpFailed) == 1);
  World never;
  never.step(Stop{"INT"});
  CHECK(never.finished);
}

TEST_CASE("each entry is explained") {
  World w;
  w.off = {"10.9.9.3:80"};
  auto v = pair();
  real(v, "10.9.9.4:80", Forward::route, 1, CheckType::off);
  w.start(config({v}));
  const auto all = w.director.explain();
  REQUIRE(all.size() == 1);
  CHECK(all[0].in_kernel);
  REQUIRE(all[0].entries.size() == 4);
  const auto& e = all[0].entries;
  CHECK(e[0].reason == "up; last check passed: connected");
  CHECK(e[0].placement == Placement::serving);
  CHECK(e[0].since == w.now);
  CHECK(e[1].reason == "down; taken out (quiescent=no); last check failed: refused");
  CHECK(e[1].state == RealState::down);
  CHECK(e[1].failures == 1);
  CHECK(e[2].reason == "never checked and never used (checktype=off)");
  CHECK(e[3].fallback);
  CHECK(e[3].reason == "not needed: a real server is up");
  CHECK(std::string(name(e[3].placement)) == "absent");
}

TEST_CASE("whatever happens, once the faults end the table is right", "[property]") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    INFO("seed " << seed);
    base::Rng rng(seed);
    auto random_config = [&] {
      std::vector<ldir::model::VirtualService> all;
      for (std::uint16_t port = 80; port < 83; ++port) {
        if (rng.chance(0.3)) continue;
        auto v = service("10.9.9.100:" + std::to_string(port));
        v.quiescent = rng.chance(0.5);
        v.failure_count = 1 + static_cast<unsigned>(rng.below(3));
        v.options.scheduler = rng.chance(0.5) ? "wlc" : "wrr";
        for (int r = 2; r < 6; ++r)
          if (rng.chance(0.6)) real(v, "10.9.9." + std::to_string(r) + ":80", rng.chance(0.5) ? Forward::masq : Forward::tunnel, 1 + static_cast<std::uint32_t>(rng.below(3)));
        if (rng.chance(0.7)) fallback(v, "127.0.0.1:" + std::to_string(port));
        all.push_back(v);
      }
      return config(all);
    };
    World w;
    const auto foreign = service("10.9.9.100:443").key;
    w.kernel.table[foreign] = {{"rr", 0, 0, false, 0}, {{endpoint("10.9.9.9:443"), {}}}};
    const auto foreign_is = w.kernel.table.at(foreign);
    double refusing = rng.chance(0.5) ? 0.3 : 0;
    w.kernel.refuse = [&](const ldir::ipvs::Op&) { return rng.chance(refusing); };
    auto c = random_config();
    std::set<ldir::ipvs::ServiceKey> owned;
    auto load = [&] {
      w.load(c);
      for (const auto& v : c.services) owned.insert(v.key);
    };
    load();
    for (int i = 0; i < 60; ++i) {
      switch (rng.below(8)) {
        case 0:
          c = random_config();
          load();
          break;
        case 1: w.kernel.unreadable = rng.chance(0.3); break;
        case 2:  // someone else's hands
          for (const auto& key : owned)
            if (rng.chance(0.3)) w.kernel.table.erase(key);
          break;
        case 3:
          for (const auto& key : owned)
            if (auto s = w.kernel.table.find(key); s != w.kernel.table.end() && rng.chance(0.5)) {
              s->second.dests[endpoint("10.9.9.66:80")] = {};
              if (rng.chance(0.5)) s->second.options.scheduler = "lc";
              s->second.dests.begin()->second.forward = Forward::route;
            }
          break;
        case 4: w.wait(base::Millis(rng.below(8000))); break;
        default:
          for (int r = 2; r < 6; ++r) {
            const auto name = "10.9.9." + std::to_string(r) + ":80";
            if (rng.chance(0.3)) w.off.insert(name);
            else if (rng.chance(0.3)) w.off.erase(name);
          }
          w.check();
      }
      REQUIRE(w.kernel.table.count(foreign));
      REQUIRE(w.kernel.table.at(foreign) == foreign_is);
    }
    refusing = 0;
    w.kernel.unreadable = false;
    for (int i = 0; i < 4; ++i) w.check();
    w.wait(15s);

    ldir::ipvs::Table expected;
    expected[foreign] = foreign_is;
    for (const auto& v : c.services) {
      auto& s = expected[v.key];
      s.options = v.options;
      bool any = false;
      for (const auto& r : v.reals) {
        const bool up = !w.off.count(base::Endpoint{r.check.address, r.check.port}.str());
        any |= up;
        if (up) s.dests[r.endpoint] = r.dest;
        else if (v.quiescent) s.dests[r.endpoint] = {r.dest.forward, 0, 0, 0};
      }
      if (!any && v.fallback) s.dests[v.fallback->endpoint] = {v.fallback->forward, 1, 0, 0};
    }
    REQUIRE(w.kernel.table == expected);
    const auto ops = w.kernel.applied.size();
    w.check();
    w.wait(30s);
    REQUIRE(w.kernel.applied.size() == ops);
    for (const auto& key : owned)
      if (!expected.count(key)) REQUIRE_FALSE(w.kernel.table.count(key));
  }
}
