// SPDX-License-Identifier: Apache-2.0
// What this node says. Field order as in reference 1.6; the fields that start with "ub" and `upbeat` itself
// are ours, and a Heartbeat 3.0.6, which looks fields up by name, does not see them.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "hbd/core/events.h"
#include "hbd/elect/heartbeat/hearers.h"
#include "hbd/elect/heartbeat/ping_node.h"
#include "hbd/elect/heartbeat/seat.h"
#include "hbd/elect/heartbeat/transport_events.h"
#include "hbd/wire/seal.h"

namespace hbd::elect::heartbeat {

namespace {
constexpr base::Duration kRepeatAfter = std::chrono::seconds(1);
constexpr int kRepeats = 2;
constexpr base::Duration kRepeatToWaiting = std::chrono::seconds(10);
/// One that is starting itself answers by then; asked twice before that, it would complain.
constexpr base::Duration kStartingAgain = std::chrono::seconds(5);
}  // namespace

void HeartbeatElector::send(wire::Message m) {
  const auto stamped = transport_.stamp(std::move(m), now_, load_);
  transmit(stamped);
  // What we say, clients of this node hear too (reference 2), except the heartbeat itself.
  if (stamped.type() != "status") out_.push_back(core::ToClients{stamped});
}

void HeartbeatElector::transmit(const wire::Message& stamped) {
  auto packet = wire::seal(stamped, cluster_.auth, cluster_.format, wire::packing_of(cluster_));
  if (lines_.empty()) {
    out_.push_back(core::Transmit{std::nullopt, std::move(packet)});
    return;
  }
  for (const auto id : media_) {
    const auto link = static_cast<core::LinkId>(id);
    out_.push_back(core::Transmit{link, is_line(link) ? wire::seal_text(stamped, cluster_.auth) : packet});
  }
}

bool HeartbeatElector::is_line(core::LinkId link) const {
  return std::find(lines_.begin(), lines_.end(), link) != lines_.end();
}

/// Two serial lines and more than one other node make a ring (reference 1.9): its neighbours hear each other through this one.
/// Every copy goes on, those that come again as well, for the node behind may have missed the first, until its hops are used up
/// or it comes to where it is from. Heartbeat 3.0.6 was made to do the same, and does not.
void HeartbeatElector::pass_on(const wire::Message& m, core::LinkId line) {
  if (lines_.size() != 2 || !is_line(line) || members_.normal_nodes() < 3) return;
  const auto hops = base::parse_number<int>(m.get("ttl"));
  if (!hops || *hops <= 0) return;
  auto copy = m;
  copy.set("ttl", fmt::format("{}", std::min(*hops, ttl_of(cluster_)) - 1));
  out_.push_back(core::Transmit{lines_[line == lines_[0] ? 1 : 0], wire::seal_text(copy, cluster_.auth)});
}

void HeartbeatElector::relay(TransportWork& work) {
  for (const auto& m : work.send) transmit(m);
  for (auto& event : work.events) publish(std::move(event));
}

void HeartbeatElector::transmit_pings() {
  for (std::size_t id = 0; id < cluster_.media.size(); ++id)
    if (cluster_.media[id].is_ping())
      out_.push_back(core::Transmit{static_cast<core::LinkId>(id),
                                    ping_payload(ping_keys_, cluster_.format, cluster_.media[id], now_.wall)});
}

void HeartbeatElector::send_status() {
  wire::Message m("status");
  m.add("st", me().status).add_hex("dt", static_cast<std::uint64_t>(base::to_ms(cluster_.timing.deadtime)));
  m.add("protocol", "1").add("upbeat", "1");
  std::vector<GroupClaim> claims;
  for (std::size_t g = 0; g < registry_.size(); ++g) claims.push_back(own_claim(g));
  said_claims_ = registry_.announce(claims);
  if (!said_claims_.empty()) m.add("ubhold", said_claims_);
  std::string hears;
  for (const auto& node : members_.nodes())
    if (!node.ping && node.in_game() && &node != &me()) hears += (hears.empty() ? "" : " ") + heard_word(node.name, transport_.generation_of(node.name), transport_.status_of(node.name));
  if (!hears.empty()) m.add("ubhears", hears);
  m.add("ubcfg", registry_.digest());
  m.add("ubset", shared_settings(cluster_));
  if (!changes_.empty()) m.add("ubnodes", changes_.digest());
  status_stable_ = stable();
  if (status_stable_) m.add("ubstable", "1");
  if (asks_to_be_reset()) m.add("ubreset", "1");
  send(std::move(m));
  for (auto& own : own_)
    if (own.waiting && own.said_in == 0) own.said_in = transport_.sequence();
  greet_ = false;
}

void HeartbeatElector::send_resource(std::string_view info) {
  if (!cluster_.nice() || !comm_up_) return;
  std::vector<GroupClaim> claims;
  for (std::size_t g = 0; g < registry_.size(); ++g) claims.push_back(own_claim(g));
  said_holding_ = shutting_ ? model::Holding::none : registry_.holding(claims, members_.self());
  said_stable_ = calm();
  if (any_historic_peer()) {
    repeat_at_ = now_.mono + kRepeatAfter;
    repeats_ = kRepeats;
  }
  wire::Message m("resource");
  m.add("rsc_hold", model::word(said_holding_))
      .add("rtype", "full")
      .add("isstable", said_stable_ ? "1" : "0");
  if (!info.empty()) m.add("info", info);
  send(std::move(m));
}

void HeartbeatElector::say_starting() {
  send(wire::Message("starting"));
  starting_again_at_ = now_.mono + kStartingAgain;
}

/// A Heartbeat that did not hear us yet when we said "starting" never asks for it, and says what it holds to
/// nobody who does not ask.
void HeartbeatElector::ask_what_it_holds() {
  const auto& nodes = members_.nodes();
  const bool wanted =
      comm_up_ && !shutting_ && cluster_.nice() && std::any_of(nodes.begin(), nodes.end(), [](const Node& n) {
        return !n.ping && n.in_game() && n.status == "active" && !n.known;
      });
  if (!wanted)
    starting_again_at_ = base::kNever;
  else if (starting_again_at_ == base::kNever)
    starting_again_at_ = now_.mono + kStartingAgain;
  else if (now_.mono >= starting_again_at_)
    say_starting();
}

void HeartbeatElector::send_status_if_changed() {
  std::vector<GroupClaim> claims;
  for (std::size_t g = 0; g < registry_.size(); ++g) claims.push_back(own_claim(g));
  if (greet_ || registry_.announce(claims) != said_claims_ || stable() != status_stable_) send_status();
}

void HeartbeatElector::announce() {
  send_status_if_changed();
  if (!comm_up_ || shutting_ || !cluster_.nice()) return;
  std::vector<GroupClaim> claims;
  for (std::size_t g = 0; g < registry_.size(); ++g) claims.push_back(own_claim(g));
  if (registry_.holding(claims, members_.self()) != said_holding_ || calm() != said_stable_)
    send_resource("");
}

/// A Heartbeat takes messages in the order of their coming, lost ones and all: the last word may be overtaken
/// by one before it, and would be forgotten for good.
void HeartbeatElector::repeat_resource() {
  if (now_.mono < repeat_at_) return;
  if (shutting_) {
    repeat_at_ = base::kNever;  // its last word is said, and nothing is to be woken for
    return;
  }
  if (standby_.busy()) {  // it would be taken for its end
    repeat_at_ = now_.mono + kRepeatAfter;
    return;
  }
  const auto left = std::max(repeats_ - 1, 0);
  send_resource("");
  repeats_ = left;
  // One that started while it did not hear us asks nobody again, and is in transition until it hears our word.
  const auto& nodes = members_.nodes();
  const bool waits = std::any_of(nodes.begin(), nodes.end(), [](const Node& n) { return !n.ping && !n.upbeat && n.in_game() && n.status == "active" && !n.stable; });
  repeat_at_ = left > 0 && any_historic_peer() ? now_.mono + 2 * kRepeatAfter : waits ? now_.mono + kRepeatToWaiting : base::kNever;
}

/// At rest, as others shall hear it: not while a Heartbeat that has our groups may still be at taking them.
bool HeartbeatElector::calm() const {
  if (!stable()) return false;
  if (now_.mono >= rest_at_) return true;
  for (const auto& node : members_.nodes()) {
    if (node.ping || node.upbeat || !node.in_game()) continue;
    for (std::size_t g = 0; g < registry_.real_groups(); ++g)
      if (registry_.preferred(g) == members_.self() && active(node.claims[g].claim)) return false;
  }
  return true;
}

/// The original pauses its clients, too (reference 3.3), and says so; of a quick succession we say the first only.
void HeartbeatElector::pace_clients() {
  const bool congested = transport_.congested(now_.mono);
  if (congested == congested_) return;
  congested_ = congested;
  out_.push_back(core::PauseClients{congested});
  if (congested && now_.mono >= pause_quiet_until_) {
    pause_quiet_until_ = now_.mono + Transport::kLogInterval;
    pause_said_ = true;
    publish({transport_event::kPaused});
  } else if (!congested && pause_said_) {
    pause_said_ = false;
    publish({transport_event::kResumed});
  }
}

void HeartbeatElector::flush() {
  for (auto& effect : out_) council_->emit(std::move(effect));
  out_.clear();
}

bool HeartbeatElector::any_historic_peer() const {
  const auto& nodes = members_.nodes();
  return std::any_of(nodes.begin(), nodes.end(),
                     [&](const Node& n) { return !n.ping && n.alive && !n.upbeat; });
}

}  // namespace hbd::elect::heartbeat
