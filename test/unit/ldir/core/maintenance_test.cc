// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/maintenance.h"

#include "ldir/core/narrate.h"
#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using namespace ldir::core;

namespace {

// The reference's case D27: two reals behind an address, one of them behind a mark, too.
ldir::model::Config d27(bool quiescent = false) {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::route, 2);
  real(v, "10.9.9.3:80", Forward::route, 2);
  fallback(v, "127.0.0.1:80");
  v.quiescent = quiescent;
  auto m = mark(3);
  real(m, "10.9.9.3:80", Forward::route, 2);
  auto c = config({v, m});
  c.maintenance_dir = "/maint";
  return c;
}

Maintenance files(std::set<std::string> names) {
  return {{std::move(names), {{ip("10.9.9.2"), "r1"}, {ip("10.9.9.3"), "r2.example.com"}}}};
}

const Lines kBoth{"-A -t 10.9.9.100:80 -s wrr", "-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 2",
                  "-a -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 2", "-A -f 3 -s wrr",
                  "-a -f 3 -r 10.9.9.3:80 -g -w 2"};

}  // namespace

TEST_CASE("D27: each of the six names of a file takes the server out, and its removal brings it back") {
  const Lines without_r1{kBoth[0], kBoth[2], kBoth[3], kBoth[4]}, without_r2{kBoth[0], kBoth[1], kBoth[3]};
  for (auto [file, expected] : {std::pair{"10.9.9.2:80", without_r1},
                                {"10.9.9.2", without_r1},
                                {"r1", without_r1},
                                {"r1:80", without_r1},
                                {"r2", without_r2},
                                {"r2:80", without_r2},
                                {"r2.example.com", without_r2},
                                {"r2.example.com:80", without_r2},
                                {"10.9.9.2:81", kBoth},
                                {"example", kBoth}}) {
    INFO(file);
    World w;
    w.start(d27());
    REQUIRE(w.table() == kBoth);
    w.step(files({file}));
    CHECK(w.table() == expected);
    w.check();  // a good check changes nothing about that
    CHECK(w.table() == expected);
    w.step(files({}));
    CHECK(w.table() == kBoth);
  }
}

TEST_CASE("D27: all in maintenance is the fallback's hour") {
  World w;
  w.start(d27());
  w.step(files({"10.9.9.2", "10.9.9.3"}));
  CHECK(w.table() == Lines{kBoth[0], "-a -t 10.9.9.100:80 -r 127.0.0.1:80 -g -w 1", kBoth[3]});
  CHECK(w.texts().back() == "Deleted real server: 10.9.9.3:80 (3)");
  CHECK(w.last(kMaintenanceOn) == "Real server 10.9.9.3:80 (fwm:3) is in maintenance: file 10.9.9.3");
}

TEST_CASE("with quiescent a server in maintenance keeps its connections") {
  World w;
  w.start(d27(true));
  w.step(files({"10.9.9.2"}));
  CHECK(w.table()[1] == "-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 0");
}

TEST_CASE(
    "a server that was in maintenance before the start is never exposed, and back after that only if it "
    "works") {
  World w;
  w.step(files({"10.9.9.2"}));
  w.start(d27());
  CHECK(w.director.standing());
  for (const auto& op : w.kernel.applied)
    CHECK(ldir::ipvs::describe(op).find("10.9.9.2:80") == std::string::npos);
  w.off = {"10.9.9.2:80"};
  w.check();
  w.step(files({}));
  CHECK(w.table() == Lines{kBoth[0], kBoth[2], kBoth[3], kBoth[4]});
  w.off = {};
  w.check();
  CHECK(w.table() == kBoth);
}

TEST_CASE("without the directive files mean nothing, and a reload keeps what is in maintenance silently") {
  World w;
  auto c = d27();
  w.start(c);
  w.step(files({"r1"}));
  auto told = w.count(kMaintenanceOn);
  w.load(c);
  CHECK(w.count(kMaintenanceOn) == told);
  CHECK(w.table().size() == 4);
  c.maintenance_dir.clear();
  w.load(c);
  CHECK(w.table() == kBoth);
}

TEST_CASE("explain names the file") {
  World w;
  w.start(d27());
  w.step(files({"r1:80"}));
  auto e = w.director.explain()[0].entries[0];
  CHECK(e.maintenance == "r1:80");
  CHECK(e.reason == "in maintenance; taken out (quiescent=no); file r1:80; last check passed: connected");
}

TEST_CASE("only names are worth a look-up") {
  CHECK(names_an_address("10.9.9.2"));
  CHECK(names_an_address("10.9.9.2:80"));
  CHECK(names_an_address("[fd00::2]:80"));
  CHECK_FALSE(names_an_address("r1:80"));
  CHECK_FALSE(names_an_address("r1.example.com"));
}

TEST_CASE("a monitor file gets a line for every check of every service that has one") {
  auto c = d27();
  c.services[0].monitorfile = "/m";
  c.services[0].reals[0].monitor_id = "connect tcp 10.9.9.2 80 2 gate / ";
  c.services[0].reals[1].monitor_id = "connect tcp 10.9.9.3 80 2 gate / ";
  World w;
  w.start(c);
  CHECK(w.monitor == Lines{"/m connect tcp 10.9.9.2 80 2 gate /  [up] connected",
                           "/m connect tcp 10.9.9.3 80 2 gate /  [up] connected"});
  w.monitor.clear();
  w.off = {"10.9.9.2:80"};
  w.step(files({"r2"}));
  w.check();
  CHECK(w.monitor == Lines{"/m connect tcp 10.9.9.2 80 2 gate /  [down] refused",
                           "/m connect tcp 10.9.9.3 80 2 gate /  [down] Server in maintenance"});
  CHECK(monitor_line(c.services[0].reals[0], false, "a|b\r\n50%") ==
        "connect tcp 10.9.9.2 80 2 gate /  [down] a%7Cb%0D%0A50%25");
  CHECK(monitor_line(c.services[0].reals[0], true, "") == "connect tcp 10.9.9.2 80 2 gate /  [up] -");
}

TEST_CASE("in a monitor file service none has its lines, on and off only while they are in maintenance") {
  auto c = d27();
  c.check_interval = 3s;
  auto& reals = c.services[0].reals;
  c.services[0].monitorfile = "/m";
  reals.push_back(reals[0]);
  reals[2].endpoint.address = reals[2].check.address = ip("10.9.9.4");
  reals[0].check.type = CheckType::negotiate;
  reals[0].check.service = ServiceType::none;
  reals[1].check.type = CheckType::on;
  reals[2].check.type = CheckType::off;
  reals[0].monitor_id = "negotiate none tcp 10.9.9.2 80 2 gate / ";
  reals[1].monitor_id = "on tcp 10.9.9.3 80 2 gate / ";
  reals[2].monitor_id = "off tcp 10.9.9.4 80 2 gate / ";
  World w;
  w.load(c);
  const auto before = w.table();
  w.off = {"10.9.9.2:80", "10.9.9.3:80"};  // nobody asks
  w.check();
  CHECK(w.monitor == Lines{"/m negotiate none tcp 10.9.9.2 80 2 gate /  [up] -"});
  CHECK(w.table() == before);
  w.monitor.clear();
  w.step(files({"r2", "10.9.9.4"}));
  w.check();
  CHECK(w.monitor == Lines{"/m negotiate none tcp 10.9.9.2 80 2 gate /  [up] -",
                           "/m on tcp 10.9.9.3 80 2 gate /  [down] Server in maintenance",
                           "/m off tcp 10.9.9.4 80 2 gate /  [down] Server in maintenance"});
  // Without the file nothing is run for them.
  c.services[0].monitorfile.clear();
  w.load(c);
  for (const auto& [id, spec] : w.checks) CHECK(spec.address != ip("10.9.9.2"));
}

TEST_CASE("other instances start once this one stands, follow its reloads, and stop with it") {
  auto c = d27();
  c.execute = {"b.cf", "c.cf"};
  World w;
  w.load(c);
  CHECK(w.instances.empty());
  w.check();
  CHECK(w.instances == Lines{"start b.cf", "start c.cf"});
  w.instances.clear();
  c.execute = {"c.cf", "d.cf"};
  w.load(c);
  CHECK(w.instances == Lines{"stop b.cf", "reload c.cf", "start d.cf"});
  w.instances.clear();
  w.step(Stop{});
  CHECK(w.instances == Lines{"stop c.cf", "stop d.cf"});
}

TEST_CASE("a successor takes the other instances over, too") {
  auto c = d27();
  c.execute = {"b.cf"};
  World w;
  w.start(c);
  w.instances.clear();
  w.step(Stop{"USR1", true});
  CHECK(w.instances.empty());
}

TEST_CASE("what the fallback command started it stops when the director does") {
  auto c = d27();
  c.services[0].fallback_command = "/fb";
  World w;
  w.off = {"10.9.9.2:80", "10.9.9.3:80"};
  w.start(c);
  CHECK(w.commands == Lines{"/fb start 10.9.9.100:80 tcp"});
  w.step(Stop{});
  CHECK(w.commands == Lines{"/fb start 10.9.9.100:80 tcp", "/fb stop 10.9.9.100:80 tcp"});

  World kept;
  c.services[0].cleanstop = false;
  kept.off = w.off;
  kept.start(c);
  kept.step(Stop{});
  CHECK(kept.commands.size() == 1);
}
