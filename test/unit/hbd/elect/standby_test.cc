// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/standby.h"

#include "test/support/catch.h"

using namespace hbd;
using namespace hbd::elect::heartbeat;
using namespace std::chrono_literals;
using model::Holding;

namespace {

struct Recorder final : Hands {
  void say(std::string_view info) override { said.emplace_back(info); }
  void yield_groups() override {}
  void other_yielded() override { took = true; }
  bool kept() const override { return false; }
  bool released() const override { return true; }
  bool taken() const override { return all_seen; }
  bool at_rest() const override { return true; }
  void tell(base::Event) override {}
  std::vector<std::string> said;
  bool took = false, all_seen = false;
};

Standby::Request request(std::string giver, std::string taker, Holding what) {
  return {std::move(giver), std::move(taker), what, {what == Holding::local, what == Holding::foreign}};
}
constexpr base::Mono kNow{1h};
const Standby::Facts kFacts{"alice", true, true, 10s, 10s};

}  // namespace

TEST_CASE("a taker's last word that comes late is not that of a giver") {
  Standby standby;
  Recorder hands;
  standby.ask(request("alice", "bob", Holding::local), 3s, kNow, hands);
  standby.heard("other", request("alice", "bob", Holding::local), "bob", kFacts, kNow, hands);
  standby.progress(hands);
  REQUIRE(standby.state() == Standby::State::given);
  hands.all_seen = true;  // it says by other words that it is through
  standby.progress(hands);
  REQUIRE_FALSE(standby.busy());

  if (GENERATE(false, true)) {  // nor for the next process
    const auto memento = standby.save();
    standby = {};
    REQUIRE(standby.restore(memento, 2));
  }
  standby.heard("me", request("bob", "alice", Holding::foreign), "bob", kFacts, kNow, hands);
  REQUIRE(standby.state() == Standby::State::expecting);
  standby.heard("done", request("bob", "alice", Holding::local), "bob", kFacts, kNow, hands);
  CHECK(standby.state() == Standby::State::expecting);
  CHECK_FALSE(hands.took);
  standby.heard("done", request("bob", "alice", Holding::foreign), "bob", kFacts, kNow, hands);
  CHECK(standby.state() == Standby::State::taking);
  CHECK(standby.request().what == Holding::foreign);
  CHECK(hands.took);
}

TEST_CASE("what a node said before it came to rest is no word of a handover that begins after that (seed 33861)") {
  Standby standby;
  Recorder hands;
  const auto ours = request("alice", "bob", Holding::all), theirs = request("bob", "alice", Holding::all);
  standby.ask(ours, 3s, kNow, hands);
  standby.heard("other", ours, "bob", kFacts, kNow, hands);
  standby.progress(hands);
  hands.all_seen = true;
  standby.progress(hands);
  REQUIRE_FALSE(standby.busy());
  auto late = kFacts;
  late.overtaken = true;
  SECTION("neither its wish, which it refused itself") {
    standby.heard("me", theirs, "bob", late, kNow, hands);
    CHECK_FALSE(standby.busy());
    CHECK(hands.said == std::vector<std::string>{"me", "done"});
  }
  SECTION("nor its last word, of the same set") {
    standby.heard("me", theirs, "bob", kFacts, kNow, hands);
    REQUIRE(standby.state() == Standby::State::expecting);
    standby.heard("done", theirs, "bob", late, kNow, hands);
    CHECK(standby.state() == Standby::State::expecting);
    CHECK_FALSE(hands.took);
    standby.heard("done", theirs, "bob", kFacts, kNow, hands);
    CHECK(hands.took);
  }
}

TEST_CASE("a giver's last word names what it has given, whatever it had asked for") {
  Standby standby;
  Recorder hands;
  standby.heard("me", request("bob", "alice", Holding::foreign), "bob", kFacts, kNow, hands);
  standby.heard("done", request("bob", "alice", Holding::local), "bob", kFacts, kNow, hands);
  CHECK(standby.state() == Standby::State::taking);
  CHECK(standby.request().what == Holding::local);
}
