// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/mail_pace.h"
#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using namespace ldir::core;

namespace {

ldir::model::Config mailing(int reals = 2) {
  auto v = service("10.9.9.100:80");
  for (int i = 0; i < reals; ++i) real(v, "10.9.9." + std::to_string(i + 2) + ":80", Forward::masq);
  fallback(v, "127.0.0.1:80");
  v.email_alert = "admin@example.com";
  v.smtp = "mail.example.com";
  v.service_name = "Shop";
  auto c = config({v});
  c.email_alert_from = "ld@example.com";
  return c;
}

Lines subjects(const World& w) {
  Lines out;
  for (const auto& m : w.mails) out.push_back(m.daemon_status + ": " + m.subject);
  return out;
}

}  // namespace

TEST_CASE("mail says what the log says, with the state of the daemon") {
  World w;
  w.start(mailing());
  w.off = {"10.9.9.2:80"};
  w.check();
  w.step(Stop{});
  CHECK(subjects(w) == Lines{"starting: Added real server: 10.9.9.2:80 (10.9.9.100:80) (Weight set to 1)",
                             "starting: Added real server: 10.9.9.3:80 (10.9.9.100:80) (Weight set to 1)",
                             "running: Deleted real server: 10.9.9.2:80 (10.9.9.100:80)",
                             "stopping: Purged real server (stop): 10.9.9.3:80 (10.9.9.100:80)"});
  CHECK(w.mails[0].to == "admin@example.com");
  CHECK(w.mails[0].from == "ld@example.com");
  CHECK(w.mails[0].smtp == "mail.example.com");
  CHECK(w.mails[0].service_name == "Shop");
  CHECK(w.last(kMailAlert) == "emailalert: Purged real server (stop): 10.9.9.3:80 (10.9.9.100:80)");
}

TEST_CASE("a server that is dead from the start is mailed although it never was in the table") {
  World w;
  w.off = {"10.9.9.2:80"};
  w.start(mailing());
  CHECK(subjects(w)[0] == "starting: Inaccessible real server: 10.9.9.2:80 (10.9.9.100:80)");
  CHECK(w.mails.size() == 2);
}

TEST_CASE("emailalertfreq repeats while the server is down, over a reload, and no longer") {
  auto c = mailing();
  c.services[0].email_alert_freq = 60s;
  World w;
  w.start(c);
  w.off = {"10.9.9.2:80"};
  w.check();
  w.mails.clear();
  w.wait(59s);
  CHECK(w.mails.empty());
  w.wait(2s);
  CHECK(subjects(w) == Lines{"running: Inaccessible real server: 10.9.9.2:80 (10.9.9.100:80)"});
  w.load(c);
  w.wait(60s);
  CHECK(w.mails.size() == 2);
  w.off = {};
  w.check();
  w.mails.clear();
  w.wait(200s);
  CHECK(w.mails.empty());
}

TEST_CASE("a reload can end the reminders") {
  auto c = mailing();
  c.services[0].email_alert_freq = 60s;
  World w;
  w.start(c);
  w.off = {"10.9.9.2:80"};
  w.check();
  c.services[0].email_alert_freq = 0s;
  w.load(c);
  w.mails.clear();
  w.wait(5min);
  CHECK(w.mails.empty());
}

TEST_CASE("without emailalertfreq nothing is repeated") {
  World w;
  w.start(mailing());
  w.off = {"10.9.9.2:80"};
  w.check();
  w.mails.clear();
  w.wait(10min);
  CHECK(w.mails.empty());
}

TEST_CASE("a storm of mails is held back, and what was held back is told") {
  auto c = mailing(100);
  World w;
  w.start(c);
  CHECK(w.mails.size() == kMailBurst);
  CHECK(w.count(kMailHeldBack) == 1);
  w.mails.clear();
  w.wait(kMailEvery + 2s);
  CHECK(subjects(w) == Lines{"running: 70 more alerts were held back, see the log"});
  w.mails.clear();
  w.wait(10min);
  CHECK(w.mails.empty());
  for (const auto& r : c.services[0].reals) w.off.insert(r.endpoint.str());
  w.check();
  CHECK(w.mails.size() == kMailBurst);
}

TEST_CASE("the pace is each recipient's own") {
  MailPace pace;
  base::Mono now{100s};
  for (unsigned i = 0; i < kMailBurst; ++i) CHECK(pace.allow(now, "a"));
  CHECK_FALSE(pace.allow(now, "a"));
  CHECK(pace.allow(now, "b"));
  CHECK(pace.next() == now + kMailEvery);
  CHECK_FALSE(pace.due(now));
  now += kMailEvery;
  auto due = pace.due(now);
  REQUIRE(due);
  CHECK(due->to == "a");
  CHECK(due->held == 1);
  CHECK(pace.next() == base::kNever);
  CHECK_FALSE(pace.allow(now, "a"));
  CHECK(pace.allow(now + 3 * kMailEvery, "b"));
}
