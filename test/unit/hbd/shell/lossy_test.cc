// SPDX-License-Identifier: Apache-2.0
// OnlyForTesting: packets lost on purpose.
#include "hbd/shell/links/link.h"

#include <utility>

#include "test/support/catch.h"

using namespace hbd;
using shell::Link;

namespace {

/// What goes in comes out, and what is sent is kept.
class Echo final : public Link {
 public:
  Outcome send(std::string_view bytes) override {
    sent.emplace_back(bytes);
    return {};
  }
  std::size_t drain(std::size_t, const std::function<void(const shell::Packet&)>& take) override {
    for (const auto& packet : waiting) take({packet, "10.0.0.2"});
    return std::exchange(waiting, {}).size();
  }
  int descriptor() const override { return 7; }
  std::vector<std::string> sent, waiting;
};

struct Bench {
  Bench() {
    auto inner = std::make_unique<Echo>();
    echo = inner.get();
    link = shell::make_lossy_link(std::move(inner), loss, 1);
  }
  int received(const std::string& packet, int times = 1000) {
    echo->waiting.assign(static_cast<std::size_t>(times), packet);
    int out = 0;
    CHECK(link->drain(100000, [&](const shell::Packet& p) { out += p.bytes == packet; }) == static_cast<std::size_t>(times));
    return out;
  }
  int sent(int times = 1000) {
    echo->sent.clear();
    for (int i = 0; i < times; ++i) CHECK(link->send("x").sent == Link::Sent::yes);
    return static_cast<int>(echo->sent.size());
  }
  std::shared_ptr<model::PacketLoss> loss = std::make_shared<model::PacketLoss>();
  std::unique_ptr<Link> link;
  Echo* echo = nullptr;
};

const std::string kNetstring = "###\n10:(0)t=status,11:(0)src=alice,%%%\n8:1 abcdef,";
const std::string kText = ">>>\nt=status\nsrc=alice\nauth=1 abcdef\n<<<\n";

}  // namespace

TEST_CASE("a link loses what it is told to lose, from that moment on, and no more") {
  Bench b;
  CHECK(b.received(kText) == 1000);
  CHECK(b.sent() == 1000);
  CHECK(b.link->descriptor() == 7);
  *b.loss = {0.25, 0, {}};
  CHECK(b.sent() == 1000);
  const auto some = b.received(kText);
  CHECK((some > 650 && some < 850));  // the dice are the same each time
  *b.loss = {0, 1, {}};
  CHECK(b.received(kText) == 1000);
  CHECK(b.sent() == 0);
  CHECK(b.link->send("").sent == Link::Sent::yes);  // asks only how the link is
  CHECK(b.echo->sent.size() == 1);
  *b.loss = {};
  CHECK(b.sent() == 1000);
}

TEST_CASE("packets of nodes that are spared come through, in either form, and then all that is sent goes out") {
  Bench b;
  *b.loss = {1, 1, {"alice"}};
  CHECK(b.received(kText) == 1000);
  CHECK(b.received(kNetstring) == 1000);
  CHECK(b.sent() == 1000);
  *b.loss = {1, 1, {"bob"}};
  CHECK(b.received(kText) == 0);
  CHECK(b.received(kNetstring) == 0);
  CHECK(b.received("nonsense") == 0);
  CHECK(b.received("") == 0);
}
