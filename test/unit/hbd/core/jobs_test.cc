// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/jobs.h"

#include <algorithm>

#include "hbd/core/events.h"
#include "test/support/catch.h"

using namespace hbd::core;
using namespace std::chrono_literals;

namespace {

/// A group of two resources, and the hand that ends its jobs.
struct Bench {
  explicit Bench(int stop_retries = GroupJobs::kStopRetries, Limits limits = {})
      : jobs(0, {"alice", {{"A", {}, "A", {}}, {"B", {}, "B", {}}}, {}}, stop_retries, std::move(limits)) {}
  explicit Bench(const Limits::Env& env) : Bench(GroupJobs::kStopRetries, Limits(env)) {}
  Desk desk() { return {now, next_id, out}; }
  /// The job in flight as "A start", or "" when none is; forgets what was said before.
  std::string running() {
    std::string text;
    for (const auto& effect : out)
      if (const auto* run = std::get_if<RunJob>(&effect)) {
        CHECK(text.empty());  // one at a time
        id = run->id;
        text = (run->resource == 0 ? "A " : "B ") + std::string(word(run->verb));
      }
    out.clear();
    return text;
  }
  /// Both are started, and say so.
  void hold() {
    jobs.want(desk(), true);
    CHECK(running() == "A status");
    CHECK(end(3) == "A start");
    CHECK(end(0) == "B status");
    CHECK(end(3) == "B start");
    CHECK(end(0) == "A status");
    CHECK(end(0, "running") == "B status");
    CHECK(end(0, "running").empty());
    REQUIRE(jobs.state() == GroupState::held);
  }
  /// B's stop fails as often as it may; its status is asked in the end.
  void fail_stops() {
    jobs.want(desk(), false);
    for (auto said = running(); said != "B status"; said = end(1)) {
      if (said == "B stop") continue;
      REQUIRE(said.empty());
      now = jobs.next_wake();
      jobs.tick(desk());
      REQUIRE(running() == "B stop");
    }
  }
  /// What runs when it next wakes up by itself.
  std::string wake() {
    REQUIRE(jobs.next_wake() != base::kNever);
    now = std::max(now, jobs.next_wake());
    jobs.tick(desk());
    return running();
  }
  /// `status` is asked, and each time it says "stopped", until that is believed: what runs then.
  std::string falls(std::string_view status) {
    for (int i = 0; i < 4; ++i) {
      CHECK(end(3).empty());
      CHECK(jobs.state() == GroupState::held);
      CHECK(wake() == status);
    }
    jobs.done(desk(), {id, JobDone::End::exited, 3, "stopped"});
    return said(kFell) + said(kFellAgain);
  }
  /// The event of that kind that was said last, as text; "" for none.
  std::string said(const base::EventKind& kind) const {
    std::string text;
    for (const auto& effect : out)
      if (const auto* publish = std::get_if<Publish>(&effect); publish != nullptr && publish->event.kind == &kind)
        text = publish->event.text();
    return text;
  }
  std::string end(int code, std::string output = "stopped") {
    CHECK(jobs.done(desk(), {id, JobDone::End::exited, code, std::move(output)}));
    return running();
  }
  base::Mono now{1h};
  JobId next_id = 1, id = 0;
  Effects out;
  GroupJobs jobs;
};

}  // namespace

TEST_CASE("start asks first, and leaves out what runs already") {
  Bench b;
  b.jobs.want(b.desk(), true);
  CHECK(b.running() == "A status");
  CHECK(b.end(0, "running") == "B status");
  CHECK(b.end(3) == "B start");
  CHECK(b.jobs.state() == GroupState::starting);
  CHECK(b.end(0) == "B status");  // A has said so before
  CHECK(b.jobs.state() == GroupState::starting);
  CHECK(b.end(0, "running").empty());
  CHECK(b.jobs.state() == GroupState::held);
  CHECK(b.jobs.remark().empty());
}

TEST_CASE("what runs in part is started, found at the start of a generation, and not let go of") {
  Bench b;
  b.jobs.sweep(b.desk());
  CHECK(b.running() == "A status");
  CHECK(b.end(1, "INFO:  partly running") == "B stop");
  CHECK(b.end(0) == "A stop");
  CHECK(b.end(0).empty());
  b.jobs.want(b.desk(), true);
  CHECK(b.running() == "A status");
  CHECK(b.end(0, "running") == "B status");
  CHECK(b.end(1, "INFO:  partly running") == "B start");
  CHECK(b.end(0) == "B status");
  CHECK(b.end(0, "running").empty());
  REQUIRE(b.jobs.state() == GroupState::held);
  b.fail_stops();
  CHECK(b.end(1, "INFO:  partly running").empty());
  CHECK(b.jobs.state() == GroupState::stopping);
}

TEST_CASE("what was started and then says again and again that it is stopped was not started") {
  Bench b;
  b.jobs.want(b.desk(), true);
  b.running();
  b.end(3);
  b.end(0);
  b.end(3);
  CHECK(b.end(0) == "A status");
  CHECK(b.end(0, "running") == "B status");
  SECTION("it runs a moment later") {
    CHECK(b.end(3).empty());
    CHECK(b.jobs.next_wake() == b.now + 1s);
    CHECK(b.jobs.state() == GroupState::starting);
    b.now += 1s;
    b.jobs.tick(b.desk());
    CHECK(b.running() == "B status");
    CHECK(b.end(0, "running").empty());
    CHECK(b.jobs.state() == GroupState::held);
  }
  SECTION("it never does: the group is undone, as after a start that failed") {
    for (int i = 0; i < 4; ++i) {
      CHECK(b.end(7, "INFO:  Resource is stopped").empty());
      b.now = b.jobs.next_wake();
      b.jobs.tick(b.desk());
      CHECK(b.running() == "B status");
    }
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 7, "INFO:  Resource is stopped"}));
    CHECK(b.said(kNotRunning).starts_with("/etc/ha.d/resource.d/B start succeeded"));
    CHECK(b.said(kGivingUpGroup) == "Giving up resources due to failure of B");
    CHECK(b.running() == "B stop");
    CHECK(b.end(0) == "A stop");
    CHECK(b.end(0).empty());
    CHECK(b.jobs.state() == GroupState::failed);
  }
  SECTION("it is not wanted any more while that is awaited: stopped at once") {
    CHECK(b.end(3).empty());
    b.jobs.want(b.desk(), false);
    CHECK(b.running() == "B stop");
    CHECK(b.jobs.state() == GroupState::stopping);
  }
  SECTION("it is not wanted any more while it is asked: it is not waited for") {
    b.jobs.want(b.desk(), false);
    CHECK(b.jobs.next_wake() == b.now + 100ms);
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::killed_by_signal, 15, ""}));
    CHECK(b.running() == "B stop");
  }
  SECTION("it says nothing that counts: held all the same, and said once") {
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 1, "Usage: B {start|stop}"}));
    CHECK(b.said(kUnproven).starts_with("/etc/ha.d/resource.d/B is started; whether it runs is not known"));
    CHECK(b.running().empty());
    CHECK(b.jobs.state() == GroupState::held);
    CHECK(b.jobs.remark() == "started, but their status does not say whether they run: B");
    b.jobs.want(b.desk(), false);
    b.running();
    b.end(0);
    b.end(0);
    CHECK(b.jobs.remark().empty());
    b.jobs.want(b.desk(), true);
    b.running();
    b.end(0, "running");
    b.end(1, "");
    b.end(0);
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 1, ""}));
    CHECK(b.said(kUnproven).empty());
    CHECK(b.jobs.state() == GroupState::held);
  }
  SECTION("it has no status, and exits with 3 then: that is no word either") {
    CHECK(b.end(3, "").empty());
    CHECK(b.jobs.state() == GroupState::held);
  }
  SECTION("its status hangs") {
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::timed_out, 0, "stopped"}));
    CHECK(b.jobs.state() == GroupState::held);
  }
}

TEST_CASE("after stops that failed only a clear word lets the group go") {
  Bench b;
  const auto kept = [&] {
    CHECK(b.jobs.state() == GroupState::stopping);
    CHECK(std::any_of(b.out.begin(), b.out.end(), [](const Effect& e) { return std::holds_alternative<Reboot>(e); }));
  };
  SECTION("an error is none") {
    b.hold();
    b.fail_stops();
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 1, "ERROR:  Generic error"}));
    CHECK(b.said(kStopUnclear).starts_with("Every stop of [B] failed, and its status says neither"));
    kept();
  }
  SECTION("nor is nothing") {
    b.hold();
    b.fail_stops();
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 0, ""}));
    kept();
  }
  SECTION("nor that a part is not running while another is") {
    b.hold();
    b.fail_stops();
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 3, "md0 is not running, md1 is running"}));
    kept();
  }
  SECTION("nor that the script is gone") {
    b.hold();
    b.fail_stops();
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::could_not_run, 2, ""}));
    kept();
  }
  SECTION("an exit code is one") {
    b.hold();
    b.fail_stops();
    CHECK(b.end(3, "") == "A stop");
  }
  SECTION("but not of a script that gave the same when it ran") {
    b.jobs.want(b.desk(), true);
    b.running();
    b.end(0, "running");
    b.end(3, "");
    b.end(0);
    b.end(3, "");
    REQUIRE(b.jobs.state() == GroupState::held);
    b.fail_stops();
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 3, ""}));
    kept();
  }
  SECTION("of a script without a status that was started: it may run") {
    b.jobs.want(b.desk(), true);
    b.running();
    b.end(0, "running");
    b.end(1, "");
    b.end(0);
    b.end(1, "");
    REQUIRE(b.jobs.state() == GroupState::held);
    b.fail_stops();
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 1, ""}));
    kept();
  }
  SECTION("of a script without a status whose start failed: there was nothing to stop") {
    b.jobs.want(b.desk(), true);
    b.running();
    b.end(0, "running");
    b.end(1, "");
    b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 1, ""});
    b.fail_stops();
    CHECK(b.end(1, "") == "A stop");
    CHECK(b.end(0).empty());
    CHECK(b.jobs.state() == GroupState::failed);
  }
  SECTION("nor is a script that never was there a reason for a reboot") {
    b.jobs.want(b.desk(), true);
    b.running();
    b.end(0, "running");
    b.jobs.done(b.desk(), {b.id, JobDone::End::could_not_run, 2, ""});
    b.running();
    b.jobs.done(b.desk(), {b.id, JobDone::End::could_not_run, 2, ""});
    b.fail_stops();
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::could_not_run, 2, ""}));
    CHECK(b.running() == "A stop");
  }
}

TEST_CASE("a stop that had to be killed is tried fewer times; what will come of it is said at the first") {
  Bench b;
  b.hold();
  b.jobs.want(b.desk(), false);
  CHECK(b.running() == "B stop");
  CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::timed_out, 0, ""}));
  CHECK(b.said(kStopTrouble).starts_with("[B] could not be stopped. If 2 more attempts fail"));
  CHECK(b.said(kTimedOut) == "/etc/ha.d/resource.d/B stop did not end within 300 s and was killed; "
                             "`env STOP_LIMIT_B=SECONDS` in ha.cf gives it more time");
  for (int i = 0; i < 2; ++i) {
    b.out.clear();
    b.now = b.jobs.next_wake();
    b.jobs.tick(b.desk());
    CHECK(b.running() == "B stop");
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::timed_out, 0, ""}));
    CHECK(b.said(kStopTrouble).empty());
  }
  CHECK(b.running() == "B status");
}

TEST_CASE("a start that fails undoes the whole group") {
  Bench b;
  b.jobs.want(b.desk(), true);
  b.running();
  b.end(0, "running");
  CHECK(b.end(0) == "B start");
  CHECK(b.end(1) == "B stop");
  CHECK(b.jobs.state() == GroupState::stopping);
  b.jobs.want(b.desk(), true);  // heard only when it is undone
  CHECK(b.end(0) == "A stop");
  CHECK(b.end(0).empty());
  CHECK(b.jobs.state() == GroupState::failed);
}

TEST_CASE("a stop that fails is repeated each second, ten times, then its status decides") {
  Bench b;
  b.jobs.want(b.desk(), true);
  b.running();
  b.end(0, "running");
  b.end(0, "running");
  REQUIRE(b.jobs.state() == GroupState::held);
  b.jobs.want(b.desk(), false);
  CHECK(b.running() == "B stop");
  for (int i = 0; i < 10; ++i) {
    CHECK(b.end(1).empty());
    REQUIRE(b.jobs.next_wake() == b.now + 1s);
    b.now += 1s;
    b.jobs.tick(b.desk());
    CHECK(b.running() == "B stop");
  }
  CHECK(b.end(1) == "B status");
  SECTION("not running: on with the next") {
    CHECK(b.end(3, "not running") == "A stop");
    CHECK(b.end(0).empty());
    CHECK(b.jobs.state() == GroupState::released);
  }
  SECTION("no answer: as if running") {
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::timed_out, 0, ""}));
    CHECK(b.running().empty());
    CHECK(b.jobs.state() == GroupState::stopping);
  }
  SECTION("running: never called released, tried for ever") {
    CHECK(b.end(0, "running").empty());
    CHECK(b.jobs.state() == GroupState::stopping);
    b.now = b.jobs.next_wake();
    b.jobs.tick(b.desk());
    CHECK(b.running() == "B stop");
  }
}

TEST_CASE("what cannot be stopped asks for a reboot, after as many attempts as the operator says") {
  for (const int retries : {1, 0}) {
    Bench b(retries);
    b.jobs.want(b.desk(), true);
    b.running();
    b.end(0, "running");
    b.end(0, "running");
    b.jobs.want(b.desk(), false);
    CHECK(b.running() == "B stop");
    for (int i = 0; i < 30; ++i) {
      CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 1, "running"}));
      if (b.running() == "B status") break;
      b.now = b.jobs.next_wake();
      b.jobs.tick(b.desk());
      CHECK(b.running() == "B stop");
      CHECK((retries == 0 || i < 1));
    }
    if (retries == 0) continue;
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 0, "running"}));
    const auto asked = std::find_if(b.out.begin(), b.out.end(),
                                    [](const Effect& e) { return std::holds_alternative<Reboot>(e); });
    REQUIRE(asked != b.out.end());
    CHECK(std::get<Reboot>(*asked).reason == "B can not be stopped");
    CHECK(b.jobs.state() == GroupState::stopping);
  }
}

TEST_CASE("a start that is not wanted any more may end, then is cut short, and always undone") {
  Bench b;
  b.jobs.want(b.desk(), true);
  b.running();
  CHECK(b.end(3) == "A start");
  b.jobs.want(b.desk(), false);
  CHECK(b.jobs.next_wake() == b.now + 2s);
  b.now += 2s;
  b.jobs.tick(b.desk());
  REQUIRE(b.out.size() == 1);
  CHECK(std::get<CancelJob>(b.out.front()).id == b.id);
  b.out.clear();
  CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::killed_by_signal, 15, ""}));
  CHECK(b.running() == "B stop");
}

TEST_CASE("a start that is not wanted any more before anything was started leaves no trace") {
  Bench b;
  b.jobs.want(b.desk(), true);
  CHECK(b.running() == "A status");
  CHECK(b.jobs.untouched());
  b.jobs.want(b.desk(), false);
  CHECK(b.running().empty());
  SECTION("not running: no script is troubled") {
    CHECK(b.end(3).empty());
    CHECK(b.jobs.state() == GroupState::released);
  }
  SECTION("running after all: it is stopped") {
    CHECK(b.end(0, "running") == "B stop");
    CHECK(b.jobs.state() == GroupState::stopping);
  }
  SECTION("no answer: as if running") {
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::timed_out, 0, ""}));
    CHECK(b.running() == "B stop");
  }
  CHECK_FALSE(b.jobs.untouched());
}

TEST_CASE("a new generation stops what it finds running, and asks no further: another node may serve it already") {
  Bench b;
  b.jobs.sweep(b.desk());
  CHECK(b.running() == "A status");
  CHECK(b.jobs.state() == GroupState::stopping);
  SECTION("and starts again when wanted meanwhile") {
    CHECK(b.end(0, "running") == "B stop");
    b.jobs.want(b.desk(), true);
    CHECK(b.end(0) == "A stop");
    CHECK(b.end(0) == "A status");
    CHECK(b.jobs.state() == GroupState::starting);
  }
  SECTION("what does not answer, too") {
    CHECK(b.jobs.done(b.desk(), {b.id, JobDone::End::timed_out, 0, ""}));
    CHECK(b.running() == "B stop");
  }
  SECTION("the last of it") {
    CHECK(b.end(3) == "B status");
    CHECK(b.end(0, "running") == "B stop");
    CHECK(b.end(0) == "A stop");
    CHECK(b.end(0).empty());
    CHECK(b.jobs.state() == GroupState::released);
  }
  SECTION("nothing runs: nothing is stopped") {
    CHECK(b.end(3) == "B status");
    CHECK(b.end(3).empty());
    CHECK(b.jobs.state() == GroupState::released);
  }
}

TEST_CASE("what is remembered continues with the same job in flight") {
  Bench b;
  b.jobs.want(b.desk(), true);
  b.running();
  b.end(3);
  const auto text = b.jobs.save();
  Bench other;
  other.id = b.id;
  other.next_id = b.next_id;
  REQUIRE(other.jobs.restore(text));
  CHECK(other.jobs.state() == GroupState::starting);
  CHECK(other.end(0) == "B status");
  CHECK(other.end(0, "running") == "A status");  // what it has started is proved
  CHECK_FALSE(other.jobs.restore("nonsense"));
  CHECK_FALSE(other.jobs.restore("9 0 0 0 0 0 0 0 0 Ka00000000a00000001;"));
  for (const auto* wrong : {":", ":5", ";", "Xa00000000;", "Kz00000000;", "Ka0000000;", "Ka00000000a;", "Ka00000000", "Ka00000000;0",
                            "Ka00000000;0x", "Ka00000000;70000s", "Ka00000000;:x", "kz!", "kaa;0"}) {
    INFO(wrong);
    CHECK_FALSE(other.jobs.restore("0 0 0 0 0 0 0 0 0 " + std::string(wrong)));
  }
  CHECK(other.jobs.restore("0 0 0 0 0 0 0 0 0 Ka00000000a00000001;"));
  CHECK(other.jobs.restore("0 0 0 0 0 0 0 0 0 K;"));
}

TEST_CASE("a memento of an earlier version, which went by the place in the group, is understood") {
  Bench b;
  b.id = 7, b.next_id = 8;
  REQUIRE(b.jobs.restore("2 0 1 1 0 0 7 9223372036854775807 9223372036854775807 kca"));  // starting; A's status has spoken
  CHECK(b.jobs.state() == GroupState::starting);
  CHECK(b.end(0) == "B status");
  CHECK(b.end(0, "running") == "A status");
  CHECK(b.end(0, "running").empty());
  CHECK(b.jobs.state() == GroupState::held);
  Bench held;
  REQUIRE(held.jobs.restore("0 2 1 0 0 0 0 9223372036854775807 9223372036854775807 kfd"));
  CHECK(held.jobs.state() == GroupState::held);
  CHECK(held.jobs.remark() == "started, but their status does not say whether they run: A");
}

namespace {
/// The group with its two resources the other way round: what Bench calls "A" is then B, and the other way round.
hbd::model::ResourceGroup turned(hbd::model::ResourceGroup group) {
  std::swap(group.resources[0], group.resources[1]);
  return group;
}
}  // namespace

TEST_CASE("what is remembered of a resource is that of its name, when haresources has another order by now") {
  Bench b;
  b.jobs.want(b.desk(), true);
  b.running();
  b.end(3), b.end(0), b.end(3), b.end(0);
  CHECK(b.end(0, "what?") == "B status");  // A's status has no word for it
  CHECK(b.end(0, "running").empty());
  const auto said = b.jobs.remark();
  REQUIRE(said == "started, but their status does not say whether they run: A");
  Bench other;
  other.jobs.replace(turned(other.jobs.group()));
  REQUIRE(other.jobs.restore(b.jobs.save()));
  CHECK(other.jobs.state() == GroupState::held);
  CHECK(other.jobs.remark() == said);
}

TEST_CASE("a reload with another order in the middle of a start: the rest is done to those that it is due for") {
  Bench b;
  b.jobs.want(b.desk(), true);
  CHECK(b.running() == "A status");
  CHECK(b.end(3) == "A start");
  const auto goes_on = [](Bench& bench) {
    CHECK(bench.end(0) == "A status");  // which is B
    CHECK(bench.end(3) == "A start");
    CHECK(bench.end(0) == "B status");  // A has started, B too: both are proved
    CHECK(bench.end(0, "running") == "A status");
    CHECK(bench.end(0, "running").empty());
    CHECK(bench.jobs.state() == GroupState::held);
  };
  const auto goes_on_in_a_new_process = [&] {
    Bench other;
    other.jobs.replace(turned(other.jobs.group()));
    other.id = b.id, other.next_id = b.next_id;
    REQUIRE(other.jobs.restore(b.jobs.save()));
    goes_on(other);
  };
  SECTION("in the same process") {
    b.jobs.replace(turned(b.jobs.group()));
    goes_on(b);
  }
  SECTION("in a new process") { goes_on_in_a_new_process(); }
  SECTION("in a new process after the same one") {
    b.jobs.replace(turned(b.jobs.group()));
    goes_on_in_a_new_process();
  }
}

TEST_CASE("a reload that leaves a resource out in the middle of a start goes on with the others") {
  Bench b;
  b.jobs.want(b.desk(), true);
  CHECK(b.running() == "A status");
  auto shorter = b.jobs.group();
  shorter.resources.erase(shorter.resources.begin());
  b.jobs.replace(shorter);
  CHECK(b.end(3) == "A status");  // which is B
  b.jobs.replace(shorter);
  Bench other;
  other.jobs.replace(shorter);
  other.id = b.id, other.next_id = b.next_id;
  REQUIRE(other.jobs.restore(b.jobs.save()));
  for (auto* bench : {&b, &other}) {
    CHECK(bench->end(3) == "A start");
    CHECK(bench->end(0) == "A status");
    CHECK(bench->end(0, "running").empty());
    CHECK(bench->jobs.state() == GroupState::held);
  }
}

TEST_CASE("of two resources that are the same each has its own memory") {
  auto group = Bench().jobs.group();
  group.resources[1] = group.resources[0];
  Bench b;
  b.jobs.replace(group);
  b.jobs.want(b.desk(), true);
  b.running();
  b.end(3), b.end(0), b.end(3), b.end(0);
  CHECK(b.end(0, "running") == "B status");
  CHECK(b.end(0, "what?").empty());  // the second has no word for it
  Bench other;
  other.jobs.replace(group);
  REQUIRE(other.jobs.restore(b.jobs.save()));
  CHECK(other.jobs.save() == b.jobs.save());
}

TEST_CASE("what is held is asked no more, unless ha.cf says how often") {
  Bench b;
  b.hold();
  b.jobs.tick(b.desk());
  CHECK(b.jobs.next_wake() == base::kNever);
}

TEST_CASE("what is held is asked whether it still runs, each in its time, and started again when it does not") {
  Bench b(Limits::Env{{"STATUS_EVERY", "10"}, {"STATUS_EVERY_B", "30"}});
  b.hold();
  b.jobs.tick(b.desk());
  const auto begun = b.now;
  CHECK(b.wake() == "A status");
  CHECK(b.now == begun + 10s);
  CHECK(b.jobs.at_rest());  // nothing changes
  CHECK(b.jobs.state() == GroupState::held);
  CHECK(b.end(0, "running").empty());
  CHECK(b.wake() == "A status");
  CHECK(b.end(0, "running").empty());
  // Both at the same moment: one after the other.
  CHECK(b.wake() == "A status");
  CHECK(b.end(1, "who knows").empty());  // no clear word
  CHECK(b.wake() == "B status");
  CHECK(b.now == begun + 30s);
  SECTION("a clear word, five times") {
    CHECK(b.falls("B status") == "Resource B has stopped by itself: its group is started again here");
    CHECK(b.running() == "B stop");
    CHECK(b.jobs.state() == GroupState::starting);  // so that nobody else takes it
    CHECK_FALSE(b.jobs.at_rest());
    CHECK(b.end(0) == "A stop");
    CHECK(b.end(0) == "A status");
    CHECK(b.jobs.asks_first());
    CHECK_FALSE(b.jobs.untouched());  // no question whether it may be taken: it is here
    SECTION("a new process goes on with it, and knows that it has happened") {
      Bench other(Limits::Env{{"STATUS_EVERY", "10"}});
      other.id = b.id, other.next_id = b.next_id, other.now = b.now;
      REQUIRE(other.jobs.restore(b.jobs.save()));
      CHECK_FALSE(other.jobs.untouched());
      other.end(3), other.end(0), other.end(3), other.end(0), other.end(0, "running");
      CHECK(other.end(0, "running").empty());
      other.jobs.tick(other.desk());
      CHECK(other.wake() == "A status");
      CHECK(other.falls("A status").starts_with("Resource A has stopped by itself again, "));
      return;
    }
    CHECK(b.end(3) == "A start");
    CHECK(b.end(0) == "B status");
    CHECK(b.end(3) == "B start");
    CHECK(b.end(0) == "A status");
    CHECK(b.end(0, "running") == "B status");
    CHECK(b.end(0, "running").empty());
    CHECK(b.jobs.state() == GroupState::held);
    SECTION("once more soon after, and it is given up here") {
      while (b.wake() != "B status") b.end(0, "running");
      CHECK(b.falls("B status").starts_with("Resource B has stopped by itself again, "));
      CHECK(b.running() == "B stop");
      CHECK(b.jobs.state() == GroupState::stopping);
      CHECK(b.end(0) == "A stop");
      CHECK(b.end(0).empty());
      CHECK(b.jobs.state() == GroupState::failed);
    }
    SECTION("much later it is started again") {
      b.now += 11min;
      b.jobs.tick(b.desk());
      for (auto said = b.running(); said != "B status"; said = b.wake()) b.end(0, "running");
      CHECK(b.falls("B status") == "Resource B has stopped by itself: its group is started again here");
    }
  }
  SECTION("an answer that takes its time: who had to wait is due when it comes, no moment before") {
    b.now += 19s;
    CHECK(b.end(0, "running").empty());
    CHECK(b.jobs.next_wake() == b.now);
    CHECK(b.wake() == "A status");
  }
  SECTION("stopped once is not enough") {
    CHECK(b.end(3).empty());
    CHECK(b.wake() == "B status");
    CHECK(b.end(0, "running").empty());
    CHECK(b.jobs.at_rest());
  }
  SECTION("its start fails then: given up") {
    b.falls("B status");
    b.running();
    b.end(0), b.end(0), b.end(3);
    CHECK(b.end(1) == "B stop");
    b.end(0), b.end(0);
    CHECK(b.jobs.state() == GroupState::failed);
  }
  SECTION("it can not be stopped then: it is said, and nobody may take it") {
    b.falls("B status");
    for (auto said = b.running(); said != "B status";) said = said.empty() ? b.wake() : b.end(1);
    b.jobs.done(b.desk(), {b.id, JobDone::End::exited, 0, "running"});
    CHECK_FALSE(b.said(kStopFailed).empty());
    CHECK(b.jobs.state() == GroupState::stopping);
  }
  SECTION("it is to be let go of meanwhile") {
    b.jobs.want(b.desk(), false);
    CHECK(b.running().empty());
    CHECK(b.jobs.next_wake() == b.now + 100ms);  // and is cut short then
    CHECK(b.end(0, "running") == "B stop");
    b.end(0);
    CHECK(b.end(0).empty());
    CHECK(b.jobs.state() == GroupState::released);
    CHECK(b.jobs.next_wake() == base::kNever);
  }
  SECTION("it is to be let go of while it is stopped to be started again, and taken later") {
    b.falls("B status");
    CHECK(b.running() == "B stop");
    b.jobs.want(b.desk(), false);
    CHECK(b.jobs.state() == GroupState::stopping);
    CHECK(b.end(0) == "A stop");
    CHECK(b.end(0).empty());
    CHECK(b.jobs.state() == GroupState::released);
    b.jobs.want(b.desk(), true);
    CHECK(b.running() == "A status");
    CHECK(b.jobs.untouched());
  }
  SECTION("it is to be let go of while it is to be asked again") {
    CHECK(b.end(3).empty());
    b.jobs.want(b.desk(), false);
    CHECK(b.running() == "B stop");
  }
  SECTION("a new process goes on asking") {
    const auto text = b.jobs.save();
    Bench other(Limits::Env{{"STATUS_EVERY", "10"}});
    other.id = b.id, other.next_id = b.next_id, other.now = b.now;
    REQUIRE(other.jobs.restore(text));
    CHECK(other.jobs.state() == GroupState::held);
    CHECK(other.end(3).empty());
    other.jobs.tick(other.desk());
    CHECK(other.wake() == "A status");
    CHECK(other.now == b.now + 10s);
  }
}

TEST_CASE("one that did not say that it runs when it was started is asked as well; a block of ports is not") {
  Bench b(Limits::Env{{"STATUS_EVERY", "10"}});
  b.jobs.want(b.desk(), true);
  b.running();
  b.end(3), b.end(0), b.end(3), b.end(0);
  b.end(0, "?");  // A's proof
  b.end(0, "running");
  REQUIRE(b.jobs.state() == GroupState::held);
  b.jobs.tick(b.desk());
  CHECK(b.wake() == "A status");
  CHECK(b.end(0, "?").empty());
  CHECK(b.wake() == "B status");
  CHECK(b.end(0, "running").empty());
  CHECK(b.wake() == "A status");
  CHECK(b.falls("A status") == "Resource A has stopped by itself: its group is started again here");
  CHECK_FALSE(runs_while_held({"portblock", {"tcp", "80", "block"}, "", {}}));
  CHECK(runs_while_held({"portblock", {"tcp", "80", "unblock"}, "", {}}));
}

TEST_CASE("an address is announced once more after its holder was asked whether it runs") {
  Bench b(Limits::Env{{"STATUS_EVERY", "10"}});
  b.jobs.replace({"alice", {{"IPaddr", {"10.0.0.1"}, "A", {}}, {"B", {}, "B", {}}}, {}});
  b.hold();
  b.jobs.tick(b.desk());
  CHECK(b.wake() == "A status");
  b.jobs.announce(b.desk());
  CHECK(b.running().empty());
  CHECK(b.end(0, "running") == "A start");
  CHECK(b.end(0).empty());
  CHECK(b.jobs.state() == GroupState::held);
}
