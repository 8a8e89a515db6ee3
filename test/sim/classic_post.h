// SPDX-License-Identifier: Apache-2.0
// The numbered messages of Heartbeat 3.0.6 as it sends and reads them (reference 3): delivered in the order
// of their coming, gaps asked for one by one, a history of 500, an ack for every tenth, and everything that a
// later Heartbeat must live with. For a pair: there is one peer.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "hbd/core/input.h"
#include "hbd/wire/message.h"

namespace sim {

class ClassicPost {
 public:
  struct Identity {
    std::string self, peer;
    std::uint64_t generation = 0;
    std::array<std::uint8_t, 16> uuid{};
    std::uint64_t seed = 0;
    int ttl = 3;
  };
  /// What became of one that came.
  struct Taken {
    bool deliver = false;
    bool restarted = false;  ///< its sender has a new generation
    bool returned = false;   ///< its sender was called dead, and never was
  };

  explicit ClassicPost(Identity identity);

  /// Fields that everything gets, in its order; remembered unless its type begins with NS_.
  hbd::wire::Message stamp(hbd::wire::Message message, hbd::core::Now now);
  /// A verified message of the peer. `answers`: stamped, to be sent.
  Taken receive(const hbd::wire::Message& message, bool called_dead, hbd::core::Now now,
                std::vector<hbd::wire::Message>& answers);
  void tick(hbd::core::Now now, std::vector<hbd::wire::Message>& requests);
  base::Mono next_wake() const;
  void called_dead();
  bool flow_control() const { return flow_control_; }

 private:
  struct Sent {
    std::uint64_t number;
    hbd::wire::Message message;
    base::Mono sent, resent;
  };
  void answer_request(const hbd::wire::Message& m, hbd::core::Now now,
                      std::vector<hbd::wire::Message>& answers);
  void acked(const hbd::wire::Message& m, base::Mono now);

  Identity me_;
  base::Rng rng_;
  std::uint64_t next_ = 1;
  std::deque<Sent> history_;
  std::uint64_t acked_ = 0;  ///< by the peer

  // Of the peer.
  std::uint64_t generation_ = 0, last_ = 0, last_status_ = 0;
  std::uint64_t ack_trigger_ = 0;
  bool flow_control_ = false;
  std::map<std::uint64_t, base::Mono> missing_;  ///< number, and when to ask (again)
  std::string peer_uuid_;
};

}  // namespace sim
