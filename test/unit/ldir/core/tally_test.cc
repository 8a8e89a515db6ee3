// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/tally.h"

#include "ldir/conf/words.h"
#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using namespace ldir::core;
namespace check = ldir::check;

namespace {

ServiceTally first(const World& w) { return w.director.explain().at(0).tally; }

}  // namespace

TEST_CASE("checks are named as the directives name them") {
  for (const auto& word : ldir::conf::service_words())
    CHECK(name(word.type) == (word.type == ServiceType::none ? "" : word.name));
  for (auto type : {CheckType::connect, CheckType::negotiate, CheckType::ping, CheckType::external,
                    CheckType::external_perl, CheckType::off, CheckType::on})
    CHECK(ldir::conf::check_type_word(name(type)) == type);
  ldir::model::CheckSpec spec;
  spec.service = ServiceType::http;
  CHECK(kind_of(spec) == CheckKind{CheckType::negotiate, ServiceType::http});
  spec.type = CheckType::combined;
  CHECK(kind_of(spec) == CheckKind{CheckType::combined, ServiceType::http});
  spec.type = CheckType::connect;  // says nothing, so it does not matter what it would say
  CHECK(kind_of(spec) == CheckKind{CheckType::connect, ServiceType::none});
}

TEST_CASE("checks are counted by kind and by where they failed, with their time") {
  ServiceTally t;
  auto done = [&](check::Verdict v, base::Duration took, CheckType type = CheckType::connect) {
    v.elapsed = took;
    t.check_done({type, ServiceType::none}, v);
  };
  done(check::passed(""), 2ms);
  done(check::failed(check::Layer::network, ""), 5s);
  done(check::failed(check::Layer::tls, ""), 1ms);
  done(check::failed(check::Layer::application, ""), 1ms);
  done(check::failed(check::Layer::none, ""), 1ms);
  done(check::passed(""), 1ms, CheckType::ping);
  REQUIRE(t.checks.size() == 2);
  for (auto each : t.checks[0].results) CHECK(each == 1);
  CHECK(t.checks[0].passes.total() == 1);
  CHECK(t.checks[0].passes.sum() == 2ms);
  CHECK(t.checks[0].failures.total() == 4);
  CHECK(t.checks[1].kind.type == CheckType::ping);
  CHECK(t.checks[1].results[CheckTally::passed] == 1);
}

TEST_CASE("a service counts its checks, its servers' turns and times without any, and goes on over a reload") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::masq);
  real(v, "10.9.9.3:80", Forward::masq);
  v.failure_count = 2;
  fallback(v, "127.0.0.1:80");
  World w;
  w.start(config({v}));
  w.off = {"10.9.9.2:80", "10.9.9.3:80"};
  w.check();
  CHECK(first(w).soft_failures == 2);
  CHECK(first(w).went_down == 0);
  CHECK(first(w).fallbacks == 0);
  w.check();
  w.check();
  w.load(config({v}));
  auto t = first(w);
  REQUIRE(t.checks.size() == 1);
  CHECK(t.checks[0].results[CheckTally::passed] == 2);
  CHECK(t.checks[0].results[CheckTally::network] == 6);
  CHECK(t.went_up == 2);
  CHECK(t.went_down == 2);
  CHECK(t.fallbacks == 1);
  CHECK(w.director.explain().at(0).without_reals);
  CHECK(w.director.explain().at(0).in_table == 1);  // the fallback
  w.off = {"10.9.9.3:80"};
  w.check();
  t = first(w);
  CHECK(t.went_up == 3);
  CHECK(t.fallbacks == 1);
  CHECK_FALSE(w.director.explain().at(0).without_reals);

  auto other = service("10.9.9.200:80");
  real(other, "10.9.9.2:80", Forward::masq);
  w.load(config({other}));
  CHECK(first(w).went_up == 0);  // another service, other numbers
}

TEST_CASE("a check that two services share counts for both") {
  auto a = service("10.9.9.100:80"), b = service("10.9.9.101:80");
  real(a, "10.9.9.2:80", Forward::masq);
  real(b, "10.9.9.2:80", Forward::masq);
  World w;
  w.start(config({a, b}));
  REQUIRE(w.checks.size() == 1);
  const auto services = w.director.explain();
  for (const auto& s : services) {
    REQUIRE(s.tally.checks.size() == 1);
    CHECK(s.tally.checks[0].results[CheckTally::passed] == 1);
  }
}

TEST_CASE("operations, refusals, tries again and repairs are counted") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::masq, 3);
  World w;
  w.kernel.refuse = [](const ldir::ipvs::Op& op) { return std::holds_alternative<ldir::ipvs::AddDest>(op); };
  w.start(config({v}));
  CHECK(first(w).operations == 1);  // the service
  CHECK(first(w).refused >= 1);
  const auto before = first(w).refused;
  CHECK(w.director.tally().retries == before - 1);
  w.wait(5s);
  CHECK(first(w).refused > before);
  CHECK(w.director.tally().retries == first(w).refused - 1);
  w.kernel.refuse = nullptr;
  w.wait(5s);
  CHECK(first(w).operations == 2);
  CHECK(w.director.tally().retries == first(w).refused);  // the one that succeeded was a try again, too
  CHECK(first(w).drift_repairs == 0);

  const auto reads = w.director.tally().table_reads;
  CHECK(reads > 0);
  w.kernel.table.begin()->second.dests.clear();
  w.wait(10s);
  CHECK(first(w).drift_repairs == 1);
  CHECK(w.director.tally().table_reads > reads);
  CHECK(w.director.tally().table_reads_failed == 0);
  w.kernel.unreadable = true;
  w.wait(10s);
  CHECK(w.director.tally().table_reads_failed > 1);
}

TEST_CASE("connections are those of the kernel; the limit is reached with the upper threshold") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::masq, 3).dest.upper = 10;
  World w;
  w.start(config({v}));
  auto& dest = w.kernel.table.begin()->second.dests.begin()->second;
  dest.connections.count = 9;
  w.wait(10s);
  auto e = w.director.explain().at(0).entries.at(0);
  CHECK(e.connections == 9u);
  CHECK_FALSE(e.at_limit());
  dest.connections.count = 10;
  w.wait(10s);
  CHECK(w.director.explain().at(0).entries.at(0).at_limit());
  CHECK(first(w).drift_repairs == 0);
  // What we change ourselves closes no connection.
  w.kernel.table.begin()->second.dests.begin()->second.lower = 1;
  w.wait(10s);
  CHECK(first(w).drift_repairs == 1);
  CHECK(w.director.explain().at(0).entries.at(0).connections == 10u);
}
