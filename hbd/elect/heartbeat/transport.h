// SPDX-License-Identifier: Apache-2.0
// Heartbeat's reliable multicast (reference, section 3) between the nodes of a cluster: what we send is numbered,
// remembered and sent again when asked; what peers send is freed of duplicates and replays, its gaps are asked for,
// and it is delivered in the sender's order. It holds no clock and no socket, and knows nothing of what messages mean,
// except that a `status` is never kept waiting and a later one makes an earlier one worthless.
// It sees verified messages only (wire::open). Ping nodes (NS_st) and liveness are the elector's business.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/instant.h"
#include "base/rng.h"
#include "hbd/core/input.h"
#include "hbd/elect/heartbeat/history.h"
#include "hbd/elect/heartbeat/peer_sequence.h"
#include "hbd/wire/message.h"

namespace hbd::elect::heartbeat {

using Uuid = std::array<std::uint8_t, 16>;

/// What became of a message that receive() was given.
enum class Fate : std::uint8_t {
  accepted,        ///< in `deliver` now, or held until what it follows has come (at most kHoldLimit)
  consumed,        ///< one of our own kind (ack, request, refusal), or a status that a later one has overtaken
  not_for_us,      ///< numbered like all others, then dropped: its dest is another node
  duplicate,       ///< seen before, mostly on another medium; the link it came by is alive all the same
  own_echo,        ///< we sent it
  impostor,        ///< says that it is from us, but we never sent it
  stranger,        ///< src is no peer of ours
  malformed,       ///< lacks src, ts, t, seq or hg
  replay,          ///< of an older generation of its sender, or older than that sender's death, or an old NS_ message
  unannounced,     ///< of a generation that no status has announced yet
};

/// What one call wants done. Messages in `send` are stamped: seal each and transmit it on all media.
struct TransportWork {
  std::vector<wire::Message> deliver;  ///< in the sender's order
  std::vector<wire::Message> send;
  std::vector<base::Event> events;     ///< bounded in rate, whatever peers do
};

struct Arrival {
  Fate fate = Fate::malformed;
  bool restarted = false;  ///< a status with a higher generation than we knew: the sender has started again
  /// A peer's packet that proves it alive and reachable over the link it came by.
  bool genuine() const {
    return fate == Fate::accepted || fate == Fate::consumed || fate == Fate::not_for_us || fate == Fate::duplicate;
  }
};

class Transport {
 public:
  /// How long a message waits for those before it: four requests. Under one loss in five, out of order is then rare
  /// (about 1 message in 100), and a standby still answers within its timers.
  static constexpr base::Millis kHoldLimit{1000};
  /// An NS_ message has no number. One whose `ts` is this much before that of its sender's newest numbered message
  /// was recorded and played again: both times are the sender's, so no two clocks are compared.
  static constexpr std::uint64_t kReplayWindow = 30;
  /// A sort of log line about one peer appears at most this often.
  static constexpr base::Seconds kLogInterval{10};
  /// Bytes of one peer's messages that wait for a gap; more, and the gap is not waited for.
  static constexpr std::size_t kMaxHeldBytes = 2 * 1024 * 1024;
  static constexpr std::size_t kMaxDropped = 100;
  /// Refusals (NS_nak_rexmit) to one peer per History::kResendInterval.
  static constexpr int kMaxRefusals = 50;
  /// Unacknowledged messages after which the original stops listening to its clients (MAXMSGHIST / 2) ...
  static constexpr std::uint64_t kCongestion = 250;
  /// ... and those at which we listen to them again: not at each tenth message one way, then the other.
  static constexpr std::uint64_t kRelief = kCongestion / 2;
  /// Whoever lives, lags behind and has acknowledged nothing for so long does not hear us: nobody waits for it.
  static constexpr base::Seconds kAckPatience{10};

  struct Settings {
    std::string self;
    Uuid uuid{};
    std::uint64_t generation = 0;
    std::uint64_t seed = 0;
    base::Millis max_rexmit_delay{250};
    int ttl = 1;  ///< hopfudge + number of nodes, ping nodes included
  };
  explicit Transport(Settings settings);

  /// Normal nodes other than ourselves; adding one that is there changes nothing. One that was a peer before is as it was
  /// when it was dropped, so that records of what it said then are not new.
  void add_peer(std::string_view name);
  /// It is no node of the cluster any more: from now on a stranger. The last kMaxDropped are remembered.
  void drop_peer(std::string_view name, base::Mono now);
  void set_ttl(int ttl) { settings_.ttl = ttl; }

  /// Completes a message of ours in the original's order of fields (reference 1.6): destuuid, src, srcuuid, seq, hg, ts,
  /// ld, ttl; fields that are there already are overwritten in place. Types starting NS_ get no seq and no ld, and keep
  /// what they have. Numbered messages enter the history. Each call uses up one sequence number, so stamp what will be
  /// sent, in the order in which it will be sent.
  wire::Message stamp(wire::Message message, core::Now now, std::string_view load);

  /// One verified message from the wire. `work` is added to.
  Arrival receive(const wire::Message& message, core::Now now, TransportWork& work);

  /// Requests that have become due, and messages that have waited long enough.
  void tick(core::Now now, TransportWork& work);
  base::Mono next_wake() const;

  /// A peer was declared dead: nothing is asked of it any more. Its next packet of any later number is taken; older
  /// ones stay refused (the original takes them all, and so a replay).
  void node_dead(std::string_view peer);

  std::uint64_t sequence() const { return next_sequence_ - 1; }      ///< of the last message stamped; 0 before
  std::uint64_t generation_of(std::string_view peer) const;           ///< 0 while unknown
  std::uint64_t newest_of(std::string_view peer) const;               ///< number of its newest message; 0 while unknown
  std::uint64_t status_of(std::string_view peer) const;               ///< number of its newest status; 0 while unknown
  std::string uuid_of(std::string_view peer) const;                   ///< 16 raw bytes, or empty while unknown
  /// Whether all is known that it has said: nothing is being asked for again, and nothing was given up since it last
  /// showed that it hears us.
  bool complete(std::string_view peer) const;
  /// Whether something that it has said is being asked for again.
  bool gaps(std::string_view peer) const;
  /// A live peer that acknowledges lags so far behind that clients should be paused, or has not caught up since.
  bool congested(base::Mono now);

  /// Numbers, generations, gaps, and the last words of the history that may be asked for again, for core's Remember. A memento must be kept before the packets of
  /// the same step leave: a number used twice in one generation is lost for the peers. Without a memento a new
  /// process needs a new generation.
  std::string save(base::Mono now) const;
  /// False, and nothing changed, when it is damaged or of another generation. Peers must have been added before.
  bool restore(std::string_view memento, base::Mono now);

 private:
  struct Held {
    wire::Message message;
    base::Mono until;
  };
  struct Peer {
    PeerSequence sequence;
    std::uint64_t generation = 0;
    std::uint64_t status_sequence = 0;  ///< of the newest status
    std::uint64_t acknowledged = 0;     ///< by this peer, of ours
    std::uint64_t ack_sent = 0;         ///< by us, of its
    base::Mono lags_since = base::kNever;  ///< lags behind, and has acknowledged nothing since
    std::uint64_t ack_trigger = 0;
    std::uint64_t said_ts = 0;          ///< `ts` of its newest numbered message
    bool acknowledges = false;          ///< its status carries `protocol`
    bool live = false;
    std::string uuid;
    std::map<std::uint64_t, Held> held;
    std::size_t held_bytes = 0;
    std::uint64_t waited_through = 0;   ///< gaps up to here hold nothing back any more
    std::uint64_t heard_at = 0;         ///< our number when it came alive
    std::uint64_t lost_at = 0;          ///< ours when a word of its was given up; 0 once it has acknowledged that one
    bool loss_logged = false;
    base::Mono refusals_until{};        ///< end of the interval that the next counter is for
    int refusals = 0;
    std::map<std::string_view, base::Mono> quiet_until;  ///< by event id: a sort of line is not said again before
  };
  using Peers = std::map<std::string, Peer, std::less<>>;

  static void report(Peer& peer, base::Event event, base::Mono now, TransportWork& work);
  Arrival from_ourselves(const wire::Message& message) const;
  Arrival unnumbered(const wire::Message& message, std::string_view name, Peer& peer, core::Now now, TransportWork& work);
  Arrival numbered(const wire::Message& message, std::string_view name, Peer& peer, core::Now now, TransportWork& work);
  void restarted(Peer& peer, std::uint64_t generation);
  static void remember(std::vector<std::pair<std::string, Peer>>& dropped, std::string_view name, Peer peer);
  void learn(const wire::Message& message, std::string_view name, Peer& peer, core::Now now, TransportWork& work);
  static void hold(Peer& peer, std::uint64_t sequence, const wire::Message& message, base::Mono now);
  static void gaps_closed(std::string_view name, Peer& peer, base::Mono now, TransportWork& work);
  static void release(Peer& peer, TransportWork& work);
  void acknowledge(std::string_view name, Peer& peer, PeerSequence::Fate fate, core::Now now, TransportWork& work);
  void answer_request(const wire::Message& message, std::string_view name, Peer& peer, core::Now now, TransportWork& work);
  void note_ack(const wire::Message& message, Peer& peer, base::Mono now);
  void note_refusal(const wire::Message& message, std::string_view name, Peer& peer, core::Now now, TransportWork& work);
  void forget_acknowledged(base::Mono now);
  wire::Message request(std::string_view name, std::uint64_t sequence, core::Now now);

  Settings settings_;
  base::Rng rng_;
  Peers peers_;
  std::vector<std::pair<std::string, Peer>> dropped_;  ///< the latest last
  History history_;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace hbd::elect::heartbeat
