// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/jobs.h"

#include <algorithm>

#include "test/support/catch.h"

using namespace hbd::core;
using namespace std::chrono_literals;

namespace {

/// A group of two resources, and the hand that ends its jobs.
struct Bench {
  explicit Bench(int stop_retries = GroupJobs::kStopRetries)
      : jobs(0, {"alice", {{"A", {}, "A", {}}, {"B", {}, "B", {}}}, {}}, stop_retries) {}
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
  CHECK(b.end(0).empty());
  CHECK(b.jobs.state() == GroupState::held);
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
  CHECK_FALSE(other.jobs.restore("nonsense"));
  CHECK_FALSE(other.jobs.restore("9 0 0 0 0 0 0 0 0"));
}
