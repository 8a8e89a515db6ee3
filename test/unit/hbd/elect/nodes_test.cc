// SPDX-License-Identifier: Apache-2.0
// hb_addnode and hb_delnode: nodes that come and go while the others hold what they hold.
#include "base/text.h"
#include "hbd/elect/heartbeat/node_changes.h"
#include "test/unit/hbd/elect/hall.h"

using namespace hbd;
using namespace hbd::elect_test;
using elect::heartbeat::NodeChanges;

namespace {

Message add(std::string_view names) { return Message("addnode").add("nodelist", names); }
Message del(std::string_view names) { return Message("delnode").add("nodelist", names); }

Strings names_of(const Seat& seat) {
  Strings out;
  for (const auto& node : seat.engine->snapshot().nodes) out.push_back(node.name);
  return out;
}
std::string status_of(const Seat& seat, std::string_view name) {
  for (const auto& node : seat.engine->snapshot().nodes)
    if (node.name == name) return node.status;
  return "unknown";
}
std::string last_text(const Seat& seat, std::string_view id) {
  for (auto it = seat.events.rbegin(); it != seat.events.rend(); ++it)
    if (it->kind->id == id) return it->text();
  return {};
}

/// alice and a Heartbeat, each with its own.
struct Mixed {
  Mixed() {
    bob.status("active");
    bob.say(Message("starting"));
    bob.resource("local", true);
    bob.live(3s);
    seat.clear();
  }
  void root(Message m) { seat.give(LocalMessage{"", std::move(m)}); }
  Seat seat;
  Historic bob{seat};
};

const Strings kPair{"alice", "bob"}, kThree{"alice", "bob", "carol"};

}  // namespace

TEST_CASE("a node that is added on a Heartbeat, and never comes, has nothing and is not reset") {
  for (const bool stonith : {false, true}) {
    Seat seat({}, model::Failback::on, false, true, [&](model::Cluster& c) {
      c.media.push_back({model::Ping{"10.0.0.8"}, 694, {}});
      if (stonith) c.stonith = {{"null", "bob", {}, {}}};
    });
    seat.pong(1);
    Historic bob(seat);
    bob.status("active");
    bob.say(Message("starting"));
    bob.resource("local", true);
    bob.live(3s);
    seat.clear();
    bob.say(add("carol"));
    CHECK(names_of(seat) == Strings{"alice", "bob", "carol", "10.0.0.8"});
    CHECK(seat.nodes == kThree);
    CHECK(last_text(seat, "node_added") == "hb_add_one_node: Adding new node[carol] to configuration.");
    CHECK(status_of(seat, "carol") == "init");
    CHECK(seat.heard("addnode") == nullptr);  // it has said so to all
    bob.live(800ms);
    CHECK(status_of(seat, "carol") == "init");
    bob.live(400ms);
    CHECK(status_of(seat, "carol") == "dead");
    bob.live(40s);
    CHECK(status_of(seat, "bob") == "active");
    CHECK(seat.ran.empty());
    CHECK(seat.resets.empty());
    CHECK(seat.state(0) == GroupState::held);
    CHECK(seat.count("taking_over") == 0);
    for (const auto& m : seat.said)
      if (m.type() == "resource") CHECK(m.get("rsc_hold") == "local");
    CHECK_FALSE(seat.engine->snapshot().transition);

    seat.clear();
    bob.say(del("carol"));
    CHECK(names_of(seat) == Strings{"alice", "bob", "10.0.0.8"});
    CHECK(seat.nodes == kPair);
    CHECK(last_text(seat, "node_removed") == "Removing node [carol] from configuration.");
    REQUIRE_FALSE(seat.told.empty());
    CHECK(seat.told.front().type() == "delnode");  // as clients of the original hear of it
    CHECK(seat.told.front().get("node") == "carol");
    bob.live(3s);
    CHECK(seat.ran.empty());
    // The other's end is still its end.
    seat.pass(1500ms);
    CHECK(status_of(seat, "bob") == "dead");
    if (stonith)
      CHECK(seat.resets == Strings{"bob"});
    else
      CHECK(seat.ran == Strings{"IPaddr::10.0.0.2 start"});
  }
}

TEST_CASE("root's word is said to all and holds here, a client's is not") {
  Mixed m;
  m.seat.give(LocalMessage{"tester", add("carol")});
  CHECK(m.seat.heard("addnode") == nullptr);
  CHECK(names_of(m.seat) == kPair);
  auto word = add("Carol  dave");
  word.add("dest", "bob").add("src", "bob");
  m.root(word);
  REQUIRE(m.seat.heard("addnode") != nullptr);
  CHECK(m.seat.heard("addnode")->get("nodelist") == "carol dave");
  CHECK_FALSE(m.seat.heard("addnode")->has("dest"));
  CHECK(m.seat.heard("addnode")->get("src") == "alice");
  CHECK(names_of(m.seat) == Strings{"alice", "bob", "carol", "dave"});
  CHECK(m.seat.told.empty());
  m.bob.live(2s);
  m.root(del("carol dave"));
  REQUIRE(m.seat.heard("delnode") != nullptr);
  CHECK(names_of(m.seat) == kPair);
  CHECK(m.seat.ran.empty());
}

TEST_CASE("what cannot be added is refused with a word, and said to nobody") {
  Mixed m;
  const auto refused = [&](std::string_view names, std::string_view why) {
    m.seat.clear();
    m.root(add(names));
    CHECK(last_text(m.seat, "node_not_added") == why);
    CHECK(m.seat.count("node_added") == 0);
    return m.seat.heard("addnode") != nullptr;
  };
  // Others may not know it yet: said to them all the same.
  CHECK(refused("bob", "Add node bob failed: it is in the list here already; the others were told"));
  CHECK(refused("ALICE", "Add node alice failed: it is in the list here already; the others were told"));
  CHECK_FALSE(refused("-rf", "Add node -rf failed: this cannot be a node name"));
  CHECK_FALSE(refused("a/b", "Add node a/b failed: this cannot be a node name"));
  CHECK_FALSE(refused("a\x1b[2J", R"(Add node a\x1b[2j failed: this cannot be a node name)"));
  CHECK_FALSE(refused(std::string(100, 'x'), "Add node " + std::string(60, 'x') + "... failed: this cannot be a node name"));
  m.seat.clear();
  m.root(Message("addnode"));
  m.root(add("  "));
  std::string many;
  for (int i = 0; i < 101; ++i) many += "n" + std::to_string(i) + " ";
  m.root(add(many));
  CHECK(m.seat.count("node_word_refused") == 3);
  CHECK(last_text(m.seat, "node_word_refused") == "addnode of node alice is ignored: it names more than 100 nodes");
  CHECK(m.seat.heard("addnode") == nullptr);
  CHECK(names_of(m.seat) == kPair);

  SECTION("the same junk from another node") {
    m.seat.clear();
    m.bob.say(add("-rf a/b " + std::string(5000, 'y') + " alice carol carol \xff"));
    m.bob.say(add(std::string(60'000, 'z')));
    m.bob.say(add(many));
    m.bob.say(Message("addnode"));
    m.bob.say(Message("delnode"));
    CHECK(names_of(m.seat) == kThree);
    CHECK(m.seat.count("node_not_added") == 5);
    CHECK(m.seat.count("node_word_refused") == 3);
    CHECK(last_text(m.seat, "node_word_refused") == "delnode of node bob is ignored: it names no node");
  }
  SECTION("no more nodes than ha.cf may list") {
    many.clear();
    for (int i = 0; i < 100; ++i) many += "n" + std::to_string(i) + " ";
    m.root(add(many));
    CHECK(names_of(m.seat).size() == model::kMaxNodes);
    CHECK(last_text(m.seat, "node_not_added") == "Add node n99 failed: 100 nodes are the most");
    CHECK(m.seat.count("node_not_added") == 2);
    m.bob.live(2s);
    // Each heartbeat is as short as ever.
    CHECK(wire::seal(*m.seat.heard("status"), m.seat.cluster.auth, model::MessageFormat::classic).size() < 600);
    m.root(del(many));  // those that could not be added are not there
    CHECK(names_of(m.seat) == kPair);
    CHECK(m.seat.ran.empty());
  }
}

TEST_CASE("a ping node is no node that comes or goes") {
  Seat seat({}, model::Failback::on, false, true, [](model::Cluster& c) { c.media.push_back({model::Ping{"10.0.0.8"}, 694, {}}); });
  seat.pass(4s);
  seat.give(LocalMessage{"", add("10.0.0.8")});
  CHECK(last_text(seat, "node_not_added") == "Add node 10.0.0.8 failed: this is a ping node");
  REQUIRE(status_of(seat, "bob") == "dead");
  seat.give(LocalMessage{"", del("bob 10.0.0.8")});
  CHECK(last_text(seat, "node_delete_failed") == "Deleting node 10.0.0.8 failed: this is a ping node");
  CHECK(names_of(seat) == Strings{"alice", "10.0.0.8"});
}

TEST_CASE("who is deleted must be dead, and all others there: the original's rules") {
  Mixed m;
  m.root(add("carol dave"));
  const auto refused = [&](Message word, std::string_view id) {
    const auto before = names_of(m.seat);
    m.seat.clear();
    m.root(word);
    CHECK(m.seat.heard("delnode") == nullptr);  // nor asked of the others
    CHECK(names_of(m.seat) == before);
    const auto text = last_text(m.seat, id);
    m.seat.clear();
    m.bob.say(word);  // and the others' word is judged here as well
    CHECK(names_of(m.seat) == before);
    const auto here = " (hb_delnode " + std::string(word.get("nodelist")) + " on alice)";
    const auto there = " (hb_delnode " + std::string(word.get("nodelist")) + " on bob)";
    REQUIRE(text.ends_with(here));
    const auto bare = text.substr(0, text.size() - here.size());
    CHECK(last_text(m.seat, id) == bare + there);
    return bare;
  };
  CHECK(refused(del("carol dave"), "node_not_deleted") == "deletion failed: node carol is not dead");
  m.bob.live(2s);
  CHECK(refused(del("carol"), "node_not_deleted_now") == "deletion failed. We don't have all required nodes alive (dave is dead)");
  CHECK(refused(del("carol dave alice"), "node_not_deleted") == "deletion failed: node alice is not dead");
  CHECK(refused(del("carol dave bob"), "node_not_deleted") == "deletion failed: node bob is not dead");
  m.seat.clear();
  m.root(del("carol dave erin"));
  CHECK(last_text(m.seat, "node_delete_failed") == "Deleting node erin failed: it is not in the configuration");
  CHECK(names_of(m.seat) == kPair);
}

TEST_CASE("a dead node that must be reset first is not forgotten before that") {
  Seat seat({}, model::Failback::on, false, true, [](model::Cluster& c) { c.stonith = {{"null", "bob", {}, {}}}; });
  seat.pass(4s);
  REQUIRE(status_of(seat, "bob") == "dead");
  REQUIRE(seat.resets == Strings{"bob"});
  seat.give(LocalMessage{"", del("bob")});
  CHECK(last_text(seat, "node_delete_failed") == "Deleting node bob failed: it may hold resources, and must be reset first");
  CHECK(names_of(seat) == kPair);
  seat.give(JobDone{kFirstFence, JobDone::End::exited, 0, {}});
  REQUIRE(seat.ran.size() == 2);
  seat.give(LocalMessage{"", del("bob")});
  CHECK(names_of(seat) == Strings{"alice"});
  seat.pass(5s);
  CHECK(seat.ran.size() == 2);
  CHECK(seat.state(1) == GroupState::held);  // whose preferred node is no more
  Historic bob(seat);
  bob.live(2s);
  CHECK(seat.count("stranger") > 0);
  CHECK(seat.state(1) == GroupState::held);
}

TEST_CASE("what we tell who asks for the nodes") {
  Mixed m;
  const auto answer = [&] {
    m.seat.clear();
    m.bob.say(Message("reqnodes").add("dest", "alice"));
    REQUIRE(m.seat.heard("repnodes") != nullptr);
    return *m.seat.heard("repnodes");
  };
  auto said = answer();
  CHECK(said.get("dest") == "bob");
  CHECK(said.get("nodelist") == "alice bob ");
  CHECK(said.get("delnodelist") == " ");
  CHECK_FALSE(said.has("ubnodes"));
  CHECK_FALSE(m.seat.heard("status") != nullptr);
  m.root(add("dave carol"));
  said = answer();
  CHECK(said.get("nodelist") == "alice bob carol dave ");
  CHECK(said.get("delnodelist") == " ");
  m.bob.live(2s);
  REQUIRE(m.seat.heard("status") != nullptr);
  CHECK(m.seat.heard("status")->get("ubnodes").size() == 8);
  m.root(del("carol dave"));
  said = answer();
  CHECK(said.get("nodelist") == "alice bob ");
  CHECK(said.get("delnodelist") == "carol dave ");
  m.root(add("carol"));
  said = answer();
  CHECK(said.get("nodelist") == "alice bob carol ");
  CHECK(said.get("delnodelist") == "dave ");
}

TEST_CASE("at its start a node hears from a Heartbeat what was added and deleted meanwhile") {
  Seat seat({}, model::Failback::on, false, true, [](model::Cluster& c) { c.nodes = {"alice", "bob", "dave", "erin"}; });
  Historic bob(seat);
  const auto told = Message("repnodes").add("dest", "alice").add("nodelist", "bob carol alice -x ").add("delnodelist", "dave frank alice ");
  bob.status("active");
  bob.say(told);  // not asked for yet
  CHECK(names_of(seat).size() == 4);
  seat.pass(2800ms);
  bob.status("active");
  seat.pass(400ms);
  REQUIRE(seat.heard("reqnodes") != nullptr);
  bob.status("active");
  bob.say(told);
  // Who is in our ha.cf, and not in his list, is new in ha.cf: that is told, and kept.
  CHECK(names_of(seat) == Strings{"alice", "bob", "erin", "carol"});
  CHECK(last_text(seat, "node_added") == "hb_add_one_node: Adding new node[carol] to configuration. (as bob remembers)");
  CHECK(last_text(seat, "node_removed") == "Removing node [dave] from configuration. (as bob remembers)");
  CHECK(last_text(seat, "node_list_differs") == "Node bob has another list of nodes than this one: bob carol alice -x");
  CHECK(status_of(seat, "carol") == "init");
  bob.say(Message("repnodes").add("dest", "alice").add("nodelist", "alice bob zoe ").add("delnodelist", " "));
  CHECK(names_of(seat).size() == 4);
}

TEST_CASE("a third node joins after hb_addnode, takes its part, and leaves for good") {
  Hall hall;
  hall.start("alice", kPair);
  hall.start("bob", kPair);
  hall.pass(2s);
  REQUIRE(hall.holders(0) == Strings{"alice"});
  REQUIRE(hall.holders(1) == Strings{"bob"});
  const bool first_up = GENERATE(true, false);  // carol is there before the word, or after it
  if (first_up) hall.start("carol", kThree);
  hall.pass(500ms);
  CHECK(names_of(hall.at("alice")) == kPair);
  hall.root("bob", add("carol"));
  for (const auto* name : {"alice", "bob"}) CHECK(names_of(hall.at(name)) == kThree);
  if (!first_up) hall.start("carol", kThree);
  hall.pass(3s);
  for (const auto* name : {"alice", "bob", "carol"}) {
    CHECK(status_of(hall.at(name), "carol") == "active");
    CHECK(hall.at(name).count("ha_cf_differs") == (first_up && std::string_view(name) == "carol" ? 2 : 0));
    CHECK(hall.at(name).count("node_not_added") == 0);
    for (const auto& node : hall.at(name).engine->snapshot().nodes) CHECK_FALSE(node.files_differ);
  }
  CHECK(hall.at("alice").ran == Strings{"IPaddr::10.0.0.1 start"});
  CHECK(hall.at("bob").ran == Strings{"IPaddr::10.0.0.2 start"});

  hall.power_cut("bob");
  hall.pass(1500ms);
  CHECK(hall.holders(1) == Strings{"alice"});
  hall.power_cut("alice");
  hall.pass(1500ms);
  CHECK(hall.holders(0) == Strings{"carol"});
  CHECK(hall.holders(1) == Strings{"carol"});
  // They come back with their ha.cf, which never heard of carol: she has to tell them, before they take anything.
  auto& alice = hall.start("alice", kPair, 8);
  hall.start("bob", kPair, 8);
  hall.pass(4s);
  CHECK(names_of(hall.at("alice")) == kThree);
  CHECK(names_of(hall.at("bob")) == kThree);
  CHECK(hall.holders(0) == Strings{"alice"});
  CHECK(hall.holders(1) == Strings{"bob"});
  CHECK(hall.at("carol").count("conflict") == 0);
  CHECK(alice.count("conflict") == 0);
  for (const auto* name : {"alice", "bob"}) CHECK(hall.at(name).count("stranger") == 0);  // as who carol seemed to be at first

  hall.power_cut("carol");
  hall.pass(1500ms);
  hall.root("alice", del("carol"));
  for (const auto* name : {"alice", "bob"}) CHECK(names_of(hall.at(name)) == kPair);
  hall.pass(1s);
  hall.start("carol", kThree, 9);
  hall.pass(5s);
  CHECK(status_of(hall.at("alice"), "carol") == "unknown");
  CHECK(hall.holders(0) == Strings{"alice"});
  CHECK(hall.holders(1) == Strings{"bob"});
  CHECK(hall.at("carol").ran.empty());
}

TEST_CASE("a stranger is asked for its list only when it knows more, and believed only in answer to that") {
  Mixed m;
  Historic carol(m.seat, 12, "carol");
  const auto status = [&](std::string_view hears, std::string_view changes) {
    Message s("status");
    s.add("st", "active").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubhears", hears);
    if (!changes.empty()) s.add("ubnodes", changes);
    m.seat.clear();
    carol.say(s);
    return m.seat.heard("reqnodes");
  };
  const auto answer = [&](std::string_view ticket) {
    carol.say(Message("repnodes").add("dest", "alice").add("nodelist", "alice bob carol ").add("ubnodes", "carol:a:5 bob:d:ffffffff").add("ubask", ticket));
    return names_of(m.seat).size() > 2;
  };
  CHECK(status("bob:28:ffff", "12345678") == nullptr);
  CHECK(m.seat.count("stranger") == 0);  // she may be one of us
  CHECK(status("bob:28:ffff alice:7:ffff", "") == nullptr);
  CHECK_FALSE(answer(""));
  const auto* asked = status("bob:28:ffff alice:7:ffff", "12345678");
  REQUIRE(asked != nullptr);
  CHECK(asked->get("dest") == "carol");
  const std::string ticket(asked->get("ubask"));
  CHECK_FALSE(ticket.empty());
  CHECK_FALSE(answer(""));
  CHECK_FALSE(answer("7-1"));
  CHECK(status("alice:7:ffff", "12345678") == nullptr);  // not so soon again
  m.bob.live(1s);
  REQUIRE(status("alice:7:ffff", "12345678") != nullptr);
  CHECK_FALSE(answer(ticket));  // that was the time before
  CHECK(m.seat.count("stranger") == 0);
  m.bob.live(3s);
  CHECK(status("bob:28:ffff alice:7:ffff", "") == nullptr);
  CHECK(m.seat.count("stranger") == 1);  // and has not said so in time
  const std::string last(status("alice:7:ffff", "12345678")->get("ubask"));
  CHECK(answer(last));
  CHECK(last_text(m.seat, "node_added") == "hb_add_one_node: Adding new node[carol] to configuration. (as carol remembers)");
  CHECK(names_of(m.seat) == kThree);  // bob lives, whatever she says
  CHECK(m.seat.ran.empty());
}

TEST_CASE("who starts alone beside a node that it does not know waits for its list before it takes anything") {
  Hall hall;
  hall.start("alice", kPair);
  hall.start("bob", kPair);
  hall.pass(2s);
  hall.root("alice", add("carol"));
  hall.start("carol", kThree);
  hall.pass(2s);
  hall.power_cut("alice");
  hall.power_cut("bob");
  hall.pass(2s);
  REQUIRE(hall.holders(0) == Strings{"carol"});
  // bob has heard of carol, and she of him, when alice starts.
  hall.start("bob", kThree, 8);
  hall.pass(4s);
  hall.places.at("carol").away = true;
  auto& alice = hall.start("alice", kPair, 8);
  hall.places.at("carol").away = false;
  hall.pass(50ms);
  CHECK(names_of(alice) == kThree);
  hall.pass(3s);
  CHECK(hall.holders(0) == Strings{"alice"});
  for (const auto* name : {"alice", "bob", "carol"}) CHECK(hall.at(name).count("conflict") == 0);
}

TEST_CASE("a node that was out of reach hears of it as soon as it is heard again") {
  Hall hall;
  hall.start("alice", kPair);
  hall.start("bob", kPair);
  hall.pass(2s);
  hall.places.at("bob").away = true;
  hall.root("alice", add("carol"));
  hall.pass(500ms);
  CHECK(names_of(hall.at("bob")) == kPair);
  hall.places.at("bob").away = false;
  hall.pass(500ms);
  CHECK(names_of(hall.at("bob")) == kThree);
  hall.pass(2s);

  hall.places.at("bob").away = true;
  hall.pass(2s);
  // Each side says something else: the later word counts, on both.
  hall.at("alice").give(LocalMessage{"", add("dave erin")});
  hall.pass(2s);
  hall.at("bob").give(LocalMessage{"", add("frank")});
  hall.places.at("bob").away = false;
  hall.pass(1s);
  const Strings all{"alice", "bob", "carol", "dave", "erin", "frank"};
  CHECK(names_of(hall.at("alice")) == all);
  CHECK(names_of(hall.at("bob")) == all);
  hall.at("alice").clear(), hall.places.at("alice").read = 0;
  hall.at("bob").clear(), hall.places.at("bob").read = 0;
  hall.pass(5s);
  for (const auto* name : {"alice", "bob"}) {
    CHECK(hall.at(name).heard("reqnodes") == nullptr);  // all is said
    CHECK(hall.at(name).heard("status")->get("ubnodes") == hall.at("alice").heard("status")->get("ubnodes"));
    CHECK(hall.at(name).count("ha_cf_differs") == 0);
  }
}

TEST_CASE("whose groups are whose stays, when their preferred node is deleted") {
  const auto three = [](model::Cluster& c) { c.nodes = {"bob", "carol", "alice"}; };
  Hall hall;
  hall.start("alice", kThree, 7, three);
  hall.start("carol", kThree, 7, three);
  hall.pass(5s);  // bob is not there
  const auto holder = hall.holders(1);
  REQUIRE(holder.size() == 1);
  for (const auto* name : {"alice", "carol"}) hall.at(name).ran.clear();
  hall.root("alice", del("bob"));
  CHECK(names_of(hall.at("alice")) == Strings{"carol", "alice"});
  CHECK(names_of(hall.at("carol")) == Strings{"carol", "alice"});
  hall.pass(5s);
  CHECK(hall.holders(0) == Strings{"alice"});
  CHECK(hall.holders(1) == holder);
  for (const auto* name : {"alice", "carol"}) CHECK(hall.at(name).ran.empty());
  const auto survivor = holder.front() == "alice" ? "carol" : "alice";
  hall.power_cut(holder.front());
  hall.pass(2s);
  CHECK(hall.holders(1) == Strings{survivor});
}

TEST_CASE("nodes that list each other in another order agree who takes what nobody prefers, and who resets") {
  const bool stonith = GENERATE(false, true);
  const auto device = [&](model::Cluster& c) { if (stonith) c.stonith = {{"null", "bob", {}, {}}}; };
  const Strings other_order{"carol", "alice", "bob"};
  Hall hall;
  hall.start("alice", kPair, 7, device);
  hall.start("bob", kPair, 7, device);
  hall.pass(2s);
  hall.root("alice", add("carol"));
  hall.start("carol", other_order, 7, device);
  hall.pass(3s);
  REQUIRE(hall.holders(1) == Strings{"bob"});
  REQUIRE(names_of(hall.at("alice")) == kThree);
  REQUIRE(names_of(hall.at("carol")) == other_order);
  hall.power_cut("bob");
  hall.pass(2s);
  if (stonith) {
    CHECK(hall.at("alice").resets == Strings{"bob"});
    CHECK(hall.at("carol").resets.empty());
    hall.at("alice").give(JobDone{kFirstFence, JobDone::End::exited, 0, {}});
    hall.carry();
    hall.pass(2s);
  }
  CHECK(hall.holders(1) == Strings{"alice"});
  for (const auto* name : {"alice", "carol"}) CHECK(hall.at(name).count("conflict") == 0);
}

TEST_CASE("a node that is new to us alone, and that another hears, is reset before anything is taken") {
  const bool heard_there = GENERATE(true, false);
  Seat seat({}, model::Failback::on, false, true, [](model::Cluster& c) { c.stonith = {{"null", "bob carol", {}, {}}}; });
  Historic bob(seat);
  const auto speak = [&](int times, std::string_view hears) {
    for (; times > 0; --times) {
      bob.say(Message("status").add("st", "active").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubstable", "1").add("ubhears", hears));
      seat.pass(200ms);
    }
  };
  speak(10, "alice:7:ffff");
  seat.clear();
  bob.say(add("carol"));
  speak(2, heard_there ? "alice:7:ffff carol:1:ffff" : "alice:7:ffff");
  CHECK(status_of(seat, "carol") == "init");
  speak(10, "alice:7:ffff");
  CHECK(status_of(seat, "carol") == "dead");
  CHECK(seat.resets == (heard_there ? Strings{"carol"} : Strings{}));
}

TEST_CASE("a node that has no groups leaves none behind, and what is numbered after it keeps its place") {
  // carol's is a group without resources; it is ours by word alone while she is away.
  const auto three = [](model::Cluster& c) { c.nodes = kThree, c.media.push_back({model::Ping{"10.0.0.8"}, 694, {}}); };
  Seat seat({}, model::Failback::on, false, true, three);
  Historic bob(seat);
  const auto speak = [&](int times) {
    for (int i = 0; i < times; ++i) bob.status("active"), seat.pass(200ms);
  };
  bob.status("up");
  speak(20);
  bob.resource("local", true);
  speak(20);
  REQUIRE(status_of(seat, "carol") == "dead");
  REQUIRE(seat.state(0) == GroupState::held);
  const auto words = [](const Seat& s) { return base::words(s.heard("status")->get("ubhold")).size(); };
  const auto before = words(seat);
  seat.clear();
  seat.give(LocalMessage{"", del("carol")});
  speak(3);
  CHECK(names_of(seat) == Strings{"alice", "bob", "10.0.0.8"});
  CHECK(words(seat) == before - 1);
  CHECK(seat.ran.empty());
  CHECK(status_of(seat, "bob") == "active");
  Seat second(seat.memento, model::Failback::on, false, true, three);
  CHECK(second.count("bad_memento") == 0);
  CHECK(names_of(second) == Strings{"alice", "bob", "10.0.0.8"});
  CHECK(second.state(0) == GroupState::held);
  CHECK(second.ran.empty());
  second.give(LocalMessage{"", add("carol")});  // of ha.cf again, with her group
  CHECK(names_of(second) == Strings{"alice", "bob", "carol", "10.0.0.8"});
  CHECK(second.ran.empty());
}

TEST_CASE("a new process knows what was added and deleted, and how each node is") {
  Mixed m;
  m.root(add("carol dave erin"));
  Historic carol(m.seat, 12, "carol");
  const auto speak = [&] {
    carol.say(Message("status").add("st", "active").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubhears", "alice:7:ffff bob:28:ffff").add("ubstable", "1"));
  };
  for (int i = 0; i < 8; ++i) speak(), m.bob.live(200ms);
  REQUIRE(status_of(m.seat, "carol") == "active");
  REQUIRE(status_of(m.seat, "erin") == "dead");
  m.root(del("dave erin"));
  REQUIRE(m.seat.memento.find("dave:d:") != std::string::npos);
  m.root(add("frank"));
  const auto before = names_of(m.seat);
  REQUIRE(before == Strings{"alice", "bob", "carol", "frank"});
  const auto lived = m.seat.now;

  Seat second(m.seat.memento);
  second.now = lived;
  CHECK(second.count("bad_memento") == 0);
  CHECK(names_of(second) == before);
  CHECK(second.nodes == before);
  CHECK(second.count("node_added") == 0);
  CHECK(status_of(second, "carol") == "active");
  CHECK(status_of(second, "bob") == "active");
  CHECK(status_of(second, "frank") == "init");
  CHECK(second.state(0) == GroupState::held);
  CHECK(second.ran.empty());
  CHECK(second.heard("status")->get("ubnodes") == m.seat.heard("status")->get("ubnodes"));
  Historic same(second);
  same.transport = std::move(m.bob.transport);
  same.live(600ms);
  CHECK(second.ran.empty());
  same.say(Message("reqnodes").add("dest", "alice"));
  CHECK(second.heard("repnodes")->get("delnodelist") == "dave erin ");
  same.live(1s);
  CHECK(status_of(second, "frank") == "dead");
  CHECK(status_of(second, "carol") == "dead");
  CHECK(second.count("taking_over") == 0);
  CHECK(second.resets.empty());
  for (std::size_t cut = 0; cut < m.seat.memento.size(); cut += 3) Seat damaged(m.seat.memento.substr(0, cut));

  // What the one before this wrote.
  auto old = Mixed().seat.memento;
  const auto head = old.find("heartbeat 4\n");
  REQUIRE(head != std::string::npos);
  auto end = head;
  for (int lines = 0; lines < 5; ++lines) end = old.find('\n', end) + 1;
  Seat third(old.substr(0, head) + "heartbeat 3\n" + old.substr(end));
  CHECK(third.count("bad_memento") == 0);
  CHECK(third.state(0) == GroupState::held);
}

TEST_CASE("what was remembered before nodes came and went is read in the order that ha.cf had then") {
  const auto device = [](const Strings& nodes) {
    return [nodes](model::Cluster& c) { c.nodes = nodes, c.stonith = {{"null", "bob", {}, {}}}; };
  };
  Seat seat({}, model::Failback::on, false, true, device(kPair));
  seat.pass(4s);
  REQUIRE(seat.resets == Strings{"bob"});
  auto old = seat.memento;
  const auto head = old.find("heartbeat 4\n");
  REQUIRE(head != std::string::npos);
  auto end = head;
  for (int lines = 0; lines < 5; ++lines) end = old.find('\n', end) + 1;
  old = old.substr(0, head) + "heartbeat 3\n" + old.substr(end);
  Seat other_order(old, model::Failback::on, false, true, device({"bob", "alice"}));
  CHECK(other_order.count("bad_memento") == 0);
  CHECK(other_order.resets == Strings{"bob"});
  CHECK(names_of(other_order) == Strings{"bob", "alice"});
  CHECK(status_of(other_order, "bob") == "dead");
  CHECK(other_order.ran.empty());
  other_order.give(JobDone{kFirstFence, JobDone::End::exited, 0, {}});
  CHECK(other_order.ran.size() == 2);
  Seat others(old, model::Failback::on, false, true, device({"alice", "carol"}));
  CHECK(others.count("bad_memento") == 1);
  for (std::size_t cut = 0; cut < old.size(); cut += 3) Seat damaged(old.substr(0, cut), model::Failback::on, false, true, device({"bob", "alice"}));
}

TEST_CASE("an ha.cf for which there is no room beside added nodes is taken as far as there is") {
  Mixed m;
  m.root(add("carol"));
  Strings most = kPair;
  while (most.size() < model::kMaxNodes) most.push_back("n" + std::to_string(most.size()));
  const auto file = [&](model::Cluster& c) { c.nodes = most; };
  Seat second(m.seat.memento, model::Failback::on, false, true, file);
  CHECK(second.count("bad_memento") == 0);
  CHECK(names_of(second).size() == model::kMaxNodes);
  CHECK(status_of(second, "carol") == "init");
  CHECK(last_text(second, "node_not_added") == "Add node n99 failed: 100 nodes are the most");
  Seat third(second.memento, model::Failback::on, false, true, file);
  CHECK(third.count("bad_memento") == 0);
  CHECK(names_of(third) == names_of(second));
  CHECK(third.state(0) == GroupState::held);
}

TEST_CASE("lists that stay different, whoever is asked, are told once") {
  Mixed m;
  const auto speak = [&](base::Duration d) {
    for (; d > 0ms; d -= 200ms) {
      m.bob.say(Message("status").add("st", "active").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubstable", "1").add("ubhears", "alice:7:ffff")
                    .add("ubnodes", "12345678").add("ubset", "nodes=alice,bob,zoe auto_failback=on keepalive=200ms deadtime=1000ms"));
      m.seat.pass(200ms);
    }
  };
  speak(30s);
  CHECK(m.seat.count("ha_cf_differs") == 0);
  speak(100s);
  CHECK(m.seat.count("ha_cf_differs") == 1);
  CHECK(last_text(m.seat, "ha_cf_differs").find("nodes is alice,bob,zoe there, alice,bob here") != std::string::npos);
  speak(200s);
  CHECK(m.seat.count("ha_cf_differs") == 1);
}

TEST_CASE("a node that hb_delnode names twice is deleted once, without a complaint") {
  Mixed m;
  const auto claims = Message("status").add("st", "active").add("dt", "3e8").add("protocol", "1").add("upbeat", "1").add("ubhears", "alice:7:ffff").add("ubnodes", "12345678");
  m.bob.say(claims);
  REQUIRE(m.seat.heard("reqnodes") != nullptr);
  m.bob.say(Message("repnodes").add("dest", "alice").add("nodelist", "alice bob carol ").add("ubnodes", "carol:a:ffffffff"));
  REQUIRE(names_of(m.seat) == kThree);
  for (int i = 0; i < 8; ++i) m.bob.say(claims), m.seat.pass(200ms);
  REQUIRE(status_of(m.seat, "carol") == "dead");
  m.root(del("carol Carol"));
  CHECK(names_of(m.seat) == kPair);
  CHECK(m.seat.count("node_delete_failed") == 0);
  REQUIRE(m.seat.heard("delnode") != nullptr);
  CHECK(m.seat.heard("delnode")->get("nodelist") == "carol");
}

TEST_CASE("a new process with other node lines in ha.cf") {
  Mixed m;
  m.root(add("carol"));
  m.bob.live(1200ms);
  const auto with = [&](const Strings& nodes, std::string_view memento) {
    return std::make_unique<Seat>(memento, model::Failback::on, false, true, [&](model::Cluster& c) { c.nodes = nodes; });
  };
  const auto unmoved = [](const Seat& seat) {
    CHECK(seat.count("bad_memento") == 0);
    CHECK(seat.ran.empty());
    CHECK(seat.state(0) == GroupState::held);
    CHECK(status_of(seat, "bob") == "active");
  };
  SECTION("that has got what was added") {
    auto seat = with(kThree, m.seat.memento);
    unmoved(*seat);
    CHECK(names_of(*seat) == kThree);
    CHECK(status_of(*seat, "carol") == "dead");
  }
  SECTION("in another order, with a new node") {
    auto seat = with({"zoe", "bob", "alice"}, m.seat.memento);
    unmoved(*seat);
    CHECK(names_of(*seat) == Strings{"zoe", "bob", "alice", "carol"});
    CHECK(last_text(*seat, "node_added") == "hb_add_one_node: Adding new node[zoe] to configuration.");
    seat->now = m.seat.now;
    Historic same(*seat);
    same.transport = std::move(m.bob.transport);
    same.live(5s);
    CHECK(status_of(*seat, "zoe") == "dead");  // never there, and nothing is taken for it
    CHECK(seat->count("taking_over") == 0);
    CHECK(seat->ran.empty());
    CHECK(seat->resets.empty());
  }
  SECTION("that had it, and has it not any more") {
    auto listed = with(kThree, m.seat.memento);
    auto seat = with(kPair, listed->memento);
    unmoved(*seat);
    CHECK(names_of(*seat) == kPair);
    CHECK(last_text(*seat, "node_removed") == "Removing node [carol] from configuration.");
    // And that names again what was deleted: the file is the later word.
    auto again = with(kThree, seat->memento);
    unmoved(*again);
    CHECK(names_of(*again) == kThree);
  }
  SECTION("a living node stays, whatever the file says") {
    auto seat = with({"alice", "carol"}, m.seat.memento);
    unmoved(*seat);
    CHECK(names_of(*seat) == Strings{"alice", "carol", "bob"});
    CHECK(seat->count("node_stays") == 1);
    CHECK(seat->nodes == names_of(*seat));
    seat->now = m.seat.now;
    Historic same(*seat);
    same.transport = std::move(m.bob.transport);
    same.live(1s);
    CHECK(seat->ran.empty());
    seat->pass(2s);
    CHECK(seat->ran == Strings{"IPaddr::10.0.0.2 start"});
    seat->give(LocalMessage{"", del("bob carol")});
    CHECK(names_of(*seat) == Strings{"alice"});
  }
}

TEST_CASE("a node line that comes with a reload while the first nodes are still awaited holds nobody up") {
  Seat first;
  REQUIRE(status_of(first, "alice") == "up");
  Seat second(first.memento, model::Failback::on, false, true, [](model::Cluster& c) { c.nodes = kThree; });
  REQUIRE(second.count("bad_memento") == 0);
  CHECK(status_of(second, "alice") == "up");
  second.pass(3100ms);  // initdead
  CHECK(status_of(second, "carol") == "dead");
  CHECK(status_of(second, "alice") == "active");
}

TEST_CASE("changes of the list: the later word counts, in whatever order it is heard") {
  NodeChanges a, b;
  CHECK(a.digest().empty());
  REQUIRE(a.say("carol", true, 100));
  REQUIRE(a.say("carol", false, 100));  // within the same second
  CHECK(a.find("carol")->at == 101);
  CHECK(a.applied_to({"alice", "carol"}) == Strings{"alice"});
  CHECK(a.deleted() == Strings{"carol"});
  REQUIRE(b.say("carol", true, 90));
  CHECK_FALSE(a.hear("carol", *b.find("carol")));
  CHECK(b.hear("carol", *a.find("carol")));
  CHECK(a.digest() == b.digest());
  CHECK(a.hear("carol", {true, 101}));  // who is there, rather than who is not
  CHECK_FALSE(a.hear("carol", {false, 101}));
  CHECK_FALSE(a.hear("carol", {false, ~0ull}));
  REQUIRE(a.say("dave", true, ~0ull));
  CHECK(a.find("dave")->at == NodeChanges::kLatest);
  CHECK(NodeChanges::parse(a.text()).all() == a.all());
  CHECK(NodeChanges::parse("carol:a:1 :a:1 x:b:1 y:a:g z:a: -r:a:1 -r:d:1 a:a:1:1 " + std::string(100, 'x') + ":a:1").text() ==
        "-r:d:1 carol:a:1");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "n" + std::to_string(i) + ":d:" + std::to_string(i) + " ";
  auto full = NodeChanges::parse(many);
  CHECK(full.all().size() == NodeChanges::kMost);
  REQUIRE(full.say("carol", true, 5));  // for the oldest deletion
  CHECK(full.all().size() == NodeChanges::kMost);
  CHECK(full.applied_to({}) == Strings{"carol"});
}

namespace {
const NodeView& view_of(const Snapshot& snapshot, std::string_view name) {
  const auto at = std::find_if(snapshot.nodes.begin(), snapshot.nodes.end(), [&](const auto& n) { return n.name == name; });
  REQUIRE(at != snapshot.nodes.end());
  return *at;
}
Message weigh(std::string_view node, std::string_view weight) {
  return Message("setweight").add("node", node).add("weight", weight);
}
Message place(std::string_view node, std::string_view site) {
  return Message("setsite").add("node", node).add("site", site);
}
}  // namespace

TEST_CASE("hb_setweight and hb_setsite are kept, said to all, and known to the next process") {
  Mixed m;
  m.root(weigh("Bob", "50").add("more", std::string(70000, 'x')));
  m.root(place("alice", "second room = left"));
  CHECK(last_text(m.seat, "node_labelled") == "The site of node alice is now \"second room = left\" (hb_setsite on alice)");
  REQUIRE(m.seat.heard("setweight"));
  CHECK(m.seat.heard("setweight")->get("weight") == "50");
  REQUIRE(m.seat.heard("setsite"));
  m.bob.say(weigh("alice", "0"));
  const auto check = [](const Seat& seat) {
    const auto now = seat.engine->snapshot();
    CHECK(view_of(now, "bob").weight == 50);
    CHECK(view_of(now, "bob").site.empty());
    CHECK(view_of(now, "alice").weight == 0);
    CHECK(view_of(now, "alice").site == "second room = left");
  };
  check(m.seat);
  m.seat.pass(300ms);
  Seat second(m.seat.memento);
  CHECK(second.count("bad_memento") == 0);
  check(second);
  m.root(add("carol"));  // renumbers the nodes
  check(m.seat);
  CHECK(view_of(m.seat.engine->snapshot(), "carol").weight == 100);
}

TEST_CASE("a weight or a site that makes no sense is refused where it is said, and said to nobody") {
  Mixed m;
  for (const auto* weight : {"", "heavy", "-1", "1.5", "99999999999"}) m.root(weigh("bob", weight));
  CHECK(m.seat.count("node_label_refused") == 5);
  CHECK(last_text(m.seat, "node_label_refused") ==
        "The weight of node bob stays as it is: it must be a number from 0 on, not \"99999999999\" (hb_setweight on alice)");
  m.root(place("bob", std::string(100, 'x')));
  m.root(place("bob", "two\nlines"));
  m.root(place("bob", "\xc2\x9b" "2J"));
  m.root(place("bob", "\xff"));
  m.root(Message("setsite").add("node", "bob"));
  CHECK(m.seat.count("node_label_refused") == 10);
  m.root(weigh("eve", "1"));
  CHECK(last_text(m.seat, "node_weight_refused") == "set weight to non-existing node eve (hb_setweight on alice)");
  m.root(place("eve", "1"));
  CHECK(last_text(m.seat, "node_site_refused") == "set site to non-existing node eve (hb_setsite on alice)");
  CHECK(m.seat.heard("setweight") == nullptr);
  CHECK(m.seat.heard("setsite") == nullptr);
  CHECK(view_of(m.seat.engine->snapshot(), "bob").weight == 100);
  SECTION("nor does a client say it in our name") {
    m.seat.give(LocalMessage{"tool", weigh("bob", "7")});
    CHECK(m.seat.heard("setweight") == nullptr);
    CHECK(view_of(m.seat.engine->snapshot(), "bob").weight == 100);
  }
  SECTION("what another node says wrongly is refused as well") {
    m.bob.say(weigh("alice", "much"));
    CHECK(last_text(m.seat, "node_label_refused") ==
          "The weight of node alice stays as it is: it must be a number from 0 on, not \"much\" (hb_setweight on bob)");
  }
}
