// SPDX-License-Identifier: Apache-2.0
// What others say. Everything in here comes from the network; only verified messages get past datagram(), and
// even those may be nonsense.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "hbd/core/events.h"
#include "hbd/elect/heartbeat/hearers.h"
#include "hbd/elect/heartbeat/ping_node.h"
#include "hbd/elect/heartbeat/seat.h"
#include "hbd/elect/heartbeat/transport_events.h"
#include "hbd/wire/seal.h"

namespace hbd::elect::heartbeat {

namespace {
using namespace std::chrono_literals;

constexpr std::uint64_t kShortestDeadtime = 10;  ///< ms; a peer may announce what it likes
constexpr std::uint64_t kLongestDeadtime = 24 * 3600 * 1000;
constexpr base::Duration kScriptsRest = 1s;  ///< of a Heartbeat, after its takeover
constexpr std::size_t kLongestStatus = 31;   ///< STATUSLENG of the original

bool plain_word(std::string_view s) {
  return !s.empty() && s.size() <= kLongestStatus &&
         std::all_of(s.begin(), s.end(), [](char c) { return c > ' ' && c < 127; });
}

/// All that is no message is one kind: how exactly it is none interests nobody while it pours in.
std::string_view counter_of(wire::RefusalKind kind) {
  switch (kind) {
    case wire::RefusalKind::garbage:
    case wire::RefusalKind::truncated:
    case wire::RefusalKind::oversized:
      return "no message";
    case wire::RefusalKind::no_mac:
    case wire::RefusalKind::wrong_key_number:
    case wire::RefusalKind::wrong_mac:
      break;
  }
  return wire::word(kind);
}

/// What the operator can do about it comes first.
std::string in_words(const wire::Refusal& refusal) {
  switch (refusal.kind) {
    case wire::RefusalKind::garbage:
      return "not a heartbeat message (" + refusal.detail + ")";
    case wire::RefusalKind::truncated:
      return "not a whole heartbeat message (" + refusal.detail + ")";
    case wire::RefusalKind::oversized:
      return "too big for a heartbeat message (" + refusal.detail + ")";
    case wire::RefusalKind::no_mac:
      return "not signed (" + refusal.detail + ")";
    case wire::RefusalKind::wrong_key_number:
      return refusal.detail + ": authkeys differs between the nodes, or another cluster uses this port";
    case wire::RefusalKind::wrong_mac:
      return refusal.detail + ": authkeys differs between the nodes, or another cluster uses this port";
  }
  return refusal.detail;
}
}  // namespace

void HeartbeatElector::refuse(std::string_view kind, base::Event event, std::string reason,
                              const core::Datagram& packet) {
  complaints_.note(kind, std::move(event), std::move(reason), packet.from, members_.link_name(packet.link),
                   now_.mono, out_);
}

void HeartbeatElector::datagram(const core::Datagram& packet) {
  const auto& link = members_.link_name(packet.link);
  const auto complain = [&](std::string_view kind, const std::string& reason) {
    refuse(kind, {core::kBadPacket, {{"from", packet.from}, {"link", link}, {"reason", reason}}}, reason,
           packet);
  };
  auto* ping = members_.ping_on(packet.link);
  auto opened = wire::open(packet.bytes, ping ? ping_keys_ : cluster_.auth);
  if (!opened && !cluster_.log.log_badpack) return complaints_.count(counter_of(opened.error().kind));
  if (!opened) return complain(counter_of(opened.error().kind), in_words(opened.error()));
  const auto& m = *opened;
  if (ping) return ping_answer(packet, m, *ping);
  if (m.type() == "NS_st") return complain("misplaced", "the echo of a ping on a heartbeat medium");

  TransportWork work;
  const auto arrival = transport_.receive(m, now_, work);
  const std::string src(m.get("src"));
  if (arrival.fate == Fate::impostor)
    refuse("impostor", {core::kImpostor, {{"from", packet.from}, {"link", link}}},
           "it claims to come from this node", packet);
  else if (arrival.fate == Fate::stranger && hear_stranger(m))
    complaints_.count("stranger");
  else if (arrival.fate == Fate::stranger)
    refuse("stranger", {core::kStranger, {{"node", src}}},
           "it claims to come from " + src + ", which is no node of this cluster", packet);
  else if (arrival.fate == Fate::malformed)
    complain("malformed", "a message without the fields that every message has");
  else if (arrival.fate == Fate::replay)
    complaints_.count("replay");
  else if (arrival.fate == Fate::unannounced)
    complaints_.count("unannounced");
  if (arrival.genuine() || arrival.fate == Fate::stranger || arrival.fate == Fate::unannounced)
    pass_on(m, packet.link);
  auto* node = members_.find(src);
  if (node != nullptr && arrival.restarted) Membership::new_numbers(*node);
  if (node != nullptr && !node->ping && arrival.genuine())
    members_.link_heard(*node, link, m.get_hex("seq").value_or(0), packet.received_at, out_);
  if (node != nullptr && arrival.restarted) on_restart(*node);
  relay(work);
  // The first packet of a node, ever or since it was dead, was not its status, and overtook it: no reason to
  // wait for the next.
  if (node != nullptr && arrival.fate == Fate::duplicate && !node->alive && m.type() == "status")
    work.deliver.push_back(m);
  for (const auto& delivered : work.deliver) {
    auto* sender = members_.find(delivered.get("src"));
    if (sender == nullptr || sender->ping || sender == &me()) continue;
    if (delivered.type() == "status") {
      on_status(*sender, delivered);
    } else {
      message(delivered);
    }
  }
}

void HeartbeatElector::ping_answer(const core::Datagram& packet, const wire::Message& m, Node& node) {
  if (!is_ping_answer(m, cluster_.media[packet.link], now_.wall, cluster_.timing.deadping)) {
    refuse("ping",
           {core::kBadPacket,
            {{"from", packet.from}, {"link", node.name}, {"reason", "not an answer to our ping"}}},
           "not an answer to our ping", packet);
    return;
  }
  members_.link_heard(node, node.name, 0, packet.received_at, out_);
  if (members_.status_heard(node, "ping", packet.received_at, out_)) out_.push_back(core::ToClients{m});
}

void HeartbeatElector::message(const wire::Message& m) {
  auto* node = members_.find(m.get("src"));
  if (node == nullptr) return;
  const auto type = m.type();
  if (type == "resource")
    on_resource(*node, m);
  else if (type == "starting")
    on_starting(*node, m);
  else if (type == "shutdone")
    on_shutdone(*node);
  else if (type == "ask_resources")
    on_ask(*node, m);
  else if (type == "reqnodes")
    on_reqnodes(*node, m);
  else if (type == "addnode" || type == "delnode")
    return node_words_.push_back(m);
  else if (type == "setweight" || type == "setsite")
    label(m, node->name);
  else if (type == "stonith")
    on_stonith(*node, m);
  else if (type == "ip-request")
    on_ip_request(*node, m);
  else if (type == "ip-request-resp")
    on_ip_answer(*node, m);
  else if (type == "hb_takeover") {
    // The requester names the set as it sees it; hb_takeover's "failback" means its own groups.
    const auto what = model::parse_holding(m.get("rsc_hold"));
    operator_standby(what ? model::mirrored(*what) : model::Holding::foreign, true);
  } else if (type == "repnodes") {
    node_words_.push_back(m);
  }
  if (cluster_.uses_ipfail() && Ipfail::speaks(m)) {
    Ipfail::Work work;
    ipfail_.heard(m, ipfail_facts(), now_.mono, work);
    ipfail_work(work);
  }
  out_.push_back(core::ToClients{m});
}

void HeartbeatElector::on_status(Node& node, const wire::Message& m) {
  const auto status = m.get("st");
  if (!plain_word(status) || status == "dead" || status == "ping") return;
  const bool was_dead = node.status == "dead", heard_before = node.heard;
  const bool changed = node.status != status;
  if (const auto dt = m.get_hex("dt"))
    node.said_limit = base::Millis(std::clamp(*dt, kShortestDeadtime, kLongestDeadtime));
  if (comm_up_ && node.said_limit != base::Duration{}) node.pulse.set_limit(node.said_limit);
  // Stamped when drained, never earlier: our own lateness is not the peer's.
  node.spoke_at = std::min(heard_at_, awake_at_);
  if (members_.status_heard(node, status, heard_at_, out_)) {
    unfence(node);
    greet_ = true;  // it should not wait a keepalive to hear that we hear it
    if (was_dead && !heard_before && !m.has("upbeat")) {
      // Called dead because it was not there yet. One that was, behind a partition, has all, and says so when
      // asked.
      if (status == "active" && comm_up_ && !shutting_ && cluster_.nice()) say_starting();
      if (status == "active") assume_kept(node);
    } else if (was_dead && !node.restarted) {
      publish({core::kReturned, {{"node", node.name}}});
      publish({core::kReturnedHint});
      if (m.has("upbeat")) {
        for (auto& own : own_) own.announce_due = true;
      } else {
        node.returned = true;
        node.known = node.known_again;  // it may have taken what it likes where we could not hear it
        node.by_request = !cluster_.nice();
        node.claims = node.claims_before;
        node.answer_until.assign(registry_.size(), {});
        assume_kept(node);
      }
    }
  }
  node.restarted = false;
  if (m.has("upbeat")) {
    on_upbeat_status(node, m);
  } else if (node.upbeat) {  // the same seat, another program
    node.upbeat = false;
    node.hears_us = true;
    forget_claims(node);
  }
  if (!node.upbeat) assume_claims(node, changed);
  // It signs with a key that we list, but cannot verify ours: it will take everything, and so shall we.
  if (changed && !node.upbeat &&
      cluster_.auth.keys.at(cluster_.auth.sign_with).method == model::AuthKey::Method::sha256)
    publish({transport_event::kDeafPeer, {{"node", node.name}}});
  if (changed) out_.push_back(core::ToClients{m});
}

void HeartbeatElector::on_upbeat_status(Node& node, const wire::Message& m) {
  const bool was_stable = node.stable;
  node.upbeat = node.known = true;
  const auto before = std::exchange(node.claims, registry_.understand(m.get("ubhold")));
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    own_[g].seen_term = std::max(own_[g].seen_term, node.claims[g].term);
    // What it takes anew it does not start before it knows that we know.
    if (active(node.claims[g].claim) && node.claims[g].term != before[g].term) greet_ = true;
  }
  node.stable = m.has("ubstable");
  if (node.stable && !was_stable) {
    publish({core::kRemoteStable});
    standby_.ready_again(node.name, *this);
  }
  const auto hears = m.get("ubhears");
  const auto through = heard_through(hears, cluster_.self, identity_.generation);
  node.hears_us = through.has_value();
  node.knows_through = through.value_or(0);
  for (auto& other : members_.nodes())  // added for us, but it serves, and may hold something
    if (other.newcomer && is_heard(hears, other.name)) other.newcomer = false;
  if (node.hears_us)
    node.deaf_since = base::kNever;
  else if (node.deaf_since == base::kNever)
    node.deaf_since = now_.mono;
  const std::string digest(m.get("ubcfg"));
  if (digest != node.digest && digest != registry_.digest())
    publish({core::kResourcesDiffer, {{"node", node.name}}});
  node.digest = digest;
  const bool resources_differ = digest != registry_.digest();
  hear_changes(node, m.get("ubnodes"));
  const std::string settings(m.get("ubset").substr(0, 1000));
  const auto differing = settings.empty() ? std::string()
                                          : settings_that_differ(settings, shared_settings(cluster_, lists_are_settled(node)));
  if (settings != node.settings && !differing.empty())
    publish({transport_event::kSettingsDiffer, {{"node", node.name}, {"what", differing}}});
  node.settings = settings;
  node.keepalive = announced_keepalive(settings);
  if (resources_differ || !differing.empty())
    node.files_differ = true;
  else if (lists_are_settled(node) && std::exchange(node.files_differ, false))
    publish({core::kFilesAgree, {{"node", node.name}}});
  hear_whether_it_asks(node, m.has("ubreset"));
}

void HeartbeatElector::on_resource(Node& node, const wire::Message& m) {
  if (node.upbeat) return;  // its status says it better
  const auto what = model::parse_holding(m.get("rsc_hold"));
  if (!what || node.left) return;
  node.by_request = false;  // it does say what it holds
  // A word that overtook the status with which it comes back from the dead.
  const bool dead = node.status == "dead";
  auto& claims = dead ? node.claims_before : node.claims;
  auto& known = dead ? node.known_again : node.known;
  // What it never told us of it may have, too, and stops it now.
  if (m.get("info") == "shutdown")
    for (auto& claim : claims)
      if (active(claim.claim) || !known) claim.claim = Claim::stopping;
  const bool full = m.get("rtype") == "full";
  const bool now_stable = m.get("isstable") == "1";
  const auto teller = index_of(node);
  // Whatever it answers in between: what it is giving us it has until it says "done".
  const bool giving = standby_.state() == Standby::State::expecting && standby_.request().giver == node.name;
  if (node.denied_at < standby_.since()) node.denied_at = base::kNever;  // of an earlier one
  node.denied_at = giving && full && now_stable ? std::min(node.denied_at, now_.mono) : base::kNever;
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    auto& claim = claims[g];
    if (registry_.in_set(g, *what, teller)) {
      claim.claim = Claim::held;
      if (giving && standby_.request().groups[g]) node.denied_at = base::kNever;
      continue;
    }
    if (giving && standby_.request().groups[g]) continue;
    // It takes a set off its word before its scripts have stopped anything: believed only once it is at rest.
    if ((full || *what == model::Holding::none) && active(claim.claim) && (now_stable || !m.has("isstable")))
      claim.claim = Claim::none;
  }
  // Its scripts say only what they have done; and who is not at rest, and was not heard to start, may be leaving: it has
  // nothing by its own word while its scripts still stop all of it.
  const auto number = m.get_hex("seq").value_or(0);
  known = known || (full && now_stable && number > node.stale_through);
  if (full && now_stable) node.at_rest_in = std::max(node.at_rest_in, number);
  const bool was_stable = node.stable;
  if (m.has("isstable")) node.stable = now_stable;  // its scripts do not say
  if (now_stable && !was_stable) {
    publish({core::kRemoteStable});
    if (comm_up_ && !shutting_ && !giving) send_resource("");
  }
  if (m.get("info") == "mach_down") wait_for_scripts_of(node);
}

/// A Heartbeat looks whether something goes back to us when we, from being busy, come to rest. It forgets
/// that we are busy at the end of a takeover, and would let its scripts of a takeover and of a failback run
/// side by side.
void HeartbeatElector::wait_for_scripts_of(const Node& node) {
  if (!comm_up_ || shutting_ || !cluster_.nice() || node.upbeat) return;
  rest_at_ = std::max(rest_at_, now_.mono + kScriptsRest);
  send_resource("");
}

void HeartbeatElector::on_starting(Node& node, const wire::Message& m) {
  node.left = false;
  if (!node.upbeat) {
    node.stable = false;
    node.known = m.get_hex("seq").value_or(0) > node.stale_through;
    std::fill(node.claims.begin(), node.claims.end(), GroupClaim{});
    for (std::size_t g = 0; g < registry_.size(); ++g)  // it begins to take its own only now
      if (registry_.preferred(g) == index_of(node)) own_[g].unclaimed_since = base::kNever;
  }
  if (comm_up_ && !shutting_) send_resource("");
}

void HeartbeatElector::on_shutdone(Node& node) {
  publish({core::kShutdownNotice, {{"node", node.name}}});
  node.left = true;
  announce_all_ = announce_all_ || node.returned;
  const bool held_any =
      std::any_of(node.claims.begin(), node.claims.end(), [](const auto& c) { return active(c.claim); });
  std::fill(node.claims.begin(), node.claims.end(), GroupClaim{});
  for (std::size_t g = 0; g < registry_.size(); ++g)
    if (registry_.preferred(g) == index_of(node)) own_[g].pinned = false;
  standby_.gone(node.name, *this);
  if (shutting_ || !comm_up_) return;
  if (held_any || !node.upbeat) publish({core::kTakingOver, {{"node", node.name}}});
  taking_over_from_ = node.name;
}

Standby::Request HeartbeatElector::request_of(const wire::Message& m, std::size_t giver) const {
  Standby::Request out;
  out.what = model::parse_holding(m.get("rsc_hold")).value_or(model::Holding::all);
  out.giver = members_.nodes()[giver].name;
  out.taker = cluster_.self;
  if (m.has("ubgroups")) {
    out.groups = registry_.listed(m.get("ubgroups"));
  } else {
    out.groups.resize(registry_.size());
    for (std::size_t g = 0; g < registry_.size(); ++g) out.groups[g] = registry_.in_set(g, out.what, giver);
  }
  return out;
}

void HeartbeatElector::on_ask(Node& node, const wire::Message& m) {
  if (!cluster_.nice()) return publish({core::kStandbyLegacy});
  if (shutting_ || !comm_up_) return;
  Standby::Facts facts;
  facts.self = cluster_.self;
  facts.self_stable = stable() || standby_.busy();
  facts.giver_stable = node.ready();
  facts.giver_patience = node.upbeat ? base::Duration(60s) : base::Duration(1h);
  facts.answer_patience = node.upbeat ? base::Duration{} : kHistoricAnswerPatience;
  facts.overtaken = m.get_hex("seq").value_or(0) < node.at_rest_in;
  const auto request = request_of(m, index_of(node));
  if (m.get("info") == "me" && !facts.overtaken) {
    forgive(request.groups);
    send_status_if_changed();  // the giver would not give what it believes to fail here
  }
  standby_.heard(m.get("info"), request, node.name, facts, now_.mono, *this);
}

void HeartbeatElector::forget_claims(Node& node) {
  node.known = node.stable = node.left = node.by_request = false;
  std::fill(node.claims.begin(), node.claims.end(), GroupClaim{});
  node.answer_until.assign(registry_.size(), {});
  for (std::size_t g = 0; g < registry_.size(); ++g)
    if (registry_.preferred(g) == index_of(node)) own_[g].pinned = false;
}

void HeartbeatElector::on_restart(Node& node) {
  node.restarted = true;
  node.upbeat = node.asks_reset = false;
  node.knows_through = node.stale_through = node.at_rest_in = 0;
  for (auto& own : own_)  // what was to go to it stays: it knows of nothing
    if (own.yield && !shutting_ && own.yield_to == index_of(node)) own.yield = false;
  announce_all_ = announce_all_ || node.returned;
  node.returned = false;
  node.deaf_since = base::kNever;
  forget_claims(node);
  standby_.gone(node.name, *this);
  greet_ = true;
}

void HeartbeatElector::on_death(Node& node) {
  const bool held_any =
      std::any_of(node.claims.begin(), node.claims.end(), [](const auto& c) { return active(c.claim); });
  const bool gone_well = node.left;
  const bool never_heard = !node.heard;
  const bool never_came = node.newcomer;  // added, and not heard since: it has nothing
  node.claims_before = node.claims;
  node.known_again = false;
  node.returned = node.asks_reset = false;
  members_.declare_dead(node, out_);
  if (node.ping) return;
  transport_.node_dead(node.name);
  standby_.gone(node.name, *this);
  if (shutting_) return;
  // What nobody held when it was last heard it may have taken since; and of three, what a second one held.
  bool may_take = members_.normal_nodes() > 2;
  for (std::size_t g = 0; g < registry_.size(); ++g) may_take = may_take || !active(own_claim(g).claim);
  may_take = may_take && !cluster_.stonith.empty() && !gone_well;
  if (!never_came && (held_any || may_take || (never_heard && !gone_well))) {
    // What it held is still its own until it is known to be off.
    if (!cluster_.stonith.empty()) return fence(node);
    publish({core::kNoStonith});
    publish({core::kUnprotected});
    say_stonith(node, "n_stnth");
    publish({core::kTakingOver, {{"node", node.name}}});
    taking_over_from_ = node.name;
  } else {
    publish({core::kDeadGaveUp, {{"node", node.name}}});
    say_stonith(node, "unneeded");
  }
  const bool left = node.left;
  forget_claims(node);
  node.left = left;
}

}  // namespace hbd::elect::heartbeat
