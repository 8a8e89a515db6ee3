// SPDX-License-Identifier: Apache-2.0
// The policy of Heartbeat's ipfail, built in: of two nodes, the one that sees fewer ping nodes gives its
// groups to the other. The two compare counts by messages that a real ipfail understands (reference 6.2), and
// wait a little, so that a ping node that died for both moves nothing. No sleeping, and the question is asked
// again while it matters.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/instant.h"
#include "hbd/model/resource.h"
#include "hbd/wire/message.h"

namespace hbd::elect::heartbeat {

class Ipfail {
 public:
  struct Facts {
    std::string self, peer;  ///< peer: empty while there is none
    std::size_t count = 0;   ///< ping nodes that answer
    bool failback = false;
    bool holds_any = false, holds_foreign = false;
    bool stable = false;  ///< no group of ours is moving
  };
  struct Work {
    std::vector<wire::Message> send;
    std::vector<base::Event> events;
    std::optional<model::Holding> give;
  };

  explicit Ipfail(base::Duration keepalive) : keepalive_(keepalive) {}

  /// A ping node or a link came or went, or the peer's ipfail joined.
  void something_changed(const Facts& facts, Work& work);
  void heard(const wire::Message& message, const Facts& facts, base::Mono now, Work& work);
  void tick(const Facts& facts, base::Mono now, Work& work);
  base::Mono next_wake() const { return std::min(give_at_, ask_at_); }

  /// True for messages that this policy speaks.
  static bool speaks(const wire::Message& message);
  /// Says that this node takes part, as a real ipfail's sign-on does.
  static wire::Message joining(const std::string& self);

 private:
  void arm(model::Holding what, base::Mono now, Work& work);
  wire::Message to_peer(std::string_view type, const Facts& facts,
                        std::optional<std::size_t> count = {}) const;

  base::Duration keepalive_;
  model::Holding what_ = model::Holding::none;
  base::Mono give_at_ = base::kNever;
  base::Mono ask_at_ = base::kNever;
};

}  // namespace hbd::elect::heartbeat
