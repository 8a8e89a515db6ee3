// SPDX-License-Identifier: Apache-2.0
// A ring of serial lines: three nodes and more, each with a line to the one before it and to the one after it.
#include "test/unit/hbd/elect/seat.h"

using namespace hbd;
using namespace hbd::elect_test;

namespace {

constexpr LinkId kLeft = 0, kRight = 1, kEthernet = 2;

struct Ring {
  explicit Ring(std::vector<model::MediumEntry> media = {{model::Serial{"/dev/ttyS0", 19200}, 694, {}},
                                                         {model::Serial{"/dev/ttyS1", 19200}, 694, {}},
                                                         {model::Bcast{"eth0"}, 694, {}}},
                Strings nodes = {"alice", "bob", "carol"})
      : seat({}, model::Failback::on, false, true, [&](model::Cluster& cluster) {
          cluster.nodes = std::move(nodes);
          cluster.media = std::move(media);
        }) {
    elect::heartbeat::Transport::Settings settings;
    settings.self = "bob";
    settings.uuid.fill(2);
    settings.generation = 40;
    bob = std::make_unique<Transport>(settings);
    seat.clear();
  }
  Message stamped(Message m, std::string_view ttl = "4") {
    auto out = bob->stamp(std::move(m), seat.clock(), "n/a");
    out.set("ttl", ttl);
    return out;
  }
  void arrives(LinkId link, const Message& m) {
    const auto packet = link == kEthernet ? wire::seal(m, seat.cluster.auth, model::MessageFormat::classic)
                                          : wire::seal_text(m, seat.cluster.auth);
    seat.give(Datagram{link, packet, "tty", seat.now});
  }
  /// Where a packet of that node has been sent on, each with its hops.
  std::vector<std::pair<LinkId, std::string>> passed_on(std::string_view src) const {
    std::vector<std::pair<LinkId, std::string>> out;
    for (const auto& [link, bytes] : seat.on_link) {
      const auto m = wire::open(bytes, seat.cluster.auth);
      REQUIRE(m);
      if (m->get("src") != src) continue;
      CHECK(bytes.starts_with(">>>\n"));
      out.emplace_back(link, m->get("ttl"));
    }
    return out;
  }
  Seat seat;
  std::unique_ptr<Transport> bob;
};

using Hops = std::vector<std::pair<LinkId, std::string>>;
Message status() { return Message("status").add("st", "up").add("dt", "3e8").add("protocol", "1"); }

}  // namespace

TEST_CASE("what comes by one serial line of a ring goes on by the other, with one hop less") {
  Ring ring;
  const auto word = ring.stamped(status());
  ring.arrives(kLeft, word);
  CHECK(ring.passed_on("bob") == Hops{{kRight, "3"}});
  ring.seat.clear();
  SECTION("so does its copy that went round the other way: the node behind may have nothing else") {
    ring.arrives(kRight, word);
    CHECK(ring.passed_on("bob") == Hops{{kLeft, "3"}});
  }
  SECTION("and what is for somebody else") {
    ring.arrives(kLeft, ring.stamped(Message("reqnodes").add("dest", "carol")));
    CHECK(ring.passed_on("bob") == Hops{{kRight, "3"}});
  }
  SECTION("every field is as it was, those that we do not know, too") {
    auto strange = status();
    strange.add("novelty", "a = b");
    ring.arrives(kLeft, ring.stamped(strange));
    REQUIRE(ring.seat.on_link.size() >= 1);
    const auto at = std::find_if(ring.seat.on_link.begin(), ring.seat.on_link.end(), [&](const auto& one) {
      return wire::open(one.second, ring.seat.cluster.auth)->get("src") == "bob";
    });
    REQUIRE(at != ring.seat.on_link.end());
    const auto m = wire::open(at->second, ring.seat.cluster.auth);
    CHECK(m->get("novelty") == "a = b");
    CHECK(m->get("srcuuid") == std::string(16, '\2'));
    CHECK(m->get("st") == "up");
  }
}

TEST_CASE("a packet of the ring is passed on no further than its hops allow") {
  Ring ring;
  for (const auto* ttl : {"0", "-1", "", "many"}) ring.arrives(kLeft, ring.stamped(status(), ttl));
  CHECK(ring.passed_on("bob").empty());
  ring.arrives(kLeft, ring.stamped(status(), "1"));
  CHECK(ring.passed_on("bob") == Hops{{kRight, "0"}});
  ring.seat.clear();
  ring.arrives(kLeft, ring.stamped(status(), "2147483647"));  // nor further than our own go
  CHECK(ring.passed_on("bob") == Hops{{kRight, "3"}});
}

TEST_CASE("nothing is passed on that nobody may have said") {
  Ring ring;
  SECTION("our own word, come back") {
    auto own = ring.stamped(status().add("marked", "1"));
    own.set("src", "alice");
    own.set("srcuuid", std::string(16, '\1'), wire::FieldType::binary);
    own.set("hg", "7");
    ring.arrives(kLeft, own);
    CHECK(ring.seat.count("impostor") == 0);
  }
  SECTION("what is signed with another key") {
    auto keys = ring.seat.cluster.auth;
    keys.keys[1].key = "guessed";
    ring.seat.give(Datagram{kLeft, wire::seal_text(ring.stamped(status()), keys), "tty", ring.seat.now});
  }
  SECTION("a word of an earlier life") {
    ring.arrives(kLeft, ring.stamped(status()));
    ring.seat.clear();
    auto old = ring.stamped(status());
    old.set("hg", "27");
    ring.arrives(kLeft, old);
  }
  SECTION("what came by another medium, which reaches everybody") { ring.arrives(kEthernet, ring.stamped(status())); }
  CHECK(ring.passed_on("bob").empty());
  for (const auto& [link, bytes] : ring.seat.on_link) CHECK_FALSE(wire::open(bytes, ring.seat.cluster.auth)->has("marked"));
}

TEST_CASE("what is no ring passes nothing on") {
  const model::MediumEntry first{model::Serial{"/dev/ttyS0", 19200}, 694, {}}, second{model::Serial{"/dev/ttyS1", 19200}, 694, {}};
  SECTION("one line") {
    Ring ring({first, {model::Bcast{"eth0"}, 694, {}}});
    ring.arrives(kLeft, ring.stamped(status()));
    CHECK(ring.passed_on("bob").empty());
  }
  SECTION("two lines to the same node") {
    Ring ring({first, second}, {"alice", "bob"});
    ring.arrives(kLeft, ring.stamped(status()));
    CHECK(ring.passed_on("bob").empty());
  }
  SECTION("a line to each of three others") {
    Ring ring({first, second, {model::Serial{"/dev/ttyS2", 19200}, 694, {}}}, {"alice", "bob", "carol", "dave"});
    ring.arrives(kLeft, ring.stamped(status()));
    CHECK(ring.passed_on("bob").empty());
  }
}
