// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/record.h"

#include "hbd/core/events.h"
#include "test/support/catch.h"

using namespace hbd::core;
using namespace std::chrono_literals;

namespace {

struct Bench {
  Bench() { record.began(now(), {GroupState::stopping, GroupState::stopping}); }
  Now now() const { return {base::Mono(1h) + passed, base::Wall(1000000s) + passed}; }
  void pass(base::Duration d) { passed += d; }
  void becomes(GroupState state, const std::string& reason = "because", std::size_t group = 0) { record.state(group, state, reason, now()); }
  /// All moments, oldest first, as "mood what (why)".
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const auto& m : record.moments())
      out.push_back(std::string(word(m.mood)) + ' ' + m.what + (m.why.empty() ? "" : " (" + m.why + ")"));
    return out;
  }
  const base::Histogram& times(const char* what, const char* result) const { return record.transitions().at({what, result}); }

  base::Duration passed{};
  Record record{{false, true}, {"10.0.0.1", "10.0.0.2"}};
};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("record: what a group goes through, how long it took and why") {
  Bench b;
  b.pass(20ms);
  b.becomes(GroupState::released);  // the look at the beginning: no news
  CHECK(b.told().empty());
  b.pass(5s);
  b.becomes(GroupState::starting, "bob is dead");
  b.pass(250ms);
  b.becomes(GroupState::held);
  CHECK(b.record.since(0) == base::Wall(1000000s) + 5270ms);
  b.pass(60s);
  b.becomes(GroupState::stopping, "it goes back to bob");
  b.pass(1300ms);
  b.becomes(GroupState::released);
  CHECK(b.told() == Strings{"calm 10.0.0.1: starting here (bob is dead)", "good 10.0.0.1: held here, after 0.2 s",
                            "calm 10.0.0.1: stopping here (it goes back to bob)", "calm 10.0.0.1: released here, after 1.3 s"});
  CHECK(b.times("acquire", "ok").total() == 1);
  CHECK(b.times("acquire", "ok").sum() == 250ms);
  CHECK(b.times("release", "ok").sum() == 1300ms);
}

TEST_CASE("record: a start that fails is one story with its undoing, and so is one that is called off") {
  Bench b;
  b.becomes(GroupState::released);
  b.becomes(GroupState::starting);
  b.pass(1s);
  b.becomes(GroupState::stopping);
  b.pass(2s);
  b.becomes(GroupState::failed, "its start failed here");
  CHECK(b.told().back() == "bad 10.0.0.1: could not be started here, after 3.0 s (its start failed here)");
  CHECK(b.times("acquire", "failed").sum() == 3s);
  b.becomes(GroupState::starting);
  b.pass(5ms);
  b.becomes(GroupState::released);
  CHECK(b.told().back() == "warn 10.0.0.1: start called off, released, after 5 ms");
  CHECK(b.times("acquire", "called_off").total() == 1);
  CHECK(b.times("release", "ok").total() == 0);
}

TEST_CASE("record: a start that the process before this one began fails, or is called off, here") {
  for (auto end : {GroupState::failed, GroupState::released}) {
    Bench b;
    b.record.began(b.now(), {GroupState::starting, GroupState::held});
    b.pass(1s);
    b.becomes(GroupState::stopping, "its start failed here");  // what was started so far is undone
    b.pass(2s);
    b.becomes(end, "its start failed here");
    CHECK(b.told() == Strings{end == GroupState::failed ? "bad 10.0.0.1: could not be started here (its start failed here)"
                                                        : "warn 10.0.0.1: start called off, released"});
    for (const auto& [key, times] : b.record.transitions()) CHECK(times.total() == 0);  // how long it took nobody saw
    b.becomes(GroupState::starting);
    b.pass(1s);
    b.becomes(GroupState::held);
    CHECK(b.times("acquire", "ok").sum() == 1s);
  }
}

TEST_CASE("record: any state may follow any other: a stop called off, a start that failed at its leftovers") {
  constexpr GroupState kStates[] = {GroupState::released, GroupState::starting, GroupState::held, GroupState::stopping, GroupState::failed};
  Bench all;
  for (auto first : kStates)
    for (auto second : kStates)
      for (auto third : kStates)
        for (auto fourth : kStates)
          for (auto state : {first, second, third, fourth}) all.becomes(state);
  CHECK(all.record.moments().size() == 60);
  Bench b;
  b.becomes(GroupState::held);
  b.becomes(GroupState::stopping);
  b.pass(1s);
  b.becomes(GroupState::failed, "its start failed here");
  CHECK(b.times("release", "failed").sum() == 1s);
  b.becomes(GroupState::stopping);
  b.pass(2s);
  b.becomes(GroupState::held);
  CHECK(b.times("release", "called_off").sum() == 2s);
}

TEST_CASE("record: scripts by result and time; of status only the text counts") {
  Bench b;
  const auto run = [&](JobId id, Verb verb, JobDone done, bool running = false) {
    b.record.asked({id, 0, 0, verb, {}}, "IPaddr", b.now());
    b.pass(40ms);
    done.id = id;
    b.record.done(done, running, b.now());
  };
  using End = JobDone::End;
  run(1, Verb::status, {0, End::exited, 1, ""}, true);
  run(2, Verb::status, {0, End::exited, 0, ""}, false);
  run(3, Verb::start, {0, End::exited, 0, ""});
  run(4, Verb::start, {0, End::exited, 7, ""});
  run(5, Verb::stop, {0, End::timed_out, 0, ""});
  run(6, Verb::stop, {0, End::killed_by_signal, 9, ""});
  run(7, Verb::stop, {0, End::could_not_run, 0, ""});
  b.record.done({99, End::exited, 0, ""}, false, b.now());  // not of this process
  std::map<std::string, std::uint64_t> seen;
  for (const auto& [key, count] : b.record.jobs())
    seen[std::get<0>(key) + ' ' + std::string(std::get<1>(key)) + ' ' + std::string(std::get<2>(key))] = count;
  CHECK(seen == std::map<std::string, std::uint64_t>{{"IPaddr status running", 1}, {"IPaddr status stopped", 1}, {"IPaddr start ok", 1},
                                                     {"IPaddr start failed", 1}, {"IPaddr stop timed_out", 1}, {"IPaddr stop killed", 1},
                                                     {"IPaddr stop could_not_run", 1}});
  CHECK(b.record.job_times().at("start").sum() == 80ms);
}

TEST_CASE("record: packets by medium; what is for everybody goes to all but the ping media") {
  Bench b;
  b.record.received({0, "12345", "x", {}});
  b.record.received({7, "no such medium", "x", {}});
  b.record.sent({std::nullopt, "123"});
  b.record.sent({LinkId{1}, "1"});
  b.record.sent({LinkId{9}, "nowhere"});
  const auto& media = b.record.media();
  CHECK(media[0].received == 1);
  CHECK(media[0].received_bytes == 5);
  CHECK(media[0].sent == 1);
  CHECK(media[0].sent_bytes == 3);
  CHECK(media[1].received == 0);
  CHECK(media[1].sent == 1);
}

TEST_CASE("record: the last moments are kept, however many there are and whatever they hold") {
  Bench b;
  for (int i = 0; i < 1000; ++i) b.record.published({kNodeDead, {{"node", std::to_string(i)}}}, b.now());
  b.record.published({kPeerStatus, {{"node", std::string(5000, 'n')}, {"status", "active"}}}, b.now());
  b.record.published({kLate, {{"node", "bob"}, {"ms", "700"}}}, b.now());  // counted, not told
  CHECK(b.record.events().at("node_dead") == 1000);
  CHECK(b.record.events().at("late_heartbeat") == 1);
  const auto& moments = b.record.moments();
  REQUIRE(moments.size() == Record::kMoments);
  CHECK(moments[Record::kMoments - 2].what == "node 999: is dead");
  CHECK(moments.back().mood == Record::Mood::good);
  CHECK(moments.back().what.size() < 400);
}

TEST_CASE("record: durations in words") {
  CHECK(in_words(3ms) == "3 ms");
  CHECK(in_words(99ms) == "99 ms");
  CHECK(in_words(1250ms) == "1.2 s");
  CHECK(in_words(12s) == "12 s");
  CHECK(in_words(600s) == "10 min");
}
