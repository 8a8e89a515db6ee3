// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/clients.h"

#include "hbd/api/client_events.h"
#include "test/support/catch.h"
#include "test/unit/hbd/api/world.h"

using namespace hbd;
using namespace hbd::api;
using namespace std::chrono_literals;
using wire::Message;

namespace {

constexpr base::Mono kStart{100s};
constexpr Credentials kRoot{0, 0, 77};

Message request(std::string_view what, std::string_view from = "77") {
  return Message("hbapi-req").add("reqtype", what).add("dest", "alice").add("pid", "77").add("from_id", from);
}
Message signon(std::string_view from = "77") { return request("signon", from).add("uid", "0").add("gid", "0"); }

struct Desk : test::World {
  model::Cluster& cluster_of() { return World::cluster; }
  Clients clients{test::permissions()};
  Turn say(ClientId id, const Message& message, base::Mono now = kStart) {
    Turn turn;
    clients.request(id, message, view(), now, turn);
    return turn;
  }
  Turn cluster(const Message& message) {
    Turn turn;
    clients.from_cluster(message, view(), turn);
    return turn;
  }
  Turn join(ClientId id, std::string_view name, Credentials who = kRoot) {
    REQUIRE(clients.connected(id, who, kStart));
    return say(id, signon(name));
  }
};

std::string_view only_result(const Turn& turn) {
  REQUIRE(turn.deliveries.size() == 1);
  return turn.deliveries[0].message.get("result");
}

}  // namespace

TEST_CASE("a casual client signs on, asks, and is gone without a word to the cluster") {
  Desk desk;
  auto turn = desk.join(1, "77");
  CHECK(only_result(turn) == "OK");
  CHECK(turn.cluster.empty());
  CHECK(desk.say(1, request("getrsc")).deliveries[0].message.get("rsc_hold") == "all");
  CHECK(desk.say(1, request("nodelist")).deliveries.size() == 3);
  turn = desk.say(1, request("signoff"));
  CHECK(turn.deliveries.empty());
  CHECK(turn.close == std::vector<ClientId>{1});
  CHECK(turn.cluster.empty());
  CHECK(desk.clients.size() == 0);
}

TEST_CASE("a named client is announced, with a number per sign-on") {
  Desk desk;
  for (const char* generation : {"0", "1"}) {
    auto turn = desk.join(1, "tester");
    REQUIRE(turn.cluster.size() == 1);
    const auto& joined = turn.cluster[0].message;
    CHECK(joined.type() == "hbapi-clstat");
    CHECK(joined.get("st") == "join");
    CHECK(joined.get("from_id") == "tester");
    CHECK(joined.get("to_id") == "tester");
    CHECK(joined.get("info") == "signon");
    CHECK(joined.get("client_gen") == generation);
    CHECK(desk.clients.online("tester"));
    turn = desk.say(1, request("signoff", "tester"));
    REQUIRE(turn.deliveries.size() == 1);  // heartbeat tells the one who leaves, too
    CHECK(turn.deliveries[0].message.get("st") == "leave");
    CHECK(turn.cluster[0].message.get("info") == "signoff");
    CHECK_FALSE(desk.clients.online("tester"));
  }
}

TEST_CASE("a named client that dies is announced as gone; the stranger beside it is not") {
  Desk desk;
  desk.join(1, "tester");
  REQUIRE(desk.clients.connected(2, kRoot, kStart));
  Turn turn;
  desk.clients.disconnected(1, desk.view(), turn);
  desk.clients.disconnected(2, desk.view(), turn);
  REQUIRE(turn.cluster.size() == 1);
  CHECK(turn.cluster[0].message.get("st") == "leave");
  CHECK(turn.deliveries.empty());
  CHECK(turn.close.empty());
}

TEST_CASE("who may sign on, with heartbeat's reasons") {
  struct Case { Message request; Credentials who; std::string reason; };
  auto with = [](std::string_view field, std::string_view value, std::string_view name = "77") {
    auto m = signon(name);
    m.set(field, value);
    return m;
  };
  auto without_uid = signon();
  without_uid.remove("uid");
  const Case cases[] = {
      {with("uid", "5"), kRoot, "incorrect/false credentials"},
      {with("gid", "7"), kRoot, "incorrect/false credentials"},
      {with("uid", "4294967296"), kRoot, "incorrect/false credentials"},
      {with("uid", "-1"), kRoot, "incorrect/false credentials"},
      {without_uid, kRoot, "invalid id info"},
      {with("uid", "x"), kRoot, "invalid id info"},
      {with("from_id", ""), kRoot, "invalid id info"},
      {with("from_id", std::string(32, 'n')), kRoot, "invalid id info"},
      {with("from_id", "two words"), kRoot, "invalid id info"},
      {with("pid", "78"), kRoot, "bad pid"},
      {with("pid", "zz"), kRoot, "bad pid"},
      {with("from_id", "78"), kRoot, "pid mismatch"},
      {signon("nobodyknows"), kRoot, "no default client auth"},
      {signon("ipfail"), kRoot, "client failed authorization"},
      {with("uid", "9"), {9, 0, 77}, "client failed authorization"},
  };
  for (const auto& one : cases) {
    INFO(one.reason);
    Desk desk;
    REQUIRE(desk.clients.connected(1, one.who, kStart));
    auto turn = desk.say(1, one.request);
    CHECK(only_result(turn) == "badreq");
    CHECK(turn.deliveries[0].message.get("info") == one.reason);
    CHECK(turn.close == std::vector<ClientId>{1});
    REQUIRE(turn.events.size() == 1);
    CHECK(turn.events[0].text().ends_with("pid 77 failed authorization [" + one.reason + "]"));
    CHECK(desk.clients.size() == 0);
  }
}

TEST_CASE("groups and users that are allowed by default or by apiauth") {
  auto none = test::permissions({});
  CHECK(none.refusal("anon", {5, test::kHaclient, 1}).empty());
  CHECK(none.refusal("anon", {0, 0, 1}).empty());
  CHECK_FALSE(none.refusal("anon", {5, 5, 1}).empty());
  CHECK(none.refusal("ipfail", {test::kHacluster, 5, 1}).empty());
  CHECK(none.refusal("other", {0, 0, 1}) == "no default client auth");
  auto own = test::permissions({{"default", {"7"}, {}}, {"anon", {"nosuchuser"}, {}}});
  CHECK(own.refusal("other", {7, 0, 1}).empty());
  CHECK(own.refusal("other", {0, 0, 1}) == "client failed authorization");
  CHECK(own.refusal("anon", {0, 0, 1}) == "client failed authorization");
}

TEST_CASE("the same name and process signs on once; another process may share the name") {
  Desk desk;
  desk.join(1, "tester");
  auto turn = desk.join(2, "tester");
  CHECK(turn.deliveries[0].message.get("info") == "duplicate add request");
  CHECK(only_result(desk.say(1, signon("tester"))) == "badreq");  // twice on one connection; it stays
  CHECK(desk.clients.size() == 1);
  REQUIRE(desk.clients.connected(3, {0, 0, 78}, kStart));
  auto other = signon("tester");
  other.set("pid", "78");
  CHECK(only_result(desk.say(3, other)) == "OK");
}

TEST_CASE("a named client's words go out in its own name only") {
  Desk desk;
  desk.join(1, "tester");
  auto turn = desk.say(1, Message("hello").add("info", "x").add("dest", "bob"));
  REQUIRE(turn.cluster.size() == 1);
  CHECK(turn.cluster[0].client == "tester");
  std::vector<std::string> names;
  for (const auto& field : turn.cluster[0].message.fields()) names.push_back(field.name);
  CHECK(names == std::vector<std::string>{"t", "info", "dest", "from_id", "to_id", "client_gen"});
  CHECK(turn.deliveries.empty());
  CHECK(desk.say(1, Message("ask_resources").add("rsc_hold", "all").add("info", "me")).cluster.size() == 1);  // as ipfail does

  for (const auto& forged : {Message("hello").add("from_id", "ipfail"), Message("hello").add("to_id", "ipfail"), Message("status"),
                             Message("shutdone"), Message("NS_nak_rexmit"), Message("hbapi-clstat"), Message("resource"), Message(),
                             Message("x").add("big", std::string(wire::kMaxMessage, 'x'))}) {
    Desk other;
    other.join(1, "tester");
    auto refused = other.say(1, forged);
    CHECK(refused.close == std::vector<ClientId>{1});
    REQUIRE(refused.cluster.size() == 1);
    CHECK(refused.cluster[0].message.get("st") == "leave");
    CHECK(refused.events.size() == 1);
  }
}

TEST_CASE("what moves resources is for ipfail and for who has an apiauth line: who may only look is cut off") {
  for (const char* word : {"ask_resources", "hb_takeover"}) {
    const auto asked = Message(word).add("rsc_hold", "all").add("info", "me");
    Desk desk;
    desk.join(1, "tester");
    CHECK(desk.say(1, asked).cluster.size() == 1);
    REQUIRE(desk.clients.connected(2, {test::kHacluster, 0, 77}, kStart));
    auto ipfail = signon("ipfail");
    ipfail.set("uid", std::to_string(test::kHacluster));
    CHECK(only_result(desk.say(2, ipfail)) == "OK");
    CHECK(desk.say(2, asked).cluster.size() == 1);

    REQUIRE(desk.clients.connected(3, {1000, test::kHaclient, 77}, kStart));
    auto ping = signon("ping");
    ping.set("uid", "1000");
    ping.set("gid", std::to_string(test::kHaclient));
    CHECK(only_result(desk.say(3, ping)) == "OK");
    const auto refused = desk.say(3, asked);
    CHECK(refused.close == std::vector<ClientId>{3});
    REQUIRE(refused.events.size() == 1);
    CHECK(refused.events[0].text() == "Client [ping] pid 77 may not send " + std::string(word) + " to the cluster");
  }
}

TEST_CASE("casual clients and those not signed on may say nothing") {
  Desk desk;
  desk.join(1, "77");
  auto turn = desk.say(1, Message("hello"));
  CHECK(turn.close == std::vector<ClientId>{1});
  CHECK(turn.cluster.empty());
  for (const auto& early : {request("getrsc"), Message("hello"), Message()}) {
    REQUIRE(desk.clients.connected(2, kRoot, kStart));
    turn = desk.say(2, early);
    CHECK(turn.close == std::vector<ClientId>{2});
    CHECK(turn.deliveries.empty());
  }
  CHECK(desk.say(99, request("getrsc")).deliveries.empty());
}

TEST_CASE("a flood from a client is cut to a rate, with one line") {
  Desk desk;
  desk.join(1, "tester");
  std::size_t sent = 0, lines = 0;
  for (int i = 0; i < 10000; ++i) {
    auto turn = desk.say(1, Message("hello"), kStart + base::Millis(i / 10));
    sent += turn.cluster.size();
    lines += turn.events.size();
  }
  CHECK(sent >= 100);
  CHECK(sent <= 121);
  CHECK(lines == 1);
  CHECK(desk.say(1, Message("hello"), kStart + 10s).cluster.size() == 1);
}

TEST_CASE("while all are paused, of each client one message waits; then each has its turn") {
  Desk desk;
  desk.clients = Clients(test::permissions({{"tester", {"root"}, {}}, {"other", {"root"}, {}}}));
  desk.join(1, "tester");
  desk.join(2, "other");
  desk.join(3, "77");
  desk.clients.pause();
  for (int i = 0; i < 3; ++i) CHECK(desk.say(1, Message("hello").add_number("n", i)).cluster.empty());
  CHECK(desk.clients.waits(1));
  CHECK_FALSE(desk.clients.waits(2));
  CHECK(desk.say(2, Message("status")).close.empty());  // it may not say that; found out when it is its turn
  // Who only asks is answered.
  CHECK(desk.say(3, request("getrsc")).deliveries.size() == 1);
  CHECK_FALSE(desk.clients.waits(3));
  Turn turn;
  desk.clients.resume(desk.view(), kStart, turn);
  REQUIRE(turn.cluster.size() == 2);
  CHECK(turn.cluster[0].message.get("n") == "0");
  CHECK(turn.cluster[0].client == "tester");
  CHECK(turn.cluster[1].message.get("st") == "leave");
  CHECK(turn.close == std::vector<ClientId>{2});
  CHECK_FALSE(desk.clients.waits(1));
  CHECK(desk.say(1, Message("hello")).cluster.size() == 1);
}

TEST_CASE("a long message is sent, and costs as much as many short ones") {
  Desk desk;
  desk.join(1, "tester");
  auto big = Message("word").add("text", std::string(200'000, 'x'));
  int sent = 0;
  for (int i = 0; i < 20; ++i) sent += static_cast<int>(desk.say(1, big).cluster.size());
  CHECK(sent == 4);
  auto turn = desk.say(1, Message("word").add("text", std::string(wire::kMaxMessage, 'x')), kStart + 1h);
  CHECK(turn.cluster.size() == 1);  // its leaving
  CHECK(turn.close.size() == 1);
}

TEST_CASE("what comes from the cluster goes to the client it names, or to all named ones") {
  Desk desk;
  desk.join(1, "tester");
  desk.join(2, "77");
  REQUIRE(desk.clients.connected(3, kRoot, kStart));
  auto turn = desk.cluster(Message("num_ping_nodes").add("to_id", "ipfail"));
  CHECK(turn.deliveries.empty());
  turn = desk.cluster(Message("hello").add("to_id", "tester"));
  REQUIRE(turn.deliveries.size() == 1);
  CHECK(turn.deliveries[0].client == 1);
  CHECK(desk.cluster(Message("status").add("st", "dead")).deliveries.size() == 1);
  CHECK(only_result(desk.say(2, request("setfilter").add("fmask", "1"))) == "OK");
  CHECK(desk.cluster(Message("status").add("st", "dead")).deliveries.size() == 2);
  CHECK(only_result(desk.say(1, request("setfilter").add("fmask", "0"))) == "OK");
  CHECK(desk.cluster(Message("status").add("st", "dead")).deliveries.size() == 1);
}

TEST_CASE("filters and signals") {
  Desk desk;
  desk.join(1, "tester");
  CHECK(only_result(desk.say(1, request("setsignal").add("signal", "10"))) == "OK");
  CHECK(desk.cluster(Message("status")).deliveries[0].signal == 10);
  for (const char* bad : {"-1", "65", "x", ""}) CHECK(only_result(desk.say(1, request("setsignal").add("signal", bad))) == "badreq");
  CHECK(only_result(desk.say(1, request("setfilter").add("fmask", "10"))) == "OK");  // root
  CHECK(desk.say(1, request("set_sendqlen").add("sendqlen", "99999999")).deliveries.empty());
  Desk poor;
  REQUIRE(poor.clients.connected(1, {5, test::kHaclient, 77}, kStart));
  auto mine = signon();
  mine.set("uid", "5");
  mine.set("gid", "102");
  CHECK(only_result(poor.say(1, mine)) == "OK");
  CHECK(only_result(poor.say(1, request("setfilter").add("fmask", "10"))) == "badreq");
}

TEST_CASE("whether a client is signed on, here and on the other node") {
  Desk desk;
  desk.join(1, "77");
  auto ask = [&](std::string_view node, std::string_view name) {
    return desk.say(1, request("clientstatus").add("node", node).add("cn", name));
  };
  CHECK(ask("alice", "tester").deliveries[0].message.get("cs") == "offline");
  desk.join(2, "tester");
  auto here = ask("alice", "tester").deliveries[0].message;
  CHECK(here.get("cs") == "online");
  CHECK(here.get("subt") == "respond-cstatus");
  CHECK(ask("bob", "tester").deliveries[0].message.get("cs") == "offline");  // dead: nobody is on there
  CHECK(only_result(ask("zz", "tester")) == "badreq");
  CHECK(ask("10.77.0.1", "tester").deliveries[0].message.get("cs") == "offline");
  desk.snapshot.nodes[1].status = "active";
  auto turn = ask("bob", "tester");
  CHECK(turn.deliveries.empty());
  REQUIRE(turn.cluster.size() == 1);
  const auto& query = turn.cluster[0].message;
  CHECK(turn.cluster[0].client.empty());
  CHECK(query.type() == "query-cstatus");
  CHECK(query.get("dest") == "bob");
  CHECK(query.get("from_id") == "77");

  auto answered = desk.cluster(Message("respond-cstatus").add("dest", "alice").add("to_id", "77").add("cs", "online"));
  REQUIRE(answered.deliveries.size() == 1);
  CHECK(answered.deliveries[0].client == 1);
  CHECK(desk.cluster(Message("respond-cstatus").add("dest", "bob").add("to_id", "77")).deliveries.empty());

  auto asked = desk.cluster(Message("query-cstatus").add("dest", "alice").add("cn", "tester").add("from_id", "5").add("src", "bob"));
  CHECK(asked.deliveries.empty());
  REQUIRE(asked.cluster.size() == 1);
  CHECK(asked.cluster[0].message.type() == "respond-cstatus");
  CHECK(asked.cluster[0].message.get("dest") == "bob");
  CHECK(asked.cluster[0].message.get("to_id") == "5");
  CHECK(asked.cluster[0].message.get("cs") == "online");
  CHECK(desk.cluster(Message("query-cstatus").add("dest", "bob").add("cn", "tester")).cluster.empty());  // our own, echoed
}

TEST_CASE("a client's library asks every node for its like at start: this one answers, too") {
  Desk desk;
  desk.join(1, "tester");
  auto turn = desk.say(1, Message("query-cstatus").add("cn", "tester"));
  CHECK(turn.close.empty());
  REQUIRE(turn.cluster.size() == 1);
  auto echoed = turn.cluster[0].message;
  auto own = desk.cluster(echoed.add("src", "alice"));
  REQUIRE(own.deliveries.size() == 1);
  CHECK(own.deliveries[0].message.type() == "respond-cstatus");
  CHECK(own.deliveries[0].message.get("cs") == "online");
  CHECK(own.cluster.empty());
  auto theirs = desk.cluster(Message("query-cstatus").add("src", "bob").add("cn", "tester").add("from_id", "tester"));
  REQUIRE(theirs.cluster.size() == 1);
  CHECK(theirs.cluster[0].message.get("dest") == "bob");
  CHECK(theirs.deliveries.empty());
}

TEST_CASE("ipfail is online where it is built in") {
  Desk desk;
  REQUIRE(desk.clients.connected(1, kRoot, kStart));
  desk.say(1, signon());
  auto asked = request("clientstatus").add("node", "alice").add("cn", "ipfail");
  CHECK(desk.say(1, asked).deliveries.at(0).message.get("cs") == "offline");
  desk.cluster_of().respawn.push_back({"hacluster", "/usr/lib/heartbeat/ipfail", false, {}});
  CHECK(desk.say(1, asked).deliveries.at(0).message.get("cs") == "online");
  auto query = Message("query-cstatus").add("dest", "alice").add("src", "bob").add("cn", "ipfail").add("from_id", "99");
  CHECK(desk.cluster(query).cluster.at(0).message.get("cs") == "online");
}

TEST_CASE("connections are bounded, and those that never sign on are closed") {
  Desk desk;
  for (ClientId id = 1; id <= Clients::kMaxClients; ++id) REQUIRE(desk.clients.connected(id, kRoot, kStart));
  CHECK_FALSE(desk.clients.connected(1000, kRoot, kStart));
  CHECK(only_result(desk.say(1, signon())) == "OK");
  CHECK(desk.clients.next_wake() == kStart + Clients::kSignOnLimit);
  Turn turn;
  desk.clients.tick(kStart + 9s, turn);
  CHECK(turn.close.empty());
  desk.clients.tick(kStart + 10s, turn);
  CHECK(turn.close.size() == Clients::kMaxClients - 1);
  CHECK(desk.clients.size() == 1);
  CHECK(desk.clients.next_wake() == base::kNever);
}
