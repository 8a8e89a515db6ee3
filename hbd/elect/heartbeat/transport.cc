// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/transport.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "hbd/elect/heartbeat/transport_events.h"

namespace hbd::elect::heartbeat {

using wire::FieldType;
using wire::Message;

namespace {

std::string number(std::uint64_t n) {
  return fmt::format("{}", n);
}

std::string uuid_text(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return out;
}

std::string_view bytes_of(const Uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.data()), uuid.size()};
}

bool is_unnumbered(std::string_view type) {
  return type.starts_with("NS_");
}

bool is_status(const Message& message) {
  return message.type() == "status";
}

}  // namespace

Transport::Transport(Settings settings) : settings_(std::move(settings)), rng_(settings_.seed) {}

void Transport::add_peer(std::string_view name) {
  if (name == settings_.self || peers_.contains(name)) return;
  auto& peer = peers_.emplace(name, Peer{}).first->second;
  peer.ack_trigger = rng_.below(10);
  const auto before = std::find_if(dropped_.begin(), dropped_.end(), [&](const auto& entry) { return entry.first == name; });
  if (before == dropped_.end()) return;
  peer = std::move(before->second);
  dropped_.erase(before);
}

void Transport::remember(std::vector<std::pair<std::string, Peer>>& dropped, std::string_view name, Peer peer) {
  if (peer.generation == 0) return;  // never heard
  std::erase_if(dropped, [&](const auto& entry) { return entry.first == name; });
  if (dropped.size() >= kMaxDropped) dropped.erase(dropped.begin());
  dropped.emplace_back(std::string(name), std::move(peer));
}

void Transport::drop_peer(std::string_view name, base::Mono now) {
  const auto at = peers_.find(name);
  if (at == peers_.end()) return;
  node_dead(name);
  remember(dropped_, name, std::move(at->second));
  peers_.erase(at);
  forget_acknowledged(now);  // it may have been the one who lagged behind
}

Message Transport::stamp(Message message, core::Now now, std::string_view load) {
  bool plain = is_unnumbered(message.type());
  auto put = [&](std::string_view name, std::string_view value, FieldType type = FieldType::string) {
    if (!plain || !message.has(name)) message.set(name, value, type);
  };
  auto dest = std::string(message.get("dest"));
  if (dest == settings_.self) {
    message.set("destuuid", bytes_of(settings_.uuid), FieldType::binary);
  } else if (auto peer = peers_.find(dest); peer != peers_.end()) {
    // All zero means that we do not know it; the original sends it like that.
    message.set("destuuid", peer->second.uuid.empty() ? std::string(16, '\0') : peer->second.uuid,
                FieldType::binary);
  }
  put("src", settings_.self);
  put("srcuuid", bytes_of(settings_.uuid), FieldType::binary);
  auto sequence = next_sequence_;
  if (!plain) put("seq", fmt::format("{:x}", next_sequence_++));
  put("hg", fmt::format("{:x}", settings_.generation));
  put("ts", fmt::format("{:x}", base::to_unix(now.wall)));
  if (!plain) put("ld", load);
  put("ttl", fmt::format("{}", settings_.ttl));
  if (!plain) history_.add(sequence, message, now.mono);
  return message;
}

void Transport::report(Peer& peer, base::Event event, base::Mono now, TransportWork& work) {
  auto& quiet_until = peer.quiet_until[event.kind->id];
  if (now < quiet_until) return;
  quiet_until = now + kLogInterval;
  work.events.push_back(std::move(event));
}

Arrival Transport::receive(const Message& message, core::Now now, TransportWork& work) {
  auto name = message.get("src");
  if (name.empty() || message.type().empty() || !message.has("ts") || !message.get_hex("hg"))
    return {Fate::malformed};
  if (name == settings_.self) return from_ourselves(message);
  auto peer = peers_.find(name);
  if (peer == peers_.end()) return {Fate::stranger};
  return is_unnumbered(message.type()) ? unnumbered(message, name, peer->second, now, work)
                                       : numbered(message, name, peer->second, now, work);
}

Arrival Transport::from_ourselves(const Message& message) const {
  bool ours =
      message.get("srcuuid") == bytes_of(settings_.uuid) && *message.get_hex("hg") <= settings_.generation;
  return {ours ? Fate::own_echo : Fate::impostor};
}

Arrival Transport::unnumbered(const Message& message, std::string_view name, Peer& peer, core::Now now,
                              TransportWork& work) {
  // The original takes these of any generation, for ever.
  auto generation = *message.get_hex("hg");
  if (peer.generation != 0 && generation < peer.generation) return {Fate::replay};
  if (peer.generation != 0 && generation > peer.generation) return {Fate::unannounced};
  if (message.get_hex("ts").value_or(0) + kReplayWindow < peer.said_ts) {
    report(peer,
           {transport_event::kOldWord,
            {{"node", std::string(name)}, {"type", base::printable(message.type(), 40)}}},
           now.mono, work);
    return {Fate::replay};
  }
  if (message.has("dest") && message.get("dest") != settings_.self) return {Fate::not_for_us};
  if (message.type() == "NS_rexmit") {
    answer_request(message, name, peer, now, work);
  } else if (message.type() == "NS_ackmsg") {
    note_ack(message, peer, now.mono);
  } else if (message.type() == "NS_nak_rexmit") {
    note_refusal(message, name, peer, now, work);
  } else {
    work.deliver.push_back(message);
    return {Fate::accepted};
  }
  return {Fate::consumed};
}

Arrival Transport::numbered(const Message& message, std::string_view name, Peer& peer, core::Now now,
                            TransportWork& work) {
  auto generation = *message.get_hex("hg");
  auto sequence = message.get_hex("seq");
  if (!sequence || *sequence == 0 || *sequence > PeerSequence::kMaxSequence) return {Fate::malformed};

  bool again = false;
  if (generation < peer.generation && is_status(message) && !peer.live &&
      message.get_hex("ts").value_or(0) > peer.said_ts) {
    // Whoever had the higher number is dead, and this was said after its last word: nobody's record, but a node that
    // has lost its number. The original never hears it again.
    again = true;
    work.events.push_back({transport_event::kRestart, {{"node", std::string(name)}}});
    restarted(peer, generation);
  }
  if (generation < peer.generation) {
    report(peer,
           {transport_event::kReplay,
            {{"node", std::string(name)}, {"gen", number(generation)}, {"current", number(peer.generation)}}},
           now.mono, work);
    return {Fate::replay};
  }
  if (generation > peer.generation) {
    if (peer.generation != 0 && !is_status(message)) return {Fate::unannounced};
    again = peer.generation != 0;
    if (again) work.events.push_back({transport_event::kRestart, {{"node", std::string(name)}}});
    restarted(peer, generation);
  }

  auto fate = peer.sequence.accept(*sequence, now.mono, rng_, settings_.max_rexmit_delay);
  if (fate == PeerSequence::Fate::stale) return {Fate::replay, again};
  if (fate == PeerSequence::Fate::duplicate) return {Fate::duplicate, again};
  if (fate == PeerSequence::Fate::reset) {
    peer.lost_at = this->sequence();
    report(peer, {transport_event::kLostMany}, now.mono, work);
  }
  if (!peer.live) peer.heard_at = this->sequence();
  peer.live = true;
  learn(message, name, peer, now, work);
  // Of the newest, not the latest: a clock that was set back counts from there.
  if (*sequence == peer.sequence.last()) peer.said_ts = message.get_hex("ts").value_or(0);

  Arrival arrival{Fate::accepted, again};
  if (message.has("dest") && message.get("dest") != settings_.self) {
    arrival.fate = Fate::not_for_us;
  } else if (!is_status(message)) {
    hold(peer, *sequence, message, now.mono);
  } else if (*sequence < peer.status_sequence) {
    arrival.fate = Fate::consumed;
  } else {
    peer.status_sequence = *sequence;
    work.deliver.push_back(message);
  }
  release(peer, work);
  gaps_closed(name, peer, now.mono, work);
  acknowledge(name, peer, fate, now, work);
  return arrival;
}

void Transport::restarted(Peer& peer, std::uint64_t generation) {
  peer.generation = generation;
  peer.sequence = {};
  peer.said_ts = peer.status_sequence = peer.ack_sent = peer.waited_through = 0;
  peer.heard_at = sequence();
  peer.lost_at = 0;
  peer.held.clear();  // words of a process that is no more
  peer.held_bytes = 0;
  peer.loss_logged = false;
  peer.ack_trigger = rng_.below(10);
}

void Transport::learn(const Message& message, std::string_view name, Peer& peer, core::Now now,
                      TransportWork& work) {
  if (is_status(message)) peer.acknowledges = message.has("protocol");
  auto uuid = message.get("srcuuid");
  if (uuid.size() != 16 || uuid == peer.uuid ||
      uuid == std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16))
    return;
  if (!peer.uuid.empty())
    report(peer, {transport_event::kNewUuid, {{"node", std::string(name)}, {"uuid", uuid_text(uuid)}}},
           now.mono, work);
  peer.uuid = uuid;
}

void Transport::hold(Peer& peer, std::uint64_t sequence, const Message& message, base::Mono now) {
  peer.held.emplace(sequence, Held{message, now + kHoldLimit});
  peer.held_bytes += message.byte_size();
  if (peer.held.size() > PeerSequence::kMaxGap || peer.held_bytes > kMaxHeldBytes)
    peer.waited_through = std::max(peer.waited_through, peer.held.rbegin()->first);
}

void Transport::release(Peer& peer, TransportWork& work) {
  auto gap = peer.sequence.gap_from(peer.waited_through + 1);
  while (!peer.held.empty() && (!gap || peer.held.begin()->first < *gap)) {
    peer.held_bytes -= peer.held.begin()->second.message.byte_size();
    work.deliver.push_back(std::move(peer.held.begin()->second.message));
    peer.held.erase(peer.held.begin());
  }
}

void Transport::gaps_closed(std::string_view name, Peer& peer, base::Mono now, TransportWork& work) {
  if (!peer.loss_logged || peer.sequence.has_gaps()) return;
  peer.loss_logged = false;
  report(peer, {transport_event::kFound, {{"node", std::string(name)}}}, now, work);
}

void Transport::acknowledge(std::string_view name, Peer& peer, PeerSequence::Fate fate, core::Now now,
                            TransportWork& work) {
  auto complete = peer.sequence.complete_through();
  bool restart_counting = fate == PeerSequence::Fate::first || fate == PeerSequence::Fate::reset;
  bool turn = peer.sequence.last() % 10 == peer.ack_trigger && fate != PeerSequence::Fate::filled;
  if (restart_counting) peer.ack_sent = complete - 1;
  // One per ten packets as the original, and one as soon as a closed gap lets the sender free twice as many.
  if (!peer.acknowledges || complete <= peer.ack_sent || (!turn && complete < peer.ack_sent + 20)) return;
  peer.ack_sent = complete;
  Message ack("NS_ackmsg");
  ack.add("dest", name).add_hex("ackseq", complete);
  work.send.push_back(stamp(std::move(ack), now, {}));
}

void Transport::answer_request(const Message& message, std::string_view name, Peer& peer, core::Now now,
                               TransportWork& work) {
  // Decimal in this type, hexadecimal everywhere else (reference, 1.5).
  auto first = message.get_number("firstseq");
  auto last = message.get_number("lastseq");
  if (!message.has("dest") || !first || !last || *first < 1 || *last < *first) return;
  if (now.mono >= peer.refusals_until) {
    peer.refusals_until = now.mono + History::kResendInterval;
    peer.refusals = 0;
  }
  auto from = static_cast<std::uint64_t>(*first);
  auto to = std::min(static_cast<std::uint64_t>(*last), from + PeerSequence::kMaxRequestsPerTurn - 1);
  for (auto wanted = from; wanted <= to; ++wanted) {
    if (wanted <= peer.acknowledged) continue;
    if (wanted > sequence()) {
      report(peer, {transport_event::kBeyondSent, {{"seq", number(wanted)}, {"max", number(sequence())}}},
             now.mono, work);
      return;
    }
    if (auto* entry = history_.find(wanted)) {
      if (now.mono - entry->resent < History::kResendInterval) continue;
      entry->resent = now.mono;
      work.send.push_back(entry->message);
    } else if (peer.refusals++ < kMaxRefusals) {
      constexpr std::string_view reason = "seqno too low";
      Message refusal("NS_nak_rexmit");
      refusal.add("dest", name).add_hex("firstseq", wanted).add_hex("lastseq", wanted).add("info", reason);
      work.send.push_back(stamp(std::move(refusal), now, {}));
      report(peer,
             {transport_event::kCannotResend,
              {{"seq", number(wanted)}, {"node", std::string(name)}, {"reason", std::string(reason)}}},
             now.mono, work);
    }
  }
}

void Transport::note_ack(const Message& message, Peer& peer, base::Mono now) {
  auto acknowledged = message.get_hex("ackseq");
  if (!message.has("dest") || !acknowledged || *acknowledged > sequence() ||
      *acknowledged <= peer.acknowledged)
    return;
  peer.acknowledged = *acknowledged;
  if (peer.acknowledged >= peer.lost_at) peer.lost_at = 0;
  if (peer.lags_since != base::kNever) peer.lags_since = now;
  forget_acknowledged(now);
}

void Transport::forget_acknowledged(base::Mono now) {
  auto through = sequence();
  for (const auto& [name, peer] : peers_)
    if (peer.live) through = std::min(through, peer.acknowledged);
  history_.forget_through(through, now);
}

void Transport::note_refusal(const Message& message, std::string_view name, Peer& peer, core::Now now,
                             TransportWork& work) {
  auto lost = message.get_hex("firstseq");
  if (!lost || !peer.sequence.give_up(*lost)) return;
  peer.lost_at = sequence();
  report(peer, {transport_event::kIrretrievable, {{"node", std::string(name)}, {"seq", number(*lost)}}},
         now.mono, work);
  release(peer, work);
  gaps_closed(name, peer, now.mono, work);
}

Message Transport::request(std::string_view name, std::uint64_t sequence, core::Now now) {
  Message request("NS_rexmit");
  request.add("dest", name).add("firstseq", number(sequence)).add("lastseq", number(sequence));
  return stamp(std::move(request), now, {});
}

void Transport::tick(core::Now now, TransportWork& work) {
  for (auto& [name, peer] : peers_) {
    auto due = peer.sequence.due(now.mono);
    for (auto sequence : due.ask) work.send.push_back(request(name, sequence, now));
    if (!due.overdue.empty()) {
      auto said = work.events.size();
      report(peer,
             {transport_event::kLost,
              {{"count", number(due.overdue.size())},
               {"node", name},
               {"before", number(due.overdue.front() - 1)},
               {"after", number(due.overdue.back() + 1)}}},
             now.mono, work);
      peer.loss_logged |= work.events.size() > said;
    }
    if (!due.given_up.empty()) peer.lost_at = sequence();
    for (auto sequence : due.given_up)
      report(peer, {transport_event::kIrretrievable, {{"node", name}, {"seq", number(sequence)}}}, now.mono,
             work);
    for (const auto& [sequence, held] : peer.held)
      if (held.until <= now.mono) peer.waited_through = std::max(peer.waited_through, sequence);
    release(peer, work);
    gaps_closed(name, peer, now.mono, work);
  }
}

base::Mono Transport::next_wake() const {
  auto first = base::kNever;
  for (const auto& [name, peer] : peers_) {
    first = std::min(first, peer.sequence.next_wake());
    for (const auto& [sequence, held] : peer.held) first = std::min(first, held.until);
  }
  return first;
}

void Transport::node_dead(std::string_view name) {
  auto at = peers_.find(name);
  if (at == peers_.end()) return;
  auto& peer = at->second;
  peer.sequence.suspend();
  peer.held.clear();
  peer.held_bytes = 0;
  peer.waited_through = 0;
  peer.loss_logged = false;
  peer.lost_at = 0;
  peer.live = false;
}

std::uint64_t Transport::generation_of(std::string_view peer) const {
  auto at = peers_.find(peer);
  return at == peers_.end() ? 0 : at->second.generation;
}

std::uint64_t Transport::newest_of(std::string_view peer) const {
  auto at = peers_.find(peer);
  return at == peers_.end() ? 0 : std::max(at->second.sequence.last(), at->second.sequence.floor());
}

std::uint64_t Transport::status_of(std::string_view peer) const {
  auto at = peers_.find(peer);
  return at == peers_.end() ? 0 : at->second.status_sequence;
}

std::string Transport::uuid_of(std::string_view peer) const {
  auto at = peers_.find(peer);
  return at == peers_.end() ? std::string{} : at->second.uuid;
}

bool Transport::complete(std::string_view name) const {
  auto at = peers_.find(name);
  return at == peers_.end() || (!at->second.sequence.has_gaps() && (at->second.lost_at == 0 || !at->second.acknowledges));
}

bool Transport::gaps(std::string_view name) const {
  auto at = peers_.find(name);
  return at != peers_.end() && at->second.sequence.has_gaps();
}

bool Transport::congested(base::Mono now) {
  bool any = false;
  for (auto& [name, peer] : peers_) {
    const auto lag = sequence() - std::max(peer.acknowledged, peer.heard_at);
    const auto limit = peer.lags_since == base::kNever ? kCongestion : kRelief;
    if (!peer.live || !peer.acknowledges || lag <= limit) {
      peer.lags_since = base::kNever;
      continue;
    }
    if (peer.lags_since == base::kNever) peer.lags_since = now;
    any = any || now - peer.lags_since < kAckPatience;
  }
  return any;
}

}  // namespace hbd::elect::heartbeat
