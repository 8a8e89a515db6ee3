// SPDX-License-Identifier: Apache-2.0
// Heartbeat 3.0.6's ipfail (reference 6.2): who sees fewer ping nodes than the other gives up what it holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "hbd/model/resource.h"
#include "hbd/wire/message.h"

namespace sim {

class ClassicIpfail {
 public:
  struct Facts {
    std::string self, peer;
    std::int64_t pings = 0;  ///< that answer
    bool auto_failback = false, stable = false;
  };
  explicit ClassicIpfail(base::Duration keepalive) : keepalive_(keepalive) {}
  hbd::wire::Message join(const Facts& facts) const { return word("hbapi-clstat", facts).add("st", "join"); }
  /// A ping node came, or a link died.
  hbd::wire::Message count(const Facts& facts) const {
    return word("num_ping_nodes", facts).add_number("num_ping", facts.pings);
  }
  void hear(const hbd::wire::Message& m, const Facts& facts, base::Mono now,
            std::vector<hbd::wire::Message>& say);
  /// What is to be given up now.
  std::optional<hbd::model::Holding> tick(base::Mono now);
  base::Mono next_wake() const { return give_at_; }

 private:
  hbd::wire::Message word(std::string_view type, const Facts& facts) const;
  void arm(hbd::model::Holding what, base::Mono now);
  base::Duration keepalive_;
  base::Mono give_at_ = base::kNever;
  hbd::model::Holding what_ = hbd::model::Holding::all;
};

}  // namespace sim
