// SPDX-License-Identifier: Apache-2.0
// What a transport must not forget when its process dies within a generation.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "hbd/elect/heartbeat/transport.h"
#include "hbd/wire/netstring.h"

namespace hbd::elect::heartbeat {

using wire::FieldType;
using wire::Message;

std::string Transport::save(base::Mono now) const {
  Message out("transport");
  out.add_hex("hg", settings_.generation).add_hex("seq", sequence());
  const auto add = [&out](const std::string& name, const Peer& peer) {
    auto gaps = peer.sequence.gaps();
    // What waits in memory for a gap is asked for once more.
    for (const auto& [sequence, held] : peer.held) gaps.push_back(sequence);
    std::sort(gaps.begin(), gaps.end());
    Message entry("peer");
    entry.add("name", name).add_hex("hg", peer.generation).add_hex("last", peer.sequence.last());
    entry.add_hex("floor", peer.sequence.floor()).add_hex("status", peer.status_sequence);
    entry.add_hex("said", peer.said_ts);
    entry.add_hex("acknowledged", peer.acknowledged).add_hex("ack_sent", peer.ack_sent);
    entry.add_hex("lost", peer.lost_at);
    entry.add("flags", fmt::format("{}{}", peer.acknowledges ? "a" : "", peer.live ? "l" : ""));
    entry.add("uuid", peer.uuid, FieldType::binary).add("gaps", fmt::format("{}", fmt::join(gaps, " ")));
    out.add("peer", wire::encode_netstring(entry), FieldType::nested);
  };
  for (const auto& [name, peer] : dropped_) add(name, peer);
  for (const auto& [name, peer] : peers_) add(name, peer);
  // Heartbeats come again by themselves; the one word that ends a handover does not.
  for (const auto* said : history_.last_words(now))
    out.add("said", wire::encode_netstring(said->message), FieldType::nested);
  return wire::encode_netstring(out);
}

bool Transport::restore(std::string_view memento, base::Mono now) {
  auto saved = wire::decode_netstring(memento);
  if (!saved || saved->type() != "transport" || saved->get_hex("hg") != settings_.generation) return false;
  auto sequence = saved->get_hex("seq");
  if (!sequence) return false;
  auto peers = peers_;
  auto dropped = dropped_;
  History history;
  std::uint64_t newest_said = 0;
  for (const auto& field : saved->fields()) {
    if (field.name == "said") {
      const auto said = wire::decode_netstring(field.value);
      const auto number = said ? said->get_hex("seq").value_or(0) : 0;
      if (number <= newest_said || number > *sequence) return false;
      history.add(newest_said = number, *said, now);
      continue;
    }
    if (field.name != "peer") continue;
    auto entry = wire::decode_netstring(field.value);
    if (!entry) return false;
    const auto at = peers.find(entry->get("name"));
    const bool is_peer = at != peers.end();  // else it was dropped before, or removed from ha.cf meanwhile
    auto number = [&](std::string_view name) { return entry->get_hex(name).value_or(0); };
    std::vector<std::uint64_t> gaps;
    for (auto word : base::words(entry->get("gaps")))
      if (auto gap = base::parse_number<std::uint64_t>(word)) gaps.push_back(*gap);
    Peer former;
    auto& peer = is_peer ? at->second : former;
    peer.generation = number("hg");
    peer.sequence.restore(number("last"), number("floor"), gaps, now);
    peer.status_sequence = number("status");
    peer.said_ts = number("said");  // else every record of it would be new again
    peer.acknowledged = number("acknowledged");
    peer.ack_sent = number("ack_sent");
    peer.lost_at = number("lost");
    peer.acknowledges = entry->get("flags").find('a') != std::string_view::npos;
    peer.live = entry->get("flags").find('l') != std::string_view::npos;
    peer.heard_at = *sequence;
    peer.uuid = entry->get("uuid");
    if (is_peer) continue;
    peer.live = false;
    peer.sequence.suspend();
    remember(dropped, entry->get("name"), std::move(former));
  }
  peers_ = std::move(peers);
  dropped_ = std::move(dropped);
  history_ = std::move(history);
  next_sequence_ = *sequence + 1;
  return true;
}

}  // namespace hbd::elect::heartbeat
