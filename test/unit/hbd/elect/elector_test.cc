// SPDX-License-Identifier: Apache-2.0
// The whole engine with one scripted peer in the other seat: a Heartbeat 3.0.6 as section 5 of the reference has it, and
// an attacker.
#include "test/unit/hbd/elect/hall.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "hbd/elect/heartbeat/claims.h"
#include "hbd/elect/heartbeat/hearers.h"
#include "hbd/wire/netstring.h"

using namespace hbd;
using namespace hbd::elect_test;

TEST_CASE("joining a stable Heartbeat that holds all: nothing is taken until it gives") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  CHECK(alice.heard("starting") != nullptr);
  CHECK(alice.heard("reqnodes") != nullptr);
  CHECK(alice.ran.empty());
  bob.resource("all", true);
  bob.live(2s);
  CHECK(alice.ran.empty());
  const auto* mine = alice.heard("resource");
  REQUIRE(mine != nullptr);
  CHECK(mine->get("rsc_hold") == "none");
  CHECK(mine->get("isstable") == "1");
  CHECK(mine->get("rtype") == "full");

  alice.clear();
  bob.ask("foreign", "me");  // auto failback
  REQUIRE(alice.heard("ask_resources") != nullptr);
  CHECK(alice.heard("ask_resources")->get("info") == "other");
  CHECK(alice.heard("ask_resources")->get("rsc_hold") == "foreign");
  bob.resource("local", false);  // its word comes before its scripts
  bob.live(1s);
  CHECK(alice.ran.empty());
  bob.ask("foreign", "done");
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  CHECK(alice.heard("ask_resources")->get("info") == "done");
  CHECK(alice.heard("resource")->get("rsc_hold") == "local");
  CHECK(alice.heard("resource")->get("isstable") == "1");
  bob.resource("local", true);
  bob.live(3s);
  CHECK(alice.ran.size() == 1);
}

TEST_CASE("a Heartbeat that starts with us is told at once that we are stable, and keeps its own groups") {
  Seat alice;
  Historic bob(alice);
  bob.status("up");
  bob.status("active");
  bob.say(Message("starting"));
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  REQUIRE(alice.heard("resource") != nullptr);
  CHECK(alice.heard("resource")->get("rsc_hold") == "local");
  CHECK(alice.heard("resource")->get("isstable") == "1");
  bob.resource("local", true);
  bob.live(5s);
  CHECK(alice.ran.size() == 1);
}

TEST_CASE("a Heartbeat that comes when we hold all gets its groups back by the words of a standby") {
  Seat alice;
  alice.pass(4s);  // initdead
  REQUIRE(alice.ran.size() == 2);
  Historic bob(alice);
  alice.clear();
  bob.status("up");
  bob.status("active");
  bob.say(Message("starting"));
  REQUIRE(alice.heard("resource") != nullptr);
  CHECK(alice.heard("resource")->get("rsc_hold") == "all");
  bob.resource("none", true);
  REQUIRE(alice.heard("ask_resources") != nullptr);
  CHECK(alice.heard("ask_resources")->get("info") == "me");
  CHECK(alice.heard("ask_resources")->get("rsc_hold") == "foreign");
  CHECK(alice.ran.empty());
  bob.ask("foreign", "other");
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.2 stop"});
  CHECK(alice.heard("ask_resources")->get("info") == "done");
  CHECK(alice.heard("resource")->get("rsc_hold") == "local");
  bob.live(5s);  // its scripts take their time; nothing is taken back
  CHECK(alice.ran.size() == 1);
  bob.ask("foreign", "done");
  bob.resource("local", true);
  bob.live(2s);
  CHECK(alice.ran.size() == 1);
  CHECK(alice.heard("resource")->get("isstable") == "1");
}

TEST_CASE("a Heartbeat leaves: its groups are taken at its shutdone, not before") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  alice.clear();
  bob.say(Message("resource").add("rsc_hold", "none").add("rtype", "full").add("isstable", "0").add("info", "shutdown"));
  bob.live(1s);
  CHECK(alice.ran.empty());
  bob.say(Message("shutdone").add("st", "dead"));
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.2 start"});
  bob.live(1s);
  alice.pass(2s);
  CHECK(alice.count("dead_gave_up") == 1);
  CHECK(alice.count("taking_over") == 1);
  CHECK(alice.ran.size() == 1);
}

TEST_CASE("after a partition a Heartbeat drops everything and starts anew: we keep all throughout") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  alice.pass(2s);
  REQUIRE(alice.count("node_dead") == 1);
  REQUIRE(alice.ran == Strings{"IPaddr::10.0.0.1 start", "IPaddr::10.0.0.2 start"});
  alice.clear();
  bob.status("active");
  CHECK(alice.count("peer_returned") == 1);
  CHECK(alice.engine->snapshot().transition == false);  // it waits for us to be stable before it lets go
  bob.live(2s);
  CHECK(alice.ran.empty());
  bob.restart(41);
  bob.status("init");
  bob.status("up");
  bob.live(600ms, "up");
  // Its addresses are announced once more, nothing is interrupted.
  std::sort(alice.ran.begin(), alice.ran.end());
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start", "IPaddr::10.0.0.2 start"});
  CHECK(alice.state(0) == GroupState::held);
  CHECK(alice.state(1) == GroupState::held);
}

TEST_CASE("a Heartbeat that did not notice a partition never lets go: we do") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  alice.pass(2s);
  REQUIRE(alice.ran.size() == 2);
  bob.live(5s);
  CHECK(alice.ran.size() == 2);
  bob.live(5s);
  CHECK(alice.ran.back() == "IPaddr::10.0.0.2 stop");
  CHECK(alice.state(0) == GroupState::held);
  CHECK(alice.state(1) == GroupState::released);
}

TEST_CASE("started in the middle of a Heartbeat's takeover: we are at rest only after it, and tell it so anew") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(600ms);
  REQUIRE(alice.heard("resource") != nullptr);
  CHECK(alice.heard("resource")->get("isstable") == "0");  // it may still be at it, and would give back what it has not got
  alice.clear();
  // Its script's word; with it, it forgets that we are not at rest.
  bob.say(Message("resource").add("rsc_hold", "foreign").add("info", "mach_down"));
  REQUIRE(alice.heard("resource") != nullptr);
  CHECK(alice.heard("resource")->get("isstable") == "0");
  bob.live(400ms);
  CHECK(alice.heard("resource")->get("isstable") == "0");
  bob.live(2s);
  CHECK(alice.heard("resource")->get("isstable") == "1");
  CHECK(alice.heard("resource")->get("rsc_hold") == "none");
  CHECK(alice.ran.empty());
}

TEST_CASE("a Heartbeat may hear our last word before the one before it: it is repeated, but not within a standby") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  alice.clear();
  bob.live(2s);
  REQUIRE(alice.heard("resource") != nullptr);
  CHECK(alice.heard("resource")->get("isstable") == "1");
  bob.live(4s);
  alice.clear();
  bob.live(4s);
  CHECK(alice.heard("resource") == nullptr);  // enough of it

  bob.resource("local", false);
  bob.resource("local", true);
  bob.ask("local", "me");
  alice.clear();
  bob.live(4s);
  CHECK(alice.heard("resource") == nullptr);  // it would take it for the end of the standby
}

TEST_CASE("a Heartbeat that never thinks of failback is asked for our groups, not for ever; where auto_failback is off it is not") {
  const auto failback = GENERATE(model::Failback::on, model::Failback::off);
  Seat alice({}, failback);
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(6s);
  CHECK(alice.heard("hb_takeover") == nullptr);
  bob.live(4s);
  REQUIRE((alice.heard("hb_takeover") != nullptr) == (failback == model::Failback::on));
  if (failback == model::Failback::on) CHECK(alice.heard("hb_takeover")->get("rsc_hold") == "local");
  bob.live(20s);
  alice.clear();
  bob.live(20s);
  CHECK(alice.heard("hb_takeover") == nullptr);
  CHECK(alice.ran.empty());
}

TEST_CASE("what an operator has this node give away it does not ask back") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  bob.live(4s);
  REQUIRE(alice.state(0) == GroupState::held);
  alice.give(core::Standby{model::Holding::all});
  bob.ask("all", "other");
  bob.live(400ms);
  bob.ask("all", "done");
  bob.resource("all", true);
  REQUIRE(alice.state(0) == GroupState::released);
  alice.clear();
  bob.live(20s);
  CHECK(alice.heard("hb_takeover") == nullptr);
  CHECK(alice.ran.empty());
}

TEST_CASE("a Heartbeat that is told twice to give goes on with the first: it is still expected to say done") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(1s);
  alice.clear();
  bob.ask("foreign", "me");
  REQUIRE(alice.heard("ask_resources") != nullptr);
  bob.resource("local", false);
  alice.clear();
  bob.ask("foreign", "me");
  CHECK(alice.heard("ask_resources") == nullptr);
  CHECK(alice.count("standby_busy") == 1);
  bob.ask("foreign", "done");
  bob.live(600ms);
  REQUIRE(alice.heard("ask_resources") != nullptr);
  CHECK(alice.heard("ask_resources")->get("info") == "done");
  CHECK(alice.state(0) == GroupState::held);
}

TEST_CASE("a Heartbeat's second wish while it waits for the answer to its first is ignored there, and so here") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(1s);
  alice.clear();
  bob.ask("foreign", "me");
  bob.ask("local", "me");
  CHECK(alice.count("standby_busy") == 1);
  bob.ask("foreign", "done");
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  bob.live(500ms);
  CHECK(alice.state(1) == GroupState::released);
  SECTION("after ten seconds it has forgotten the first") {
    bob.resource("local", true);
    bob.ask("local", "me");
    bob.live(11s);
    alice.clear();
    bob.ask("local", "me");
    CHECK(alice.heard("ask_resources")->get("info") == "other");
  }
}

TEST_CASE("what a Heartbeat has given is what its done says, not what it was last asked for") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(1s);
  alice.clear();
  bob.ask("all", "me");
  bob.ask("foreign", "done");
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
}

TEST_CASE("a Heartbeat that returns from behind a partition is asked, as it may have taken anything there") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("local", true);
  bob.live(1s);
  alice.pass(2s);
  REQUIRE(alice.count("node_dead") == 1);
  alice.clear();
  SECTION("asked") {
    bob.status("active");
    REQUIRE(alice.count("peer_returned") == 1);
    bob.live(5200ms);
    CHECK(alice.heard("starting") != nullptr);
  }
  SECTION("its word overtook its status") {
    REQUIRE(alice.state(0) == GroupState::held);
    bob.resource("all", true);
    bob.status("active");
    REQUIRE(alice.count("peer_returned") == 1);
    bob.live(15s);  // it claims what we hold, and does not drop it: it has not noticed
    CHECK(alice.heard("starting") == nullptr);
    CHECK(alice.state(0) == GroupState::released);
  }
}

TEST_CASE("what was to go to a Heartbeat that starts anew in between comes back") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("local", true);
  bob.live(1s);
  REQUIRE(alice.state(0) == GroupState::held);
  alice.give(core::Standby{model::Holding::local});
  bob.ask("local", "other");
  REQUIRE(alice.state(0) == GroupState::released);
  bob.restart(41);
  bob.live(400ms, "up");
  bob.live(400ms);
  bob.resource("none", true);
  bob.live(1s);
  CHECK(alice.state(0) == GroupState::held);
}

TEST_CASE("with log_badpack off bad packets are counted, and not a word is said") {
  Seat alice;
  const auto before = alice.engine->snapshot().ignored_packets;
  alice.give(Datagram{0, "nonsense", "10.6.6.6", alice.now});
  CHECK(alice.count("bad_packet") == 1);
  Seat quiet({}, model::Failback::on, false, false);
  quiet.give(Datagram{0, "nonsense", "10.6.6.6", quiet.now});
  CHECK(quiet.count("bad_packet") == 0);
  CHECK(quiet.engine->snapshot().ignored_packets == before + 1);
}

TEST_CASE("a Heartbeat and we hold what prefers it: we let go as soon as it has had time to drop all") {
  Seat alice;
  alice.pass(4s);
  Historic bob(alice);
  bob.status("active");
  bob.resource("local", true);
  REQUIRE(alice.state(1) == GroupState::held);
  bob.live(7s);
  CHECK(alice.state(1) == GroupState::held);
  bob.live(2s);
  CHECK(alice.state(1) == GroupState::released);
  CHECK(alice.state(0) == GroupState::held);
}

TEST_CASE("a Heartbeat that takes a third node's end for ours claims our groups: it is asked to give them, and we keep them") {
  Seat alice({}, GENERATE(model::Failback::on, model::Failback::off));
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  bob.live(10s);
  REQUIRE(alice.state(0) == GroupState::held);
  alice.clear();
  bob.say(Message("resource").add("rsc_hold", "foreign").add("info", "mach_down"));
  bob.resource("all", true);
  bob.live(3s);
  REQUIRE(alice.heard("hb_takeover") != nullptr);
  CHECK(alice.heard("hb_takeover")->get("rsc_hold") == "local");
  bob.live(8s);  // its scripts take their time
  CHECK(alice.ran.empty());
  bob.ask("foreign", "me");
  REQUIRE(alice.heard("ask_resources") != nullptr);
  CHECK(alice.heard("ask_resources")->get("info") == "other");
  bob.resource("local", false);
  bob.ask("foreign", "done");
  CHECK(alice.heard("ask_resources")->get("info") == "done");
  bob.resource("local", true);
  bob.live(30s);
  CHECK(alice.state(0) == GroupState::held);
  for (const auto& what : alice.ran) CHECK(what == "IPaddr::10.0.0.1 start");  // announced anew, never stopped
}

TEST_CASE("what a Heartbeat is giving us it has until it says done, or has long been without it") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  bob.live(2s);
  alice.clear();
  bob.ask("local", "me");
  REQUIRE(alice.heard("ask_resources") != nullptr);
  bob.resource("none", false);
  bob.resource("none", true);  // an answer to something of ours that was on its way; its scripts are at work
  bob.live(30s);
  CHECK(alice.ran.empty());
  SECTION("it says so") { bob.ask("local", "done"); }
  SECTION("its word is lost") { bob.live(31s); }
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.2 start"});
  CHECK(alice.heard("ask_resources")->get("info") == "done");
}

TEST_CASE("a Heartbeat that asks once more while it gives still gives") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  bob.live(2s);
  alice.clear();
  bob.ask("local", "me");
  bob.say(Message("resource").add("rsc_hold", "none").add("rtype", "full").add("isstable", "0").add("info", "standby"));
  bob.ask("local", "me");  // it ignores this itself, but says it to all
  bob.live(2s);
  bob.ask("local", "done");
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.2 start"});
}

TEST_CASE("a Heartbeat that did not hear us say starting is asked again what it holds, and nothing is begun before") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  REQUIRE(alice.heard("starting") != nullptr);
  alice.clear();
  bob.live(4s);
  CHECK(alice.heard("starting") == nullptr);
  bob.live(2s);
  CHECK(alice.heard("starting") != nullptr);
  bob.say(Message("resource").add("rsc_hold", "foreign").add("info", "mach_down"));  // what a script did, not all it holds
  bob.live(1s);
  CHECK(alice.ran.empty());
  CHECK(alice.count("acquiring") == 0);
  bob.resource("all", true);
  alice.clear();
  bob.live(12s);
  CHECK(alice.heard("starting") == nullptr);
  CHECK(alice.ran.empty());
}

TEST_CASE("a Heartbeat leaves before it ever told what it holds: nothing is taken before it has stopped all") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("resource").add("rsc_hold", "none").add("rtype", "full").add("isstable", "0").add("info", "shutdown"));
  bob.live(4s);
  CHECK(alice.ran.empty());
  bob.say(Message("shutdone").add("st", "dead"));
  bob.live(1s);
  CHECK(alice.ran.size() == 2);
}

TEST_CASE("a Heartbeat that we meet while it leaves says that it has nothing: nothing is taken before it has stopped all") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("none", false);  // its answer to our "starting"
  bob.live(4s);
  CHECK(alice.ran.empty());
  bob.say(Message("shutdone").add("st", "dead"));
  bob.live(1s);
  CHECK(alice.ran.size() == 2);
}

TEST_CASE("a Heartbeat of which we do not know what it holds is dead and returns: we still do not know") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  alice.pass(2s);
  REQUIRE(alice.count("node_dead") == 1);
  alice.clear();
  bob.status("active");
  REQUIRE(alice.count("peer_returned") == 1);
  bob.live(5200ms);
  CHECK(alice.heard("starting") != nullptr);
}

TEST_CASE("while scripts stop everything at the end, nothing is to be woken for that is past") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  bob.live(1s);
  REQUIRE(alice.state(0) == GroupState::held);
  alice.slow = true;
  alice.give(Shutdown{});
  bob.live(2s);
  CHECK(alice.engine->next_wake() > alice.now);
}

TEST_CASE("a node that was late to start was never behind a partition; one that was is asked what it holds") {
  Seat alice;
  alice.pass(4s);  // initdead
  REQUIRE(alice.ran.size() == 2);
  alice.clear();
  Historic bob(alice);
  SECTION("it starts") {
    bob.status("init");
    CHECK(alice.heard("starting") == nullptr);
  }
  SECTION("it has been there") {
    bob.status("active");
    CHECK(alice.heard("starting") != nullptr);
  }
  CHECK(alice.count("peer_returned") == 0);
  CHECK(alice.ran.empty());
}

TEST_CASE("a restart is no late heartbeat") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  alice.pass(800ms);
  bob.restart(41);
  bob.status("init");
  CHECK(alice.count("late_heartbeat") == 0);
  alice.pass(800ms);
  bob.status("init");
  CHECK(alice.count("late_heartbeat") == 1);
}

TEST_CASE("a standby that comes while something is at work is done after it, or refused when that takes long") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  bob.resource("local", false);
  alice.clear();
  alice.give(core::Standby{model::Holding::all});
  CHECK(alice.heard("ask_resources") == nullptr);
  SECTION("soon") {
    bob.live(2s);
    bob.resource("local", true);
    REQUIRE(alice.heard("ask_resources") != nullptr);
    CHECK(alice.heard("ask_resources")->get("info") == "me");
    CHECK(alice.count("standby_no_reply") == 0);
  }
  SECTION("never") {
    bob.live(9s);
    CHECK(alice.count("standby_no_reply") == 0);
    bob.live(2s);
    CHECK(alice.count("standby_no_reply") == 1);
    bob.resource("local", true);
    CHECK(alice.heard("ask_resources") == nullptr);
  }
}

TEST_CASE("a standby that comes while groups are on their way here is done when they have come") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(2s);
  bob.ask("foreign", "me");
  bob.resource("local", false);
  REQUIRE(alice.heard("ask_resources")->get("info") == "other");
  alice.clear();
  alice.give(core::Standby{model::Holding::all});
  CHECK(alice.count("standby_busy") == 0);
  SECTION("soon") {
    bob.ask("foreign", "done");
    bob.resource("local", true);
    bob.live(1s);
    CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
    REQUIRE(alice.heard("ask_resources") != nullptr);
    CHECK(alice.heard("ask_resources")->get("info") == "me");
    CHECK(alice.heard("ask_resources")->get("rsc_hold") == "all");
  }
  SECTION("not within ten seconds: it is refused") {
    bob.live(11s);
    CHECK(alice.count("standby_busy") == 1);
  }
  SECTION("a new process knows of it") {
    alice.pass(200ms);
    Seat second(alice.memento);
    second.now = alice.now;
    Historic same(second);
    same.transport = std::move(bob.transport);
    same.live(400ms);
    same.ask("foreign", "done");
    same.resource("local", true);
    same.live(1s);
    CHECK(second.ran == Strings{"IPaddr::10.0.0.1 start"});
    REQUIRE(second.heard("ask_resources") != nullptr);
    CHECK(second.heard("ask_resources")->get("info") == "me");
    CHECK(second.heard("ask_resources")->get("rsc_hold") == "all");
  }
}

TEST_CASE("what a node gives up is taken only when its last heartbeat is not old") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  bob.live(400ms);
  alice.pass(200ms);
  alice.clear();
  bob.resource("none", true);  // a word that was under way for long, perhaps
  CHECK(alice.ran.empty());
  bob.status("active");
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.2 start"});
}

TEST_CASE("a node that was dead is back with its status, even if that was overtaken by another word of it") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  alice.pass(2s);
  REQUIRE(alice.count("node_dead") == 1);
  const auto deliver = [&](const Message& m) {
    alice.give(Datagram{0, wire::seal(m, alice.cluster.auth, model::MessageFormat::classic), "10.0.0.9", alice.now});
  };
  Message status("status"), resource("resource");
  status.add("st", "active").add("dt", "3e8").add("protocol", "1");
  resource.add("rsc_hold", "local").add("rtype", "full").add("isstable", "1");
  const auto first = bob.transport->stamp(status, alice.clock(), "n/a");
  deliver(bob.transport->stamp(resource, alice.clock(), "n/a"));
  CHECK(alice.count("peer_returned") == 0);
  deliver(first);
  CHECK(alice.count("peer_returned") == 1);
}

TEST_CASE("a fast restart of a Heartbeat: what it held is picked up, and nothing twice") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(600ms);
  REQUIRE(alice.ran.empty());
  bob.restart(41);
  bob.status("up");
  CHECK(alice.ran.empty());
  bob.status("active");
  bob.say(Message("starting"));
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
}

TEST_CASE("clients are paused while the peer lags behind, and told so once") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  const auto flood = [&](int count) {
    for (int i = 0; i < count; ++i) alice.give(LocalMessage{"tester", Message("word")});
  };
  const auto number = [&] { return alice.said.back().get_hex("seq").value_or(0); };
  flood(240);
  CHECK(alice.paces.empty());
  flood(20);
  CHECK(alice.paces == std::vector<bool>{true});
  CHECK(alice.count("clients_paused") == 1);
  bob.say(Message("NS_ackmsg").add("dest", "alice").add_hex("ackseq", number()));
  CHECK(alice.paces == std::vector<bool>{true, false});
  CHECK(alice.count("clients_resumed") == 1);
  flood(260);
  CHECK(alice.paces == std::vector<bool>{true, false, true});
  CHECK(alice.count("clients_paused") == 1);
  // It lives and says nothing of what it got: nobody waits for that for ever.
  bob.live(11s);
  CHECK(alice.paces == std::vector<bool>{true, false, true, false});
}

TEST_CASE("hostile packets are counted, said once a minute, and do nothing") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  const auto nodes = alice.engine->snapshot().nodes;
  alice.clear();
  auto throw_at = [&](const std::string& bytes) { alice.give(Datagram{0, bytes, "10.6.6.6", alice.now}); };
  auto seal_as = [&](const Message& m, const std::string& key) {
    auto keys = alice.cluster.auth;
    keys.keys[1].key = key;
    return wire::seal(m, keys, model::MessageFormat::classic);
  };
  auto forged = [&](std::string_view src, std::string_view type) {
    Message m(type);
    m.add("st", "dead").add("src", src).add("seq", "ffff").add("hg", "1").add("ts", "0").add("ld", "n/a").add("ttl", "3");
    return m;
  };
  for (int i = 0; i < 500; ++i) {
    throw_at("###\n3:abc,%%%\n");
    throw_at("");
    throw_at(std::string(3000, 'x'));
    throw_at(seal_as(forged("bob", "shutdone"), "wrong"));
    throw_at(seal_as(forged("eve", "status"), "secret"));
    throw_at(seal_as(forged("alice", "shutdone"), "secret"));
    throw_at(seal_as(forged("bob", "status"), "secret"));  // an old generation
    throw_at(seal_as(forged("bob", "shutdone"), "secret"));
  }
  CHECK(alice.ran.empty());
  CHECK(alice.events.size() < 12);
  CHECK(alice.count("bad_packet") == 3);  // no message, not signed, the wrong key
  CHECK(alice.count("stranger") == 1);
  CHECK(alice.count("impostor") == 1);
  CHECK(alice.state(0) == GroupState::held);
  CHECK(alice.state(1) == GroupState::released);
  const auto after = alice.engine->snapshot().nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) CHECK(after[i].status == nodes[i].status);
  alice.clear();
  bob.live(61s);
  CHECK(alice.count("bad_packets") >= 3);
  CHECK(alice.count("bad_packets") <= 8);
  bool said_of_the_key = false;
  for (const auto& event : alice.events) {
    const auto text = event.text();
    CHECK(text.find("wrong_mac") == std::string::npos);
    CHECK(text.find("_key") == std::string::npos);
    if (event.kind->id == std::string_view("bad_packets"))
      said_of_the_key = said_of_the_key || text.find("not signed with our key 1: authkeys differs") != std::string::npos;
  }
  CHECK(said_of_the_key);
}

TEST_CASE("a key number that is not ours, a packet beyond all bounds and half a packet do nothing, and are counted") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  auto other_number = alice.cluster.auth;
  other_number.keys[7] = other_number.keys.at(1);  // the right secret, but under a number that authkeys has not
  other_number.sign_with = 7;
  const auto shutdone = [&] { return bob.transport->stamp(Message("shutdone").add("st", "dead"), alice.clock(), "n/a"); };
  const auto sealed = [&](const model::AuthKeys& keys) { return wire::seal(shutdone(), keys, model::MessageFormat::classic); };
  const auto whole = sealed(alice.cluster.auth);
  std::string bytes, reason;
  SECTION("key number") {
    bytes = sealed(other_number);
    reason = "authkeys differs between the nodes";
  }
  SECTION("oversized") {
    bytes = whole + std::string(wire::kMaxMessage, 'x');
    reason = "too big for a heartbeat message";
  }
  SECTION("half") {
    bytes = whole.substr(0, whole.size() / 2);
    reason = "not a whole heartbeat message";
  }
  const auto before = alice.engine->snapshot().nodes[1].status;
  alice.clear();
  CHECK(alice.engine->snapshot().ignored_packets == 0);
  for (int i = 0; i < 500; ++i) alice.give(Datagram{0, bytes, "10.6.6.6", alice.now});
  CHECK(alice.engine->snapshot().ignored_packets == 500);
  REQUIRE(alice.events.size() == 1);
  CHECK(alice.count("bad_packet") == 1);
  CHECK(alice.events[0].text().find(reason) != std::string::npos);
  CHECK(alice.ran.empty());
  CHECK(alice.said.empty());
  CHECK(alice.engine->snapshot().nodes[1].status == before);
  CHECK(alice.state(0) == GroupState::held);
  CHECK(alice.state(1) == GroupState::released);
  alice.clear();
  bob.live(61s);
  CHECK(alice.count("bad_packets") == 1);
  bool counted = false;
  for (const auto& event : alice.events) counted = counted || event.text().starts_with("499 more packets ignored");
  CHECK(counted);
}

TEST_CASE("what is late and what is lost is counted by link, and a start of the peer is neither") {
  Seat alice;
  Historic bob(alice);
  const auto link = [&] { return alice.engine->snapshot().nodes[1].links.at(0); };
  bob.live(1s);
  const auto before = link();
  CHECK(before.received == 5);
  CHECK(before.late == 0);
  CHECK(before.lost == 0);
  for (int i = 0; i < 3; ++i) bob.transport->stamp(Message("status").add("st", "active"), alice.clock(), "n/a");  // on the way
  alice.pass(400ms);
  bob.status("active");  // 600 ms after the last, warntime is 500 ms
  CHECK(link().lost == 3);
  CHECK(link().late == 1);
  CHECK(link().received == 6);
  bob.restart(41);
  alice.pass(600ms);
  bob.status("up");
  CHECK(link().lost == 3);
  CHECK(link().late == 1);
  CHECK(alice.engine->snapshot().nodes[1].alive);
}

TEST_CASE("who holds a group is told as far as it is known, and how long the scripts took") {
  Seat alice;
  alice.pass(4s);
  auto groups = alice.engine->snapshot().groups;
  CHECK(groups[0].holder == "alice");
  CHECK(groups[1].holder == "alice");
  Historic bob(alice);
  bob.status("active");
  bob.resource("none", true);
  bob.ask("local", "me");
  alice.clear();
  alice.pass(100ms);
  const auto& record = alice.engine->record();
  CHECK(record.transitions().at({"acquire", "ok"}).total() == 2);
  CHECK(record.jobs().at({"IPaddr", "start", "ok"}) == 2);
  CHECK(record.media().at(0).received >= 3);
  CHECK(record.media().at(0).sent > 10);
  CHECK(record.events().at("peer_status") == 1);
  const auto& moments = record.moments();
  CHECK(std::any_of(moments.begin(), moments.end(), [](const auto& m) { return m.event == "group_held" && m.what.starts_with("IPaddr::10.0.0.1: held here"); }));
}

TEST_CASE("packets that go on for minutes give one line a minute, not a summary and a first one") {
  Seat alice;
  alice.clear();
  // Between two ticks, so that a packet is what finds the minute over.
  for (int second = 0; second < 150; ++second) {
    alice.give(Datagram{0, "#", "10.6.6.6", alice.now});
    alice.give(Datagram{0, "SSH-2.0", "10.6.6.6", alice.now});
    alice.now += 1s;
  }
  CHECK(alice.count("bad_packet") == 1);
  CHECK(alice.count("bad_packets") == 2);
}

TEST_CASE("a new process with the memento goes on where the old one was") {
  Seat first;
  Historic bob(first);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  const auto sequence = first.said.back().get_hex("seq");
  REQUIRE(sequence);
  Seat second(first.memento);
  CHECK(second.ran.empty());
  CHECK(second.state(0) == GroupState::held);
  CHECK(second.state(1) == GroupState::released);
  CHECK(second.engine->snapshot().status == "active");
  CHECK(second.heard("starting") == nullptr);
  REQUIRE(second.heard("status") != nullptr);
  CHECK(second.said.front().get_hex("seq") == *sequence + 1);
  CHECK(second.heard("status")->get("hg") == "7");
  Seat third("rubbish");
  CHECK(third.count("bad_memento") == 1);
  for (std::size_t cut = 0; cut < first.memento.size(); cut += 7) Seat damaged(first.memento.substr(0, cut));
}

TEST_CASE("a new process with another ha.cf goes on with what the old one held") {
  using Change = std::function<void(model::Cluster&)>;
  const Change before = [](model::Cluster& c) {
    c.media.push_back({model::Ping{"10.0.0.8"}, 694, {}});
    c.media.push_back({model::Bcast{"eth1"}, 694, {}});
  };
  Seat first({}, model::Failback::on, false, true, before);
  first.pong(1);
  Historic bob(first);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  REQUIRE(first.state(0) == GroupState::held);

  const auto goes_on = [&](const Change& change) {
    Seat second(first.memento, model::Failback::on, false, true, change);
    CHECK(second.count("bad_memento") == 0);
    CHECK(second.ran.empty());
    CHECK(second.state(0) == GroupState::held);
    CHECK(second.state(1) == GroupState::released);
    const auto nodes = second.engine->snapshot().nodes;
    REQUIRE(nodes.size() >= 2);
    CHECK(nodes[1].name == "bob");
    CHECK(nodes[1].status == "active");
    return nodes;
  };
  SECTION("as it was") { CHECK(goes_on(before).back().status == "ping"); }
  SECTION("without the ping node and one of the media") { CHECK(goes_on([](model::Cluster&) {}).size() == 2); }
  SECTION("with other ping nodes and media, in another order") {
    const auto nodes = goes_on([](model::Cluster& c) {
      c.media = {{model::Bcast{"eth1"}, 694, {}}, {model::Ping{"10.0.0.9"}, 694, {}}, {model::Bcast{"eth0"}, 694, {}}};
    });
    REQUIRE(nodes.size() == 3);
    CHECK(nodes[2].name == "10.0.0.9");
    CHECK_FALSE(nodes[2].alive);
    CHECK_FALSE(nodes[1].links[0].up);  // nothing was heard there yet
    CHECK(nodes[1].links[1].up);
  }
  SECTION("failback off") {
    goes_on([&](model::Cluster& c) { before(c), c.failback = model::Failback::off; });
  }
  SECTION("another deadping holds for a ping node that was there before") {
    Seat second(first.memento, model::Failback::on, false, true, [&](model::Cluster& c) {
      before(c), c.timing.deadping = 400ms;
    });
    second.pass(500ms);
    CHECK(second.count("node_dead") == 1);
  }
  SECTION("a new ping node that answers is no reason to compare what the two of us see") {
    const Change more = [&](model::Cluster& c) {
      before(c);
      c.media.push_back({model::Ping{"10.0.0.9"}, 694, {}});
      c.timing.deadping = 500ms;
      c.respawn = {{"hacluster", "/usr/libexec/heartbeat/ipfail", false, {}}};
    };
    Seat second(first.memento, model::Failback::on, false, true, more);
    second.pong(3);
    REQUIRE(second.engine->snapshot().nodes.back().alive);
    CHECK(second.count("ipfail_asking") == 0);
    second.pass(600ms);  // now both are gone, and that is one
    CHECK(second.count("ipfail_asking") > 0);
  }
}

TEST_CASE("what ping nodes get is not signed with the key of the cluster") {
  Seat seat({}, model::Failback::on, false, true, [](model::Cluster& c) {
    c.media.push_back({model::Ping{"10.0.0.8"}, 694, {}});
  });
  const auto alive = [&] { return seat.engine->snapshot().nodes.back().alive; };
  REQUIRE(seat.pinged.contains(1));
  CHECK_FALSE(wire::open(seat.pinged[1], seat.cluster.auth));
  // Who knows the cluster's key is no ping node for that.
  Message forged("NS_st");
  forged.add("st", "ping").add("info", "ping").add("src", "10.0.0.8");
  forged.add_hex("ts", static_cast<std::uint64_t>(base::to_unix(seat.clock().wall)));
  seat.give(Datagram{1, wire::seal(forged, seat.cluster.auth, seat.cluster.format), "10.0.0.8", seat.now});
  CHECK_FALSE(alive());
  // And what came back from a ping node is no packet of the cluster.
  seat.give(Datagram{0, seat.pinged[1], "10.0.0.2", seat.now});
  CHECK(seat.engine->snapshot().ignored_packets == 2);
  seat.pong(1);
  CHECK(alive());
}

TEST_CASE("a new process knows what a Heartbeat had when it was declared dead, should it return") {
  Seat first;
  Historic bob(first);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  first.pass(2s);
  REQUIRE(first.count("node_dead") == 1);
  REQUIRE(first.state(1) == GroupState::held);
  Seat second(first.memento);
  Historic back(second);
  back.transport = std::move(bob.transport);
  back.status("active");
  CHECK(second.count("peer_returned") == 1);
  // It never noticed, has still what it had, and keeps that: it must be us who lets go.
  back.live(10s);
  CHECK(second.ran == Strings{"IPaddr::10.0.0.2 stop"});
  CHECK(second.state(0) == GroupState::held);
  CHECK(second.state(1) == GroupState::released);
}

TEST_CASE("a new process still waits for the scripts of a Heartbeat, and asks it for our groups afterwards") {
  Seat first;
  Historic bob(first);
  bob.status("active");
  bob.resource("all", true);
  bob.live(600ms);
  Seat second(first.memento);
  second.now = first.now;
  Historic same(second);
  same.transport = std::move(bob.transport);
  same.live(400ms);
  const auto* told = second.heard("resource");
  CHECK((told == nullptr || told->get("isstable") == "0"));
  same.live(2s);
  REQUIRE(second.heard("resource") != nullptr);
  CHECK(second.heard("resource")->get("isstable") == "1");
  CHECK(second.heard("hb_takeover") == nullptr);
  same.live(7s);
  CHECK(second.heard("hb_takeover") != nullptr);
}

TEST_CASE("a Heartbeat beside a node that signs with sha256 is said to be deaf, an Upbeat is not") {
  Seat seat;
  seat.cluster.auth = {2, {{1, {model::AuthKey::Method::sha1, "secret"}}, {2, {model::AuthKey::Method::sha256, "new"}}}};
  seat.give(NewKeys{seat.cluster.auth});
  Historic bob(seat);
  bob.say(Message("status").add("st", "up").add("dt", "3e8").add("protocol", "1").add("upbeat", "1"));
  CHECK(seat.count("peer_knows_no_sha256") == 0);
  bob.restart(50);
  bob.status("init");
  bob.status("init");
  CHECK(seat.count("peer_knows_no_sha256") == 1);
}

TEST_CASE("a client's message that fits into no packet is refused with a word, others leave whole") {
  Seat seat;
  seat.pass(4s);
  seat.clear();
  std::string noise;
  for (std::uint64_t i = 1, x = 88172645463325252u; noise.size() < 150'000; ++i) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    noise += static_cast<char>('!' + x % 90);
  }
  seat.give(LocalMessage{"tester", Message("word").add("text", noise)});
  CHECK(seat.heard("word") == nullptr);
  CHECK(seat.count("message_too_long") == 1);
  seat.give(LocalMessage{"tester", Message("word").add("text", noise.substr(0, 30'000))});
  REQUIRE(seat.heard("word"));
  CHECK(seat.heard("word")->get("text") == noise.substr(0, 30'000));
  seat.give(LocalMessage{"tester", Message("word").add("text", std::string(200'000, 'x'))});
  CHECK(seat.heard("word")->get("text").size() == 200'000);
}

TEST_CASE("what ha.cf must say alike on every node is compared, and named where it differs") {
  Seat seat;
  Historic bob(seat);
  auto status = [](std::string_view settings) {
    Message m("status");
    m.add("st", "up").add("dt", "3e8").add("protocol", "1").add("upbeat", "1");
    if (!settings.empty()) m.add("ubset", settings);
    return m;
  };
  const std::string ours(seat.heard("status")->get("ubset"));
  CHECK(ours == "nodes=alice,bob auto_failback=on keepalive=200ms deadtime=1000ms");
  bob.say(status(ours));
  CHECK(seat.count("ha_cf_differs") == 0);
  const std::string theirs = "nodes=alice,bob,carol auto_failback=off keepalive=200ms deadtime=1000ms more=1";
  for (int i = 0; i < 3; ++i) bob.say(status(theirs));
  REQUIRE(seat.count("ha_cf_differs") == 1);
  const auto said = std::find_if(seat.events.begin(), seat.events.end(), [](const auto& e) { return e.kind->id == "ha_cf_differs"; });
  CHECK(said->text() == "ha.cf of node bob differs from this node's: nodes is alice,bob,carol there, alice,bob here; "
                        "auto_failback is off there, on here");
  CHECK(seat.engine->snapshot().nodes[1].files_differ);
  bob.say(status(ours).add("ubcfg", seat.heard("status")->get("ubcfg")));
  CHECK_FALSE(seat.engine->snapshot().nodes[1].files_differ);
}

TEST_CASE("after a reload, what haresources says is compared anew: a change on one node alone is told, then that it is gone") {
  Seat seat;
  Historic bob(seat);
  const std::string before(seat.heard("status")->get("ubcfg"));
  const auto say = [&](std::string_view digest) {
    bob.say(Message("status").add("st", "up").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubcfg", digest));
  };
  say(before);
  CHECK(seat.count("haresources_differ") == 0);

  auto changed = seat.resources;
  changed.groups[0].resources.push_back({"IPaddr", {"10.0.0.9"}, "IPaddr::10.0.0.9", {}});
  seat.give(NewResources{changed});
  seat.pass(200ms);
  const std::string after(seat.heard("status")->get("ubcfg"));
  CHECK(after != before);
  for (int i = 0; i < 3; ++i) say(before);
  CHECK(seat.count("haresources_differ") == 1);
  CHECK(seat.engine->snapshot().nodes[1].files_differ);
  CHECK(seat.count("files_agree") == 0);
  for (int i = 0; i < 3; ++i) say(after);
  CHECK(seat.count("haresources_differ") == 1);
  CHECK_FALSE(seat.engine->snapshot().nodes[1].files_differ);
  CHECK(seat.count("files_agree") == 1);

  // What is refused is not announced either.
  auto another = changed;
  another.groups.pop_back();
  seat.give(NewResources{another});
  seat.pass(200ms);
  CHECK(seat.heard("status")->get("ubcfg") == after);
}

TEST_CASE("an operator sees how a group goes home that was brought here on purpose") {
  Hall hall;
  for (const char* name : {"alice", "bob"}) hall.start(name, {"alice", "bob"});
  hall.pass(10s);
  const auto back = [&] { return hall.at("bob").engine->snapshot().groups[0].back; };
  REQUIRE(hall.holders(0) == Strings{"alice"});
  CHECK(back() == Return::by_itself);
  hall.at("alice").give(core::Standby{model::Holding::local});
  hall.pass(5s);
  REQUIRE(hall.holders(0) == Strings{"bob"});
  CHECK(back() == Return::on_request);
  hall.at("alice").give(core::Takeover{model::Holding::local});
  hall.pass(5s);
  REQUIRE(hall.holders(0) == Strings{"alice"});
  CHECK(back() == Return::by_itself);
}

TEST_CASE("and that one which its preferred node could not start waits for a request, too, which is no purpose of anybody") {
  Hall hall;
  hall.start("alice", {"alice", "bob"}).broken = true;
  hall.start("bob", {"alice", "bob"});
  hall.pass(10s);
  REQUIRE(hall.holders(0) == Strings{"bob"});
  auto group = hall.at("bob").engine->snapshot().groups[0];
  CHECK(group.back == Return::after_failure);
  CHECK(group.reason == "could not be started on alice; hb_takeover there tries again");
  CHECK(hall.at("alice").state(0) == GroupState::failed);
  hall.at("alice").broken = false;
  hall.pass(30s);  // a failure that is quite fresh is not forgiven
  REQUIRE(hall.holders(0) == Strings{"bob"});
  hall.at("alice").give(core::Takeover{model::Holding::local});
  hall.pass(5s);
  CHECK(hall.holders(0) == Strings{"alice"});
}

TEST_CASE("while the nodes' lists of nodes are not settled, nothing is said to be alike again") {
  Seat seat;
  Historic bob(seat);
  const auto say = [&](std::string_view nodes, std::string_view changes) {
    Message m("status");
    m.add("st", "up").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubcfg", seat.heard("status")->get("ubcfg"));
    m.add("ubset", "nodes=" + std::string(nodes) + " auto_failback=on keepalive=200ms deadtime=1000ms");
    if (!changes.empty()) m.add("ubnodes", changes);
    bob.say(m);
  };
  say("alice,bob,carol", "");
  REQUIRE(seat.engine->snapshot().nodes[1].files_differ);
  say("alice,bob,carol", "0123456789abcdef");  // it knows of a node that was added, and we do not yet
  CHECK(seat.engine->snapshot().nodes[1].files_differ);
  CHECK(seat.count("files_agree") == 0);
  say("alice,bob", "");
  CHECK_FALSE(seat.engine->snapshot().nodes[1].files_differ);
  CHECK(seat.count("files_agree") == 1);
}

TEST_CASE("with ipfail the ping lists must be alike, too") {
  Seat seat({}, model::Failback::on, false, true, [](model::Cluster& c) {
    c.respawn = {{"hacluster", "/usr/libexec/heartbeat/ipfail", false, {}}};
    c.media.push_back({model::Ping{"10.0.0.253", false}, 694, {}});
    c.media.push_back({model::PingGroup{"gates", {"10.0.0.9", "10.0.0.8"}}, 694, {}});
    c.media.push_back({model::Ping{"10.0.0.252", false}, 694, {}});
  });
  Historic bob(seat);
  const std::string others = "nodes=alice,bob auto_failback=on keepalive=200ms deadtime=1000ms";
  const std::string ours = others + " ping=10.0.0.252,10.0.0.253,gates(10.0.0.8,10.0.0.9)";
  CHECK(seat.heard("status")->get("ubset") == ours);
  auto told = [&](std::string_view settings) {
    const auto before = seat.count("ha_cf_differs");
    bob.say(Message("status").add("st", "up").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubset", settings)
                .add("ubcfg", seat.heard("status")->get("ubcfg")));
    if (seat.count("ha_cf_differs") == before) return std::string();
    return std::find_if(seat.events.rbegin(), seat.events.rend(), [](const auto& e) { return e.kind->id == "ha_cf_differs"; })->text();
  };
  CHECK(told(ours).empty());
  CHECK(told(others).empty());  // of an earlier release, or without ipfail: it does not say
  CHECK_FALSE(seat.engine->snapshot().nodes[1].files_differ);
  const std::string begin = "ha.cf of node bob differs from this node's: ping is ";
  const std::string here = " there, 10.0.0.252,10.0.0.253,gates(10.0.0.8,10.0.0.9) here";
  CHECK(told(others + " ping=none") == begin + "none" + here);
  CHECK(told(others + " ping=10.0.0.252") == begin + "10.0.0.252" + here);
  CHECK(seat.engine->snapshot().nodes[1].files_differ);
  // And an earlier release, which knows no such word, looks for its own only.
  CHECK(elect::heartbeat::settings_that_differ(ours, others).empty());
}

TEST_CASE("auto_failback legacy: our groups are asked for, a Heartbeat's own are left to it") {
  Seat alice({}, model::Failback::legacy);
  Historic bob(alice);
  bob.live(5s);
  CHECK(alice.ran.empty());
  REQUIRE(alice.heard("ip-request") != nullptr);
  CHECK(alice.heard("ip-request")->get("ipaddr") == "IPaddr::10.0.0.1");
  bob.say(Message("ip-request-resp").add("dest", "alice").add("ipaddr", "IPaddr::10.0.0.1").add("weown", "yes").add("ok", "OK"));
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  bob.live(20s);
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  alice.pass(2s);
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start", "IPaddr::10.0.0.2 start"});
}

TEST_CASE("auto_failback legacy: there is no standby, whoever asks for it: it is said, and nothing moves") {
  Seat alice({}, model::Failback::legacy);
  Historic bob(alice);
  bob.live(400ms, "up");
  bob.live(1s);
  bob.say(Message("ip-request-resp").add("dest", "alice").add("ipaddr", "IPaddr::10.0.0.1").add("weown", "yes").add("ok", "OK"));
  REQUIRE(alice.state(0) == GroupState::held);
  alice.clear();
  SECTION("the operator here") {
    for (auto what : {model::Holding::all, model::Holding::local, model::Holding::foreign}) alice.give(core::Standby{what});
    CHECK(alice.count("standby_legacy") == 3);
  }
  SECTION("a peer that offers, answers or has done") {
    for (auto info : {"me", "other", "done"}) bob.ask("all", info);
    CHECK(alice.count("standby_legacy") == 3);
  }
  SECTION("a peer's operator, by hb_takeover") {
    bob.say(Message("hb_takeover").add("rsc_hold", "all"));
    CHECK(alice.count("standby_legacy") == 1);
  }
  bob.live(70s);  // longer than anybody waits for an answer, or would try again
  CHECK(alice.heard("ask_resources") == nullptr);
  CHECK(alice.ran.empty());
  CHECK(alice.state(0) == GroupState::held);
  CHECK(alice.state(1) != GroupState::held);
  CHECK(alice.count("standby_asked") == 0);
}

TEST_CASE("auto_failback legacy: a Heartbeat heard while we look for leftovers may have our groups, too") {
  Seat alice({}, model::Failback::legacy, true);
  Historic bob(alice);
  bob.status("active");
  alice.end_scripts();
  CHECK(alice.ran.empty());
  bob.live(1s);
  CHECK(alice.ran.empty());
  REQUIRE(alice.heard("ip-request") != nullptr);
  bob.say(Message("ip-request-resp").add("dest", "alice").add("ipaddr", "IPaddr::10.0.0.1").add("weown", "yes").add("ok", "OK"));
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
}

TEST_CASE("auto_failback legacy: a Heartbeat that comes gets its groups when we have stopped them") {
  Seat alice({}, model::Failback::legacy);
  alice.pass(4s);
  CHECK(alice.ran.size() == 2);
  alice.clear();
  Historic bob(alice);
  bob.live(1s, "up");
  bob.live(1s);
  CHECK(alice.ran.empty());
  bob.say(Message("ip-request").add("ipaddr", "IPaddr::10.0.0.2"));
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.2 stop"});
  const auto* answer = alice.heard("ip-request-resp");
  REQUIRE(answer != nullptr);
  CHECK(answer->get("dest") == "bob");
  CHECK(answer->get("ok") == "OK");
  CHECK(answer->get("weown") == "yes");
  bob.live(30s);
  CHECK(alice.ran.size() == 1);
  // Asked again, it is told that we have not got it.
  bob.say(Message("ip-request").add("ipaddr", "IPaddr::10.0.0.2"));
  CHECK(alice.heard("ip-request-resp")->get("weown") == "no");
  bob.say(Message("shutdone").add("st", "dead"));
  CHECK(alice.ran.back() == "IPaddr::10.0.0.2 start");
}

TEST_CASE("auto_failback legacy: a Heartbeat that only just starts may find our groups left running: it is asked") {
  Seat alice({}, model::Failback::legacy);
  Historic bob(alice);
  bob.live(400ms, "up");
  bob.live(400ms);
  CHECK(alice.ran.empty());
  REQUIRE(alice.heard("ip-request") != nullptr);
  bob.say(Message("ip-request-resp").add("dest", "alice").add("ipaddr", "IPaddr::10.0.0.1").add("weown", "yes").add("ok", "OK"));
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  SECTION("but not when it starts anew while we have it") {
    REQUIRE(alice.state(0) == GroupState::held);
    bob.restart(41);
    alice.clear();
    bob.live(400ms, "up");
    bob.live(1s);
    CHECK(alice.heard("ip-request") == nullptr);
  }
}

TEST_CASE("auto_failback legacy: a Heartbeat that comes keeps what its last process left running: we do not go on starting it") {
  Seat alice({}, model::Failback::legacy);
  alice.slow = true;
  alice.pass(4s);  // initdead
  const auto end_some = [&] {
    for (auto& done : std::exchange(alice.running, {})) alice.give(done);
  };
  for (int i = 0; i < 3 && alice.ran.size() < 2; ++i) end_some();  // the statuses, one after the other
  REQUIRE(alice.ran == Strings{"IPaddr::10.0.0.1 start", "IPaddr::10.0.0.2 start"});
  Historic bob(alice);
  bob.live(400ms, "up");
  bob.live(400ms);  // it has its group, and so does not ask for it
  for (int i = 0; i < 4; ++i) end_some();
  CHECK(alice.ran.back() == "IPaddr::10.0.0.2 stop");
  REQUIRE(alice.heard("ip-request-resp") != nullptr);
  CHECK(alice.heard("ip-request-resp")->get("ipaddr") == "IPaddr::10.0.0.2");
  CHECK(alice.state(1) == GroupState::released);
}

TEST_CASE("a Heartbeat may have said what it takes in a word that is missing: nothing is taken meanwhile") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(2s);
  bob.transport->stamp(Message("resource").add("rsc_hold", "all"), alice.clock(), "n/a");  // and it is not heard
  bob.resource("local", true);
  bob.live(5s);
  CHECK(alice.ran.empty());
  SECTION("it is lost for good, and so until it shows that it hears us") {
    bob.live(6s);
    CHECK(alice.count("packet_irretrievable") == 1);
    CHECK(alice.ran.empty());
    bob.say(Message("NS_ackmsg").add("dest", "alice").add("ackseq", alice.said.back().get("seq")));
    alice.clear();
    bob.live(5200ms);
    REQUIRE(alice.heard("starting") != nullptr);  // deaf for so long: what does it hold now?
    CHECK(alice.ran.empty());
    bob.resource("local", true);
    bob.live(1s);
    CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  }
}

TEST_CASE("auto_failback legacy: a Heartbeat that was there all the time has never let go of its own groups") {
  Seat alice({}, model::Failback::legacy);
  alice.pass(4s);  // initdead, and we did not hear it
  REQUIRE(alice.state(1) == GroupState::held);
  Historic bob(alice);
  bob.live(15s);  // had it lost us as well, it would have begun to drop everything by now
  CHECK(alice.state(1) == GroupState::released);
  CHECK(alice.state(0) == GroupState::held);
}

TEST_CASE("auto_failback legacy: an answer that lay there while we slept is asked for once more") {
  Seat alice({}, model::Failback::legacy);
  Historic bob(alice);
  bob.live(1s);
  REQUIRE(alice.heard("ip-request") != nullptr);
  alice.clear();
  const auto yes = Message("ip-request-resp").add("dest", "alice").add("ipaddr", "IPaddr::10.0.0.1").add("weown", "no").add("ok", "OK");
  alice.now += 700ms;  // asleep; it may have taken the group since, and would not say so
  bob.say(yes);
  CHECK(alice.ran.empty());
  bob.live(400ms);
  REQUIRE(alice.heard("ip-request") != nullptr);
  bob.say(yes);
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
}

TEST_CASE("auto_failback legacy: an answer that comes while the group may not be tried again is not kept for then") {
  Seat alice({}, model::Failback::legacy);
  Historic bob(alice);
  const auto yes = Message("ip-request-resp").add("dest", "alice").add("ipaddr", "IPaddr::10.0.0.1").add("weown", "no").add("ok", "OK");
  bob.live(1s);
  REQUIRE(alice.heard("ip-request") != nullptr);
  alice.slow = true;
  bob.say(yes);
  REQUIRE(alice.ran.empty());  // its status is asked first
  for (int i = 0; i < 4 && alice.ran != Strings{"IPaddr::10.0.0.1 start"}; ++i)
    for (const auto& done : std::exchange(alice.running, {})) alice.give(done);
  REQUIRE(alice.running.size() == 1);
  auto bad = std::exchange(alice.running, {}).front();
  bad.code = 1;
  alice.give(bad);
  alice.slow = false;
  alice.end_scripts();
  REQUIRE(alice.state(0) == GroupState::failed);
  bob.live(2s);
  bob.say(yes);  // to a request of before; within the next half minute it may take the group without a word
  alice.clear();
  bob.live(40s);
  REQUIRE(alice.heard("ip-request") != nullptr);
  CHECK(alice.ran.empty());
  bob.say(yes);
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
}

TEST_CASE("nothing is taken on the word of a status of before our start that is sent again for a third node") {
  Seat alice;
  Historic bob(alice);
  const auto says = [&](std::string_view hears) {
    bob.say(Message("status").add("st", "active").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubstable", "1").add("ubhears", hears));
  };
  says("alice:6:ffff");  // from when this node's last process held it
  CHECK(alice.ran.empty());
  alice.pass(150ms);
  CHECK(alice.ran.empty());
  says("carol:7:ffff alice:7:ffff");
  says("carol:7:ffff alice:7:ffff");  // and knows by now that this node takes it
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
}

TEST_CASE("nothing is started before every live Upbeat knows of it") {
  Seat alice({}, model::Failback::on, false, true, [](model::Cluster& c) { c.nodes = {"alice", "bob", "carol"}; });
  Historic bob(alice), carol(alice, 12, "carol");
  const auto says = [&](Historic& node, std::uint64_t through, std::string_view holds = "") {
    Message m("status");
    m.add("st", "active").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubhears", fmt::format("bob:28:9 alice:7:{:x}", through));
    node.say(holds.empty() ? m : m.add("ubhold", holds));
  };
  says(carol, 2);
  says(bob, 2);
  const auto asks = [&] { return elect::heartbeat::Registry(alice.cluster, alice.resources, alice.cluster.nodes).understand(alice.heard("status")->get("ubhold"))[0].claim == elect::heartbeat::Claim::asking; };
  REQUIRE(asks());
  CHECK(alice.ran.empty());
  CHECK(alice.engine->snapshot().transition);
  const auto said_in = alice.heard("status")->get_hex("seq").value();
  says(carol, said_in);
  says(bob, said_in - 1);
  CHECK(alice.ran.empty());
  SECTION("then it is") {
    says(bob, said_in);
    CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  }
  SECTION("a node that leaves need not know") {
    bob.say(Message("shutdone").add("st", "dead"));
    CHECK(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  }
  SECTION("nor one that is dead") {
    for (int i = 0; i < 7; ++i) says(carol, 1000), alice.pass(200ms);
    CHECK(alice.ran[0] == "IPaddr::10.0.0.1 start");
  }
  SECTION("it may have taken the same in the meantime, and be the one that keeps it") {
    const auto holds = elect::heartbeat::Registry(alice.cluster, alice.resources, alice.cluster.nodes).announce({{elect::heartbeat::Claim::starting, 5}, {}, {}});
    says(bob, said_in, holds);
    CHECK(alice.ran.empty());
    CHECK_FALSE(asks());
  }
  SECTION("a new process asks anew") {
    Seat second(alice.memento, model::Failback::on, false, true, [](model::Cluster& c) { c.nodes = {"alice", "bob", "carol"}; });
    second.now = alice.now;
    Historic again(second), fourth(second, 12, "carol");
    again.transport = std::move(bob.transport), fourth.transport = std::move(carol.transport);
    says(fourth, said_in);
    CHECK(second.ran.empty());
  }
}

TEST_CASE("what another takes is answered at once, as it waits for us to know") {
  Seat alice;
  Historic bob(alice);
  const auto says = [&](std::string_view holds) {
    bob.say(Message("status").add("st", "active").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubhears", "alice:7:ffff").add("ubhold", holds));
  };
  const auto registry = elect::heartbeat::Registry(alice.cluster, alice.resources, alice.cluster.nodes);
  using elect::heartbeat::Claim;
  says(registry.announce({{Claim::held, 3}, {}}));
  alice.pass(50ms);
  alice.clear();
  says(registry.announce({{Claim::held, 3}, {}}));
  CHECK(alice.heard("status") == nullptr);
  says(registry.announce({{Claim::held, 3}, {Claim::asking, 4}}));
  REQUIRE(alice.heard("status") != nullptr);
  const auto hears = alice.heard("status")->get("ubhears");
  CHECK(elect::heartbeat::heard_through(hears, "bob", 40) == 3u);
  CHECK(elect::heartbeat::heard_through(hears, "bob", 41) == std::nullopt);
  CHECK(elect::heartbeat::is_heard(hears, "bob"));
  CHECK_FALSE(elect::heartbeat::is_heard(hears, "bo"));
}

TEST_CASE("who has slept for a Heartbeat's dead time waits to hear what that has taken meanwhile") {
  const auto asleep = GENERATE(700ms, 1200ms);
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(600ms);
  REQUIRE(alice.ran.empty());
  const auto planned = alice.engine->next_wake();
  alice.now = planned + asleep;
  bob.resource("none", true);  // said before it called us dead, lying there since
  alice.give(Tick{planned, "0.1 0.1 0.1 1/1 1"});
  bob.status("active");
  CHECK(alice.ran.empty() == (asleep == 1200ms));
  if (asleep == 700ms) return;
  bob.live(1s);
  CHECK(alice.ran.empty());
  bob.say(Message("starting"));  // it has seen that we are back
  CHECK(alice.ran[0] == "IPaddr::10.0.0.1 start");
}

TEST_CASE("a Heartbeat that is not at rest is told again and again what this node holds") {
  Seat alice({}, model::Failback::off);
  Historic bob(alice);
  bob.status("active");
  bob.say(Message("starting"));  // it did not hear us then, and does not ask again
  bob.live(5s);
  alice.clear();
  bob.live(11s);
  REQUIRE(alice.heard("resource") != nullptr);
  CHECK(alice.heard("resource")->get("isstable") == "1");
  bob.resource("none", true);
  bob.live(11s);
  alice.clear();
  bob.live(30s);
  CHECK(alice.heard("resource") == nullptr);
}

TEST_CASE("a Heartbeat that starts late has its dead time from then on to take what prefers it") {
  Seat alice;
  Historic bob(alice);
  bob.live(800ms, "up");
  bob.status("active");
  bob.say(Message("starting"));
  REQUIRE(alice.state(0) == GroupState::held);
  bob.live(800ms);
  CHECK(alice.state(1) == GroupState::released);
  bob.live(400ms);
  CHECK(alice.state(1) == GroupState::held);
}

TEST_CASE("what a Heartbeat denied to have in one handover is no word of the next") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  bob.resource("all", true);
  bob.live(2s);
  bob.ask("foreign", "me");
  bob.resource("local", true);  // said before it began to give; the network kept it back
  bob.ask("foreign", "done");
  REQUIRE(alice.ran == Strings{"IPaddr::10.0.0.1 start"});
  bob.live(70s);
  alice.clear();
  bob.ask("local", "me");
  REQUIRE(alice.heard("ask_resources")->get("info") == "other");
  bob.live(90s);  // its scripts stop it
  CHECK(alice.ran.empty());
  bob.ask("local", "done");
  CHECK(alice.ran == Strings{"IPaddr::10.0.0.2 start"});
}

TEST_CASE("what a Heartbeat said before it was seen to be deaf is no news of what it holds") {
  Seat alice;
  Historic bob(alice);
  bob.status("active");
  const auto stamped = bob.transport->stamp(Message("resource").add("rsc_hold", "none").add("rtype", "full").add("isstable", "1"), alice.clock(), "n/a");
  const bool deaf = GENERATE(false, true);
  bob.live(deaf ? 1400ms : 400ms);  // what is missing is asked for in vain
  alice.give(Datagram{0, wire::seal(stamped, alice.cluster.auth, model::MessageFormat::classic), "10.0.0.9", alice.now});
  CHECK(alice.ran.empty() == deaf);
  bob.live(400ms);
  CHECK(alice.ran.empty() == deaf);
  bob.resource("none", true);
  CHECK_FALSE(alice.ran.empty());
}

TEST_CASE("a Heartbeat that forgets the end of a handover is asked again") {
  Seat alice({}, model::Failback::off);
  Historic bob(alice);
  bob.status("active");
  bob.resource("none", true);
  bob.live(2s);
  REQUIRE(alice.state(0) == GroupState::held);
  alice.give(core::Standby{model::Holding::local});
  bob.ask("local", "other");
  REQUIRE(alice.heard("ask_resources")->get("info") == "done");
  alice.clear();
  bob.live(50s);  // its scripts may be at it
  CHECK(alice.heard("ask_resources") == nullptr);
  bob.live(11s);
  REQUIRE(alice.heard("ask_resources") != nullptr);
  CHECK(alice.heard("ask_resources")->get("info") == "me");
  CHECK(alice.heard("ask_resources")->get("rsc_hold") == "local");
  SECTION("and takes it") {
    bob.ask("local", "other");
    CHECK(alice.heard("ask_resources")->get("info") == "done");
    bob.resource("foreign", true);
    alice.clear();
    bob.live(90s);
    CHECK(alice.heard("ask_resources") == nullptr);
  }
  SECTION("or is still at it: once a minute") {
    alice.clear();
    bob.live(50s);
    CHECK(alice.heard("ask_resources") == nullptr);
    bob.live(20s);
    CHECK(alice.heard("ask_resources") != nullptr);
  }
  CHECK(alice.state(0) == GroupState::released);
}

TEST_CASE("a link is dead after the dead time of the node at its end, whoever is the last of the node lines") {
  Seat alice({}, model::Failback::on, false, true, [](model::Cluster& c) {
    c.nodes = {"alice", "bob", "carol"};
    c.media.push_back({model::Bcast{"eth1"}, 694, {}});
  });
  const auto peer = [](const std::string& name, std::uint8_t number) {
    Transport::Settings settings;
    settings.self = name;
    settings.uuid.fill(number);
    settings.generation = 40;
    auto out = std::make_unique<Transport>(settings);
    out->add_peer("alice");
    return out;
  };
  const auto bob = peer("bob", 2), carol = peer("carol", 3);
  const auto beat = [&](base::Duration time, const std::vector<LinkId>& links) {
    for (; time > 0ms; time -= 200ms) {
      for (const auto& [node, dt] : {std::pair{bob.get(), "bb8"}, std::pair{carol.get(), "5dc"}}) {
        const auto stamped = node->stamp(
            Message("status").add("st", "active").add("dt", dt).add("protocol", "1"), alice.clock(), "n/a");
        for (auto link : links)
          alice.give(Datagram{link, wire::seal(stamped, alice.cluster.auth, model::MessageFormat::classic), "10.0.0.9", alice.now});
      }
      alice.pass(200ms);
    }
  };
  const auto up = [&](std::string_view name) {
    const auto snapshot = alice.engine->snapshot();
    const auto node = std::find_if(snapshot.nodes.begin(), snapshot.nodes.end(), [&](const auto& n) { return n.name == name; });
    REQUIRE(node != snapshot.nodes.end());
    for (const auto& link : node->links)
      if (link.name == "eth1") return link.up;
    return false;
  };
  beat(1s, {0, 1});
  REQUIRE((up("bob") && up("carol")));
  beat(1s, {0});  // bob's dead time is 3 s, carol's 1.5 s, ours 1 s
  CHECK((up("bob") && up("carol")));
  beat(600ms, {0});
  CHECK((up("bob") && !up("carol")));
  beat(1s, {0});
  CHECK(up("bob"));
  beat(800ms, {0});
  CHECK_FALSE(up("bob"));
  CHECK(alice.count("node_dead") == 0);
}

TEST_CASE("a wish of a Heartbeat that its word of being at rest has overtaken is not answered") {
  Seat seat;
  Historic bob(seat);
  bob.status("active");
  bob.say(Message("starting"));
  bob.resource("local", true);
  bob.live(3s);
  REQUIRE(seat.state(0) == GroupState::held);
  seat.clear();
  const auto wish = bob.transport->stamp(Message("ask_resources").add("rsc_hold", "local").add("info", "me"), seat.clock(), "n/a");
  const bool at_rest = GENERATE(true, false);
  bob.resource("local", at_rest);
  for (int i = 0; i < 7; ++i) {  // longer than a gap is waited for, and no death, for its dead time is five seconds
    bob.say(Message("status").add("st", "active").add("dt", "1388").add("protocol", "1"));
    seat.pass(200ms);
  }
  seat.clear();
  seat.give(Datagram{0, wire::seal(wish, seat.cluster.auth, model::MessageFormat::classic), "10.0.0.9", seat.now});
  const auto* answer = seat.heard("ask_resources");
  if (at_rest) {
    CHECK(answer == nullptr);
    CHECK(seat.count("standby_other_in_flux") == 1);
  }
  bob.resource("local", true);
  bob.ask("local", "me");
  answer = seat.heard("ask_resources");
  REQUIRE(answer);
  CHECK(answer->get("info") == "other");
}
