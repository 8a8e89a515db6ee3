// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/transport.h"

#include "hbd/elect/heartbeat/transport_events.h"
#include "hbd/model/cluster.h"
#include "hbd/wire/seal.h"
#include "test/support/catch.h"
#include "test/unit/hbd/wire/vectors.h"

using namespace hbd;
using namespace hbd::elect::heartbeat;
using namespace std::chrono_literals;
using wire::FieldType;
using wire::Message;
namespace event = hbd::elect::heartbeat::transport_event;

namespace {

core::Now at(base::Duration since_start) { return {base::Mono(100s) + since_start, base::Wall(1795161600s) + since_start}; }

Uuid uuid(std::uint8_t fill) {
  Uuid out;
  out.fill(fill);
  return out;
}

Transport make(const std::string& self, const std::string& peer, std::uint64_t generation = 10, std::uint64_t seed = 1) {
  Transport transport({self, uuid(static_cast<std::uint8_t>(self[0])), generation, seed, 250ms, 3});
  transport.add_peer(peer);
  return transport;
}

Message status(std::string_view st = "active") { return Message("status").add("st", st).add("dt", "1b58").add("protocol", "1"); }

int count(const TransportWork& work, const base::EventKind& kind) {
  int n = 0;
  for (const auto& e : work.events) n += e.kind == &kind;
  return n;
}

int count(const std::vector<Message>& messages, std::string_view type) {
  int n = 0;
  for (const auto& m : messages) n += m.type() == type;
  return n;
}

/// Numbers `n` messages of bob's named by their info.
std::vector<Message> spoken(Transport& bob, int n, base::Duration when = 0s) {
  std::vector<Message> out;
  for (int i = 0; i < n; ++i) out.push_back(bob.stamp(Message("word").add_number("info", i), at(when), "n/a"));
  return out;
}

std::vector<std::string> infos(const std::vector<Message>& messages) {
  std::vector<std::string> out;
  for (const auto& m : messages) out.emplace_back(m.get("info"));
  return out;
}

}  // namespace

TEST_CASE("stamping gives the bytes that heartbeat sent") {
  // V11: dest first, both uuids, an empty list that is one blank; V9: no number and no load.
  Uuid a, b;
  std::copy(wire::test::kUuidA.begin(), wire::test::kUuidA.end(), a.begin());
  std::copy(wire::test::kUuidB.begin(), wire::test::kUuidB.end(), b.begin());
  auto heard = [](const Uuid& from, std::string_view name) {
    return Message("status").add("src", name).add("srcuuid", {reinterpret_cast<const char*>(from.data()), 16}, FieldType::binary)
        .add("seq", "1").add("hg", "1").add("ts", "1");
  };
  TransportWork work;
  core::Now now{base::Mono(1s), base::Wall(std::chrono::seconds(0x6b00084b))};
  Transport bob({"bob", b, 0x6b00084b, 1, 250ms, 3});
  bob.add_peer("alice");
  REQUIRE(bob.receive(heard(a, "alice"), now, work).fate == Fate::accepted);
  for (int i = 0; i < 3; ++i) bob.stamp(status(), now, "n/a");
  auto answer = bob.stamp(Message().add("dest", "alice").add("t", "repnodes").add("nodelist", "alice bob ").add("delnodelist", " "),
                          now, "0.44 0.26 0.14 4/118 31");
  const auto& v11 = wire::test::kVectors[10];
  CHECK(wire::seal(answer, v11.keys(), v11.format) == v11.bytes());

  Transport alice({"alice", a, 0x6b000854, 1, 250ms, 3});
  alice.add_peer("bob");
  work = {};
  alice.receive(heard(b, "bob"), now, work);
  auto request = alice.stamp(Message("NS_rexmit").add("dest", "bob").add("firstseq", "7").add("lastseq", "7"),
                             {base::Mono(1s), base::Wall(std::chrono::seconds(0x6b000b24))}, "n/a");
  const auto& v9 = wire::test::kVectors[8];
  CHECK(wire::seal(request, v9.keys(), v9.format) == v9.bytes());
  CHECK(alice.sequence() == 0);
}

TEST_CASE("fields that are there are overwritten in place, but not on NS_ messages") {
  auto bob = make("bob", "alice");
  auto m = bob.stamp(Message("num_ping_nodes").add("src", "forged").add("num_ping", "1").add("seq", "999"), at(0s), "n/a");
  CHECK(m.fields()[1].name == "src");
  CHECK(m.get("src") == "bob");
  CHECK(m.get("seq") == "1");
  auto ping = bob.stamp(Message("NS_st").add("src", "10.77.0.254"), at(0s), "n/a");
  CHECK(ping.get("src") == "10.77.0.254");
  CHECK_FALSE(ping.has("seq"));
  CHECK_FALSE(ping.has("ld"));
}

TEST_CASE("a peer whose uuid is unknown is addressed with zeros") {
  auto bob = make("bob", "alice");
  CHECK(bob.stamp(Message("reqnodes").add("dest", "alice"), at(0s), "").get("destuuid") == std::string(16, '\0'));
  CHECK_FALSE(bob.stamp(Message("x").add("dest", "nobody"), at(0s), "").has("destuuid"));
}

TEST_CASE("duplicates from a second medium are silent") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto words = spoken(bob, 3);
  for (const auto& m : words) {
    CHECK(alice.receive(m, at(0s), work).fate == Fate::accepted);
    auto again = alice.receive(m, at(0s), work);
    CHECK(again.fate == Fate::duplicate);
    CHECK(again.genuine());
  }
  CHECK(infos(work.deliver) == std::vector<std::string>{"0", "1", "2"});
  CHECK(work.events.empty());
}

TEST_CASE("reordering within the request delay is put right without a word and without a request") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto words = spoken(bob, 4);
  alice.receive(words[0], at(0ms), work);
  alice.receive(words[3], at(1ms), work);
  alice.receive(words[2], at(2ms), work);
  CHECK(infos(work.deliver) == std::vector<std::string>{"0"});
  CHECK(alice.next_wake() >= at(51ms).mono);
  CHECK(alice.next_wake() <= at(252ms).mono);
  alice.tick(at(49ms), work);
  alice.receive(words[1], at(50ms), work);
  CHECK(infos(work.deliver) == std::vector<std::string>{"0", "1", "2", "3"});
  CHECK(work.events.empty());
  CHECK(work.send.empty());
  CHECK(alice.next_wake() == base::kNever);
}

TEST_CASE("a status is never kept waiting, and an overtaken one is dropped") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto first = bob.stamp(status("up"), at(0s), "");
  auto second = bob.stamp(status("up"), at(0s), "");
  auto third = bob.stamp(status("active"), at(0s), "");
  alice.receive(first, at(0s), work);
  alice.receive(third, at(0s), work);
  REQUIRE(work.deliver.size() == 2);
  CHECK(work.deliver[1].get("st") == "active");
  CHECK(alice.receive(second, at(1ms), work).fate == Fate::consumed);
  CHECK(work.deliver.size() == 2);
  CHECK(alice.next_wake() == base::kNever);
}

TEST_CASE("a lasting gap is logged once, asked for every 250 ms, and closed by the answer") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto words = spoken(bob, 5);
  alice.receive(words[0], at(0ms), work);
  alice.receive(words[3], at(0ms), work);
  auto wake = alice.next_wake();
  CHECK(wake >= at(50ms).mono);
  CHECK(wake <= at(250ms).mono);
  alice.tick(at(250ms), work);
  REQUIRE(work.send.size() == 2);  // one packet per request
  CHECK(work.send[0].type() == "NS_rexmit");
  CHECK(work.send[0].get("firstseq") == "2");
  CHECK(work.send[0].get("lastseq") == "2");
  CHECK(work.send[1].get("firstseq") == "3");
  CHECK(work.send[0].get("dest") == "bob");
  REQUIRE(count(work, event::kLost) == 1);
  CHECK(work.events[0].text() == "2 lost packet(s) for [bob] [1:4]");
  alice.tick(at(499ms), work);
  CHECK(work.send.size() == 2);
  alice.tick(at(500ms), work);
  CHECK(work.send.size() == 4);
  CHECK(count(work, event::kLost) == 1);

  TransportWork answers;
  for (const auto& request : work.send) bob.receive(request, at(501ms), answers);
  REQUIRE(answers.send.size() == 2);  // the second pair came within 240 ms
  CHECK(answers.send[0] == words[1]);
  CHECK(answers.send[1] == words[2]);
  for (const auto& m : answers.send) alice.receive(m, at(502ms), work);
  CHECK(infos(work.deliver) == std::vector<std::string>{"0", "1", "2", "3"});
  CHECK(count(work, event::kFound) == 1);
  CHECK(work.events.back().text() == "No pkts missing from bob!");
  CHECK(alice.next_wake() == base::kNever);
}

TEST_CASE("requests are decimal, refusals hexadecimal, as the original has them") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto words = spoken(bob, 600);  // 1 to 100 have left the history
  for (int i = 0; i < 16; ++i) alice.receive(words[static_cast<std::size_t>(i)], at(0s), work);
  alice.receive(words[17], at(0s), work);  // number 17 is missing
  work = {};
  alice.tick(at(250ms), work);
  REQUIRE(work.send.size() == 1);
  CHECK(work.send[0].get("firstseq") == "17");
  TransportWork answers;
  bob.receive(work.send[0], at(260ms), answers);
  REQUIRE(answers.send.size() == 1);
  CHECK(answers.send[0].type() == "NS_nak_rexmit");
  CHECK(answers.send[0].get("firstseq") == "11");
  CHECK(answers.send[0].get("info") == "seqno too low");
  CHECK(answers.events[0].text() == "Cannot rexmit pkt 17 for alice: seqno too low");
  work = {};
  CHECK(alice.receive(answers.send[0], at(270ms), work).fate == Fate::consumed);
  REQUIRE(work.events.size() >= 1);
  CHECK(work.events[0].text() == "Irretrievably lost packet: node bob seq 17");
  CHECK(infos(work.deliver) == std::vector<std::string>{"17"});  // what waited for it goes on
  alice.receive(answers.send[0], at(280ms), work);
  CHECK(infos(work.deliver).size() == 1);
}

TEST_CASE("a resend is answered at most once per 240 ms, and not after an ack") {
  auto bob = make("bob", "alice");
  auto alice = make("alice", "bob");
  TransportWork work;
  spoken(bob, 5);
  auto request = [&](std::string_view first, std::string_view last) {
    return alice.stamp(Message("NS_rexmit").add("dest", "bob").add("firstseq", first).add("lastseq", last), at(0s), "");
  };
  bob.receive(request("2", "2"), at(239ms), work);
  CHECK(work.send.empty());
  bob.receive(request("2", "2"), at(240ms), work);
  CHECK(work.send.size() == 1);
  bob.receive(request("2", "2"), at(479ms), work);
  CHECK(work.send.size() == 1);
  bob.receive(alice.stamp(Message("NS_ackmsg").add("dest", "bob").add("ackseq", "3"), at(0s), ""), at(500ms), work);
  bob.receive(request("2", "4"), at(900ms), work);
  CHECK(work.send.size() == 2);
  bob.receive(request("6", "6"), at(900ms), work);
  CHECK(work.events.back().text() == "Rexmit of seq 6 requested. 5 is max.");
  auto said = work.events.size();
  for (int i = 0; i < 1000; ++i) bob.receive(request("6", "9000000000000000000"), at(901ms), work);
  CHECK(work.events.size() == said);
  for (const char* nonsense : {"", "-1", "0", "abc", "99999999999999999999999"})
    bob.receive(request(nonsense, "4"), at(5s), work);
  bob.receive(request("5", "4"), at(5s), work);
  CHECK(work.send.size() == 2);
}

TEST_CASE("refusals are bounded however many requests come") {
  auto bob = make("bob", "alice");
  auto alice = make("alice", "bob");
  TransportWork work;
  spoken(bob, 900);
  auto request = alice.stamp(Message("NS_rexmit").add("dest", "bob").add("firstseq", "1").add("lastseq", "300"), at(0s), "");
  for (int i = 0; i < 100; ++i) bob.receive(request, at(1s), work);
  CHECK(work.send.size() == static_cast<std::size_t>(Transport::kMaxRefusals));
  CHECK(work.events.size() == 1);
}

TEST_CASE("every tenth packet is acknowledged, to others only, and frees history") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  for (int i = 0; i < 100; ++i) alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  CHECK(count(work.send, "NS_ackmsg") == 10);
  for (const auto& ack : work.send) {
    CHECK(ack.get("dest") == "bob");
    CHECK(ack.get_hex("ackseq").value_or(0) % 10 == work.send[0].get_hex("ackseq").value_or(99) % 10);
  }
  TransportWork back;
  bob.receive(alice.stamp(status(), at(0s), ""), at(0s), back);
  for (const auto& ack : work.send) CHECK(bob.receive(ack, at(10s), back).fate == Fate::consumed);
  CHECK(back.send.empty());
  auto acked = work.send.back().get_hex("ackseq").value_or(0);
  auto old = alice.stamp(Message("NS_rexmit").add("dest", "bob").add_number("firstseq", static_cast<std::int64_t>(acked)).add_number("lastseq", static_cast<std::int64_t>(acked)), at(0s), "");
  bob.receive(old, at(20s), back);
  CHECK(back.send.empty());
  bob.receive(alice.stamp(Message("NS_ackmsg").add("dest", "bob").add("ackseq", "ffffffff"), at(0s), ""), at(20s), back);
  CHECK_FALSE(bob.congested(at(20s).mono));
}

TEST_CASE("a peer without flow control gets no acks") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  for (int i = 0; i < 50; ++i) alice.receive(bob.stamp(Message("status").add("st", "up"), at(0s), ""), at(0s), work);
  CHECK(work.send.empty());
}

TEST_CASE("an ack never covers a gap") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  std::vector<Message> all;
  for (int i = 0; i < 60; ++i) all.push_back(bob.stamp(status(), at(0s), ""));
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i != 24) alice.receive(all[i], at(0s), work);
  for (const auto& ack : work.send) CHECK(ack.get_hex("ackseq").value_or(99) <= 24);
  work.send.clear();
  alice.receive(all[24], at(0s), work);
  REQUIRE(work.send.size() == 1);  // and the closed gap is told at once
  CHECK(work.send[0].get_hex("ackseq") == 60);
}

TEST_CASE("who lags far behind makes the cluster congested, until it has caught up") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  const auto congested = [&](auto when) { return alice.congested(at(when).mono); };
  const auto acknowledge = [&](std::uint64_t sequence, auto when) {
    alice.receive(bob.stamp(Message("NS_ackmsg").add("dest", "alice").add_hex("ackseq", sequence), at(when), ""), at(when), work);
  };
  CHECK_FALSE(congested(0s));
  alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  spoken(alice, 250);
  CHECK_FALSE(congested(0s));
  spoken(alice, 1);
  CHECK(congested(0s));
  acknowledge(100, 1s);
  CHECK(congested(1s));  // 151 are still under way
  acknowledge(126, 2s);
  CHECK_FALSE(congested(2s));
  spoken(alice, 125);
  CHECK_FALSE(congested(2s));
  spoken(alice, 1);
  CHECK(congested(3s));
  alice.node_dead("bob");
  CHECK_FALSE(congested(3s));
}

TEST_CASE("a lower generation is heard once the higher one is dead, if it speaks later than that one did") {
  auto alice = make("alice", "bob");
  auto before = make("bob", "alice", 10);
  auto after = make("bob", "alice", 11);
  TransportWork work;
  const auto old_word = before.stamp(status(), at(50s), "");
  alice.receive(after.stamp(status(), at(100s), ""), at(100s), work);
  CHECK(alice.receive(before.stamp(status(), at(101s), ""), at(101s), work).fate == Fate::replay);
  alice.node_dead("bob");
  CHECK(alice.receive(old_word, at(110s), work).fate == Fate::replay);
  CHECK(alice.receive(before.stamp(status(), at(100s), ""), at(110s), work).fate == Fate::replay);
  const auto arrival = alice.receive(before.stamp(status(), at(110s), ""), at(110s), work);
  CHECK(arrival.fate == Fate::accepted);
  CHECK(arrival.restarted);
  CHECK(alice.generation_of("bob") == 10);
  CHECK(alice.receive(old_word, at(111s), work).fate != Fate::accepted);
}

TEST_CASE("what a peer said last is known to the process after this one: its records stay old") {
  auto alice = make("alice", "bob");
  auto before = make("bob", "alice", 10);
  auto after = make("bob", "alice", 11);
  TransportWork work;
  const auto status_then = before.stamp(status(), at(50s), "");
  const auto ack_then = after.stamp(Message("NS_ackmsg").add("dest", "alice").add_hex("ackseq", 1), at(50s), "");
  alice.receive(after.stamp(status(), at(100s), ""), at(100s), work);

  auto again = make("alice", "bob", 10, 99);
  REQUIRE(again.restore(alice.save(at(100s).mono), at(101s).mono));
  CHECK(again.receive(ack_then, at(101s), work).fate == Fate::replay);
  again.node_dead("bob");
  CHECK(again.receive(status_then, at(110s), work).fate == Fate::replay);
}

TEST_CASE("nobody waits for one that lives and does not hear us") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  spoken(alice, 300);
  CHECK(alice.congested(at(0s).mono));
  CHECK(alice.congested(at(9s).mono));
  CHECK_FALSE(alice.congested(at(10s).mono));
  spoken(alice, 100);
  CHECK_FALSE(alice.congested(at(11s).mono));
  // A word of it, and it has its time again.
  alice.receive(bob.stamp(Message("NS_ackmsg").add("dest", "alice").add_hex("ackseq", 20), at(12s), ""), at(12s), work);
  CHECK(alice.congested(at(12s).mono));
}

TEST_CASE("a restart is a status of a higher generation; older ones are replays, said rarely") {
  auto alice = make("alice", "bob");
  auto before = make("bob", "alice", 10);
  auto after = make("bob", "alice", 11);
  TransportWork work;
  auto old_words = spoken(before, 3);
  auto old_status = before.stamp(status(), at(0s), "");
  CHECK_FALSE(alice.receive(old_status, at(0s), work).restarted);
  CHECK(alice.generation_of("bob") == 10);

  auto early = after.stamp(Message("starting"), at(0s), "");
  CHECK(alice.receive(early, at(1s), work).fate == Fate::unannounced);
  auto arrival = alice.receive(after.stamp(status("init"), at(0s), ""), at(1s), work);
  CHECK(arrival.fate == Fate::accepted);
  CHECK(arrival.restarted);
  REQUIRE(work.events.size() == 1);
  CHECK(work.events[0].text() == "Heartbeat restart on node bob");
  CHECK(alice.generation_of("bob") == 11);

  work = {};
  for (int i = 0; i < 1000; ++i) CHECK(alice.receive(old_status, at(2s), work).fate == Fate::replay);
  CHECK(alice.receive(old_words[0], at(2s), work).fate == Fate::replay);
  CHECK(work.deliver.empty());
  REQUIRE(work.events.size() == 1);
  CHECK(work.events[0].text() == "should_drop_message: attempted replay attack [bob]? [gen = 10, curgen = 11]");
  auto ack = before.stamp(Message("NS_ackmsg").add("dest", "alice").add("ackseq", "1"), at(0s), "");
  CHECK(alice.receive(ack, at(2s), work).fate == Fate::replay);
  CHECK_FALSE(alice.receive(ack, at(2s), work).genuine());
}

TEST_CASE("after a declared death later numbers are taken and recorded ones are not") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto recorded = spoken(bob, 20);
  for (const auto& m : recorded) alice.receive(m, at(0s), work);
  spoken(bob, 400);  // not heard: the partition
  alice.node_dead("bob");
  work = {};
  for (const auto& m : recorded) CHECK(alice.receive(m, at(9s), work).fate == Fate::replay);
  auto arrival = alice.receive(bob.stamp(status(), at(9s), ""), at(9s), work);
  CHECK(arrival.fate == Fate::accepted);
  CHECK_FALSE(arrival.restarted);
  CHECK(work.deliver.size() == 1);
  CHECK(work.events.empty());
  CHECK(alice.next_wake() == base::kNever);  // the time of the partition is not asked for
}

TEST_CASE("nothing is asked of the dead") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto words = spoken(bob, 9);
  alice.receive(words[0], at(0s), work);
  alice.receive(words[8], at(0s), work);
  CHECK(alice.next_wake() != base::kNever);
  alice.node_dead("bob");
  CHECK(alice.next_wake() == base::kNever);
  alice.tick(at(10s), work);
  CHECK(work.send.empty());
}

TEST_CASE("a gap beyond 250 is given up with one line") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto words = spoken(bob, 260);
  alice.receive(words[0], at(0s), work);
  alice.receive(words[2], at(0s), work);
  alice.receive(words[255], at(0s), work);
  CHECK(count(work, event::kLostMany) == 1);
  CHECK(base::Event(event::kLostMany).text() == "lost a lot of packets!");
  CHECK(infos(work.deliver) == std::vector<std::string>{"0", "2", "255"});
  CHECK(alice.next_wake() == base::kNever);
}

TEST_CASE("what never comes holds others back for a second only, and is given up after ten seconds") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto words = spoken(bob, 6);
  alice.receive(words[0], at(0s), work);
  alice.receive(words[2], at(0s), work);
  alice.tick(at(999ms), work);
  CHECK(infos(work.deliver) == std::vector<std::string>{"0"});
  alice.tick(at(1000ms), work);
  CHECK(infos(work.deliver) == std::vector<std::string>{"0", "2"});
  alice.receive(words[3], at(1001ms), work);  // the same gap holds nothing back again
  CHECK(infos(work.deliver).back() == "3");
  for (int i = 0; i < 200 && alice.next_wake() != base::kNever; ++i)
    alice.tick({alice.next_wake(), base::Wall{}}, work);
  CHECK(alice.next_wake() == base::kNever);
  CHECK(count(work, event::kIrretrievable) == 1);
  CHECK(count(work.send, "NS_rexmit") == PeerSequence::kMaxRequests);
}

TEST_CASE("messages for others are numbered but not delivered") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  auto first = bob.stamp(Message("x").add("dest", "carol"), at(0s), "");
  auto second = bob.stamp(Message("x").add("dest", "alice"), at(0s), "");
  CHECK(alice.receive(first, at(0s), work).fate == Fate::not_for_us);
  CHECK(alice.receive(second, at(0s), work).fate == Fate::accepted);
  CHECK(work.deliver.size() == 1);
  CHECK(alice.receive(bob.stamp(Message("NS_rexmit").add("dest", "carol").add("firstseq", "1").add("lastseq", "1"), at(0s), ""),
                      at(0s), work).fate == Fate::not_for_us);
  CHECK(work.send.empty());
}

TEST_CASE("strangers, echoes, impostors and half messages") {
  auto alice = make("alice", "bob");
  auto eve = make("eve", "alice");
  TransportWork work;
  CHECK(alice.receive(eve.stamp(status(), at(0s), ""), at(0s), work).fate == Fate::stranger);
  auto own = alice.stamp(status(), at(0s), "");
  CHECK(alice.receive(own, at(0s), work).fate == Fate::own_echo);
  auto later = own;
  later.set("hg", "ff");
  CHECK(alice.receive(later, at(0s), work).fate == Fate::impostor);
  auto other = own;
  other.set("srcuuid", std::string(16, 'x'), FieldType::binary);
  CHECK(alice.receive(other, at(0s), work).fate == Fate::impostor);
  auto bob = make("bob", "alice");
  auto good = bob.stamp(Message("x"), at(0s), "");
  for (const char* name : {"t", "src", "ts", "hg", "seq"}) {
    auto half = good;
    half.remove(name);
    CHECK(alice.receive(half, at(0s), work).fate == Fate::malformed);
  }
  for (const char* nonsense : {"0", "-1", "zz", "", "ffffffffffffffff", "1000000000001"}) {
    auto bad = good;
    bad.set("seq", nonsense);
    CHECK(alice.receive(bad, at(0s), work).fate == Fate::malformed);
  }
  CHECK(work.deliver.empty());
  CHECK(work.events.empty());
  CHECK(alice.receive(good, at(0s), work).fate == Fate::accepted);
}

TEST_CASE("a changed uuid is believed, with a word") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  CHECK(alice.uuid_of("bob") == std::string(16, 'b'));
  auto changed = bob.stamp(status(), at(0s), "");
  changed.set("srcuuid", std::string(16, '\x01'), FieldType::binary);
  alice.receive(changed, at(0s), work);
  REQUIRE(work.events.size() == 1);
  CHECK(work.events[0].text() == "node bob changed its uuid to 01010101-0101-0101-0101-010101010101");
}

TEST_CASE("a process that died within its generation goes on where it was") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  auto words = spoken(bob, 6);
  for (std::size_t i : {0u, 1u, 3u}) alice.receive(words[i], at(0s), work);
  spoken(alice, 7);
  auto memento = alice.save(at(2s).mono);

  auto again = make("alice", "bob", 10, 99);
  REQUIRE(again.restore(memento, at(1s).mono));
  CHECK(again.sequence() == 7);
  CHECK(again.generation_of("bob") == 10);
  CHECK(again.uuid_of("bob") == std::string(16, 'b'));
  work = {};
  CHECK(again.receive(words[0], at(1s), work).fate == Fate::duplicate);
  again.tick(at(1s), work);
  std::vector<std::string> asked;
  for (const auto& m : work.send) asked.emplace_back(m.get("firstseq"));
  CHECK(asked == std::vector<std::string>{"4", "5"});  // the gap, and what waited behind it

  CHECK_FALSE(make("alice", "bob", 11).restore(memento, at(1s).mono));
  CHECK_FALSE(make("alice", "bob").restore("garbage", at(1s).mono));
  CHECK_FALSE(make("alice", "bob").restore(memento.substr(0, memento.size() - 9), at(1s).mono));
}

TEST_CASE("what was given up of what a peer said is missing for the next process, too, until it is seen to hear us") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  const auto words = spoken(bob, 2);
  alice.receive(words[1], at(0s), work);
  spoken(alice, 7);
  Message refusal("NS_nak_rexmit");
  refusal.add("dest", "alice").add_hex("firstseq", 2).add_hex("lastseq", 2);
  alice.receive(bob.stamp(std::move(refusal), at(1s), ""), at(1s), work);
  REQUIRE_FALSE(alice.complete("bob"));
  auto again = make("alice", "bob", 10, 99);
  REQUIRE(again.restore(alice.save(at(1s).mono), at(2s).mono));
  CHECK_FALSE(again.complete("bob"));
  Message ack("NS_ackmsg");
  ack.add("dest", "alice").add_hex("ackseq", 7);
  again.receive(bob.stamp(std::move(ack), at(2s), ""), at(2s), work);
  CHECK(again.complete("bob"));
}

TEST_CASE("who is no peer any more is a stranger, and one that is added again may speak again") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  spoken(alice, 600);
  REQUIRE(alice.congested(at(1s).mono));  // bob acknowledges nothing
  alice.drop_peer("bob", at(1s).mono);
  alice.drop_peer("bob", at(1s).mono);
  CHECK_FALSE(alice.congested(at(1s).mono));
  CHECK(alice.generation_of("bob") == 0);
  CHECK(alice.receive(bob.stamp(status(), at(2s), ""), at(2s), work).fate == Fate::stranger);
  alice.add_peer("bob");
  alice.set_ttl(7);
  CHECK(alice.receive(bob.stamp(status(), at(3s), ""), at(3s), work).fate == Fate::accepted);
  CHECK(alice.generation_of("bob") == 10);
  CHECK(alice.stamp(Message("word"), at(3s), "").get("ttl") == "7");
}

TEST_CASE("records of a node that was deleted are not new when it is added again") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  const auto first_life = bob.stamp(status(), at(0s), "");
  const auto unnumbered = bob.stamp(Message("NS_word"), at(0s), "");
  bob = make("bob", "alice", 11);
  const auto recorded = bob.stamp(status(), at(100s), "");
  CHECK(alice.receive(recorded, at(100s), work).fate == Fate::accepted);
  alice.drop_peer("bob", at(101s).mono);
  SECTION("by the same process") {}
  SECTION("by the next, which reads that it is a node again") {
    auto next = make("alice", "bob");
    REQUIRE(next.restore(alice.save(at(102s).mono), at(102s).mono));
    alice = std::move(next);
  }
  SECTION("by the next, which hears of it later") {
    auto next = make("alice", "carol");
    REQUIRE(next.restore(alice.save(at(102s).mono), at(102s).mono));
    alice = std::move(next);
    CHECK(alice.receive(recorded, at(102s), work).fate == Fate::stranger);
  }
  alice.add_peer("bob");
  work = {};
  CHECK(alice.receive(first_life, at(103s), work).fate == Fate::replay);
  CHECK(alice.receive(recorded, at(103s), work).fate == Fate::replay);
  CHECK(alice.receive(unnumbered, at(103s), work).fate == Fate::replay);
  CHECK(work.deliver.empty());
  CHECK(alice.receive(bob.stamp(status(), at(103s), ""), at(103s), work).fate == Fate::accepted);
  for (int i = 0; i < 1000; ++i) {
    const auto name = "n" + std::to_string(i);
    auto other = make(name, "alice");
    alice.add_peer(name);
    alice.receive(other.stamp(status(), at(104s), ""), at(104s), work);
    alice.drop_peer(name, at(104s).mono);
  }
  CHECK(alice.save(at(105s).mono).size() < 40'000);
}

TEST_CASE("the last words of a process that died are said again by the next when asked for; heartbeats are not") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  alice.stamp(status(), at(1s), "");                                                        // 1
  const auto done = alice.stamp(Message("ask_resources").add("info", "done"), at(1s), "");  // 2
  alice.stamp(Message("x").add("info", std::string(2000, 'x')), at(1s), "");                // 3
  const auto memento = alice.save(at(1s).mono);
  CHECK(make("alice", "bob").save(at(1s).mono).size() + 1500 > memento.size());

  auto again = make("alice", "bob", 10, 99);
  REQUIRE(again.restore(memento, at(2s).mono));
  work = {};
  again.receive(bob.stamp(Message("NS_rexmit").add("dest", "alice").add("firstseq", "1").add("lastseq", "3"), at(2300ms), ""),
                at(2300ms), work);
  REQUIRE(work.send.size() == 3);
  CHECK(work.send[0].type() == "NS_nak_rexmit");
  CHECK(work.send[1].get("info") == done.get("info"));
  CHECK(work.send[1].get("seq") == "2");
  CHECK(work.send[2].type() == "NS_nak_rexmit");

  auto late = make("alice", "bob", 10, 99);
  REQUIRE(late.restore(alice.save(at(60s).mono), at(61s).mono));
  work = {};
  late.receive(bob.stamp(Message("NS_rexmit").add("dest", "alice").add("firstseq", "2").add("lastseq", "2"), at(61s), ""), at(61s),
               work);
  REQUIRE(work.send.size() == 1);
  CHECK(work.send[0].type() == "NS_nak_rexmit");
}

TEST_CASE("memory stays bounded whatever a peer sends") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  TransportWork work;
  base::Rng rng(7);
  std::size_t sent = 0;
  for (int i = 0; i < 20000; ++i) {
    auto m = bob.stamp(Message("x").add("info", std::string(1000, 'x')), at(0s), "");
    if (i % 3 == 0) continue;  // gaps without end, never answered
    alice.receive(m, at(base::Millis(i)), work);
    ++sent;
    if (i % 50 == 0) alice.tick(at(base::Millis(i)), work);
    work.deliver.clear();
    work.send.clear();
  }
  CHECK(alice.save(at(2s).mono).size() < 8000);
  CHECK(work.events.size() < 20);
}

TEST_CASE("over a bad network every word arrives once and in order", "[property]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    base::Rng rng(seed);
    auto alice = make("alice", "bob", 10, seed);
    auto bob = make("bob", "alice", 10, seed + 100);
    std::multimap<base::Mono, std::pair<bool, Message>> network;  // bool: to alice
    std::vector<std::string> heard;
    auto transmit = [&](core::Now now, bool to_alice, const Message& m) {
      if (rng.chance(0.2)) return;
      int copies = rng.chance(0.2) ? 2 : 1;
      for (int i = 0; i < copies; ++i) network.emplace(now.mono + base::Millis(rng.between(0, 40)), std::pair(to_alice, m));
    };
    const int words = 300;
    int said = 0;
    for (auto t = 0ms; t < 120s; t += 10ms) {
      auto now = at(t);
      if (said < words && t.count() % 50 == 0) transmit(now, true, bob.stamp(Message("word").add_number("info", said++), now, ""));
      if (t.count() % 200 == 0) transmit(now, true, bob.stamp(status(), now, ""));
      if (t.count() % 200 == 100) transmit(now, false, alice.stamp(status(), now, ""));
      while (!network.empty() && network.begin()->first <= now.mono) {
        auto [to_alice, m] = network.begin()->second;
        network.erase(network.begin());
        TransportWork work;
        (to_alice ? alice : bob).receive(m, now, work);
        for (const auto& out : work.send) transmit(now, !to_alice, out);
        if (to_alice)
          for (const auto& d : work.deliver)
            if (d.type() == "word") heard.emplace_back(d.get("info"));
      }
      for (bool is_alice : {true, false}) {
        auto& side = is_alice ? alice : bob;
        if (side.next_wake() > now.mono) continue;
        TransportWork work;
        side.tick(now, work);
        for (const auto& out : work.send) transmit(now, !is_alice, out);
        if (is_alice)
          for (const auto& d : work.deliver)
            if (d.type() == "word") heard.emplace_back(d.get("info"));
      }
    }
    CHECK(said == words);
    std::vector<int> numbers;
    for (const auto& word : heard) numbers.push_back(std::stoi(word));
    std::sort(numbers.begin(), numbers.end());
    CHECK(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
    CHECK(static_cast<int>(numbers.size()) >= words - 1);  // the first may come before tracking starts
    int inversions = 0;
    for (std::size_t i = 1; i < heard.size(); ++i) inversions += std::stoi(heard[i]) < std::stoi(heard[i - 1]);
    CHECK(inversions <= words / 50);  // order yields after kHoldLimit
  }
}

TEST_CASE("an NS_ message that was recorded and played again is refused, whatever our own clock says") {
  auto alice = make("alice", "bob");
  auto bob = make("bob", "alice");
  auto ask = [&](base::Duration when) {
    return bob.stamp(Message("NS_rexmit").add("dest", "alice").add("firstseq", "1").add("lastseq", "1"), at(when), "");
  };
  alice.stamp(status(), at(0s), "");
  TransportWork work;
  alice.receive(bob.stamp(status(), at(0s), ""), at(0s), work);
  auto recorded = ask(1s);
  CHECK(alice.receive(recorded, at(1s), work).fate == Fate::consumed);
  alice.receive(bob.stamp(status(), at(20s), ""), at(20s), work);
  CHECK(alice.receive(recorded, at(20s), work).fate == Fate::consumed);  // it may have been on the way that long
  alice.receive(bob.stamp(status(), at(40s), ""), at(40s), work);
  work = {};
  for (int i = 0; i < 5; ++i) CHECK(alice.receive(recorded, at(40s), work).fate == Fate::replay);
  CHECK(work.send.empty());
  CHECK(count(work, event::kOldWord) == 1);
  CHECK(alice.receive(ask(41s), at(41s), work).fate == Fate::consumed);
  // Bob's clock is set back an hour: its next numbered word says so.
  alice.receive(bob.stamp(status(), at(-1h), ""), at(42s), work);
  CHECK(alice.receive(ask(-1h), at(42s), work).fate == Fate::consumed);
}
