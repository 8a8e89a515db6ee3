// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/ipfail.h"

#include <algorithm>

#include "base/text.h"
#include "hbd/core/events.h"

namespace hbd::elect::heartbeat {

namespace {
constexpr std::string_view kName = "ipfail";
constexpr int kDelay = 2;      ///< keepalives, of the original
constexpr int kAskAgain = 10;  ///< keepalives between questions while this node should give up and has not
}  // namespace

wire::Message Ipfail::to_peer(std::string_view type, const Facts& facts,
                              std::optional<std::size_t> count) const {
  wire::Message m(type);
  m.add("src", facts.self);
  if (count) m.add_number("num_ping", static_cast<std::int64_t>(*count));
  m.add("dest", facts.peer).add("from_id", kName).add("to_id", kName).add("client_gen", "0");
  return m;
}

wire::Message Ipfail::joining(const std::string& self) {
  wire::Message m("hbapi-clstat");
  m.add("st", "join")
      .add("from_id", kName)
      .add("to_id", kName)
      .add("src", self)
      .add("info", "signon")
      .add("client_gen", "0");
  return m;
}

bool Ipfail::speaks(const wire::Message& message) {
  const auto type = message.type();
  return message.get("to_id") == kName && (type == "num_ping_nodes" || type == "you_are_dead" ||
                                           type == "abort_giveup" || type == "hbapi-clstat");
}

void Ipfail::something_changed(const Facts& facts, Work& work) {
  if (facts.peer.empty()) return;
  work.events.push_back({core::kIpfailAsking});
  work.send.push_back(to_peer("num_ping_nodes", facts, facts.count));
}

void Ipfail::arm(model::Holding what, base::Mono now, Work& work) {
  what_ = what;
  give_at_ = now + kDelay * keepalive_;
  work.events.push_back(
      {core::kIpfailDelayed,
       {{"seconds", std::to_string((kDelay * keepalive_ + base::Millis(999)) / base::Seconds(1))}}});
}

void Ipfail::heard(const wire::Message& message, const Facts& facts, base::Mono now, Work& work) {
  const auto type = message.type();
  if (facts.peer.empty() || message.get("src") != facts.peer) return;
  if (type == "hbapi-clstat") {
    if (message.get("st") == "join") something_changed(facts, work);
  } else if (type == "num_ping_nodes") {
    const auto theirs = message.get_number("num_ping");
    if (!theirs || *theirs < 0) return;
    const auto mine = static_cast<std::int64_t>(facts.count);
    if (mine > *theirs) {
      work.events.push_back({core::kIpfailMore});
      work.send.push_back(to_peer("you_are_dead", facts));
    } else if (mine < *theirs) {
      work.events.push_back({core::kIpfailLess});
      arm(model::Holding::all, now, work);
    } else {
      work.events.push_back({core::kIpfailBalanced});
      work.send.push_back(to_peer("abort_giveup", facts));
      ask_at_ = base::kNever;
      if (give_at_ != base::kNever) {
        give_at_ = base::kNever;
        work.events.push_back({core::kIpfailAborted});
      } else if (facts.failback && facts.stable && facts.holds_foreign) {
        work.events.push_back({core::kIpfailForeign});
        arm(model::Holding::foreign, now, work);
      }
    }
  } else if (type == "you_are_dead") {
    work.events.push_back({core::kIpfailTold});
    arm(model::Holding::all, now, work);
  } else if (type == "abort_giveup" && give_at_ != base::kNever) {
    give_at_ = ask_at_ = base::kNever;
    work.events.push_back({core::kIpfailAborted});
  }
}

void Ipfail::tick(const Facts& facts, base::Mono now, Work& work) {
  if (give_at_ <= now) {
    if (!facts.stable && facts.holds_any) {
      give_at_ = now + keepalive_;
    } else {
      give_at_ = base::kNever;
      if (facts.holds_any && !facts.peer.empty()) {
        work.events.push_back({core::kIpfailGiveUp});
        work.give = what_;
        ask_at_ = now + kAskAgain * keepalive_;
      }
    }
  }
  if (ask_at_ <= now) {
    ask_at_ = base::kNever;
    if (facts.holds_any && what_ == model::Holding::all) something_changed(facts, work);
  }
}

}  // namespace hbd::elect::heartbeat
