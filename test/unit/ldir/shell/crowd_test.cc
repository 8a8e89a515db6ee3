// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/crowd.h"

#include <deque>
#include <map>

#include "test/support/catch.h"

using namespace std::chrono_literals;
using ldir::shell::Crowd;

namespace {

/// Servers on one machine that answers so many checks per second, in the order in which they came, none before `delay`;
/// those in `hanging` never answer. Virtual time in steps of a millisecond; each check runs every second with a timeout of three.
struct Play {
  int checks, per_second;
  int hanging = 0;  // of the first ones
  base::Duration delay{};
  Crowd crowd{};
  base::Mono now{1000s};
  struct Run {
    base::Mono begun;
    Crowd::Ticket ticket = 0;
    bool running = false;
    int started = 0, answered = 0, failed = 0;
    base::Mono due{};
  };
  std::vector<Run> runs{};
  std::deque<int> ready{}, asked{};
  std::multimap<base::Mono, int> later{}, timeouts{};
  std::size_t most = 0, under_way = 0;

  void over(int which, bool answered) {
    auto& run = runs[static_cast<std::size_t>(which)];
    crowd.ended(run.ticket, answered ? std::optional(now - run.begun) : std::nullopt, 3s);
    run.running = false;
    --under_way;
    ++(answered ? run.answered : run.failed);
    later.emplace(std::max(now, run.begun + 1s), which);
  }

  void go(base::Duration span) {
    if (runs.empty()) {
      runs.resize(static_cast<std::size_t>(checks));
      for (int i = 0; i < checks; ++i) ready.push_back(i);
    }
    double budget = 0;
    for (const auto end = now + span; now < end; now += 1ms) {
      while (!timeouts.empty() && timeouts.begin()->first <= now) {
        const int which = timeouts.begin()->second;
        timeouts.erase(timeouts.begin());
        auto& run = runs[static_cast<std::size_t>(which)];
        if (run.running && now - run.begun >= 3s) over(which, false);
      }
      budget += per_second / 1000.0;
      for (; budget >= 1 && !asked.empty(); asked.pop_front()) {
        if (now < runs[static_cast<std::size_t>(asked.front())].begun + delay) break;
        if (!runs[static_cast<std::size_t>(asked.front())].running) continue;  // given up on
        over(asked.front(), true);
        --budget;
      }
      if (asked.empty()) budget = 0;
      while (!later.empty() && later.begin()->first <= now) {
        ready.push_back(later.begin()->second);
        later.erase(later.begin());
      }
      for (int turn = 0; turn < 64 && !ready.empty() && crowd.has_room(now, runs.size()); ++turn) {
        const int which = ready.front();
        ready.pop_front();
        auto& run = runs[static_cast<std::size_t>(which)];
        run.begun = now, run.running = true, ++run.started;
        run.ticket = crowd.started(now);
        if (which >= hanging) asked.push_back(which);
        timeouts.emplace(now + 3s, which);
        most = std::max(most, ++under_way);
      }
    }
  }
  int sum(int Run::*what) const {
    int all = 0;
    for (const auto& run : runs) all += run.*what;
    return all;
  }
};

}  // namespace

TEST_CASE("a machine that cannot answer all in time is asked for no more than it can, and nothing is taken for dead") {
  Play play{10'000, 3'000};
  play.go(30s);
  CHECK(play.sum(&Play::Run::failed) == 0);
  CHECK(play.sum(&Play::Run::answered) > 28 * 3'000);  // and kept busy
  Play slower{10'000, 500};
  slower.go(60s);
  CHECK(slower.sum(&Play::Run::failed) == 0);
  CHECK(slower.sum(&Play::Run::answered) > 58 * 500);
}

TEST_CASE("servers that take their time are asked in numbers all the same") {
  Play far{10'000, 50'000, 0, 200ms};
  far.go(10s);
  const int by_then = far.sum(&Play::Run::answered);
  far.go(10s);
  CHECK(far.sum(&Play::Run::answered) - by_then > 9 * 10'000 * 9 / 10);
  Play slow{10'000, 50'000, 0, 1s};
  slow.go(30s);
  CHECK(slow.crowd.young() > 2'300);
  CHECK(slow.sum(&Play::Run::failed) == 0);
}

TEST_CASE("those that hang hold up nobody") {
  Play play{1'000, 20'000, 100};
  play.go(20s);
  for (int i = 100; i < 1'000; ++i) CHECK(play.runs[static_cast<std::size_t>(i)].answered >= 18);
}

TEST_CASE("where nothing answers, each is known within interval and timeout all the same") {
  Play play{10'000, 20'000};
  play.go(10s);
  CHECK(play.sum(&Play::Run::failed) == 0);
  play.hanging = 10'000;
  play.asked.clear();
  play.go(5s);
  for (const auto& run : play.runs) REQUIRE(run.failed >= 1);
}

TEST_CASE("five hundred are never held back, and who is older than answers take does not count") {
  Crowd crowd;
  const base::Mono now{5s};
  for (std::size_t i = 0; i < Crowd::least(500); ++i) {
    REQUIRE(crowd.has_room(now, 500));
    crowd.started(now);
  }
  CHECK_FALSE(crowd.has_room(now, 500));
  CHECK(crowd.next() == now + Crowd::kYouth);
  CHECK(crowd.has_room(now + Crowd::kYouth, 500));
  CHECK(crowd.young() == 0);
}
