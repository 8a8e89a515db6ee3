// SPDX-License-Identifier: Apache-2.0
// Is a node alive? It is dead when nothing came from it for as long as it said itself (its dead time), and at
// exactly that moment. Only silence that we were awake for counts: packets are stamped when they are drained
// from the link, after any stall of ours, and if we were stalled for long, packets may even have been lost on
// our own side, so a silent node gets time for one more heartbeat. Being late is worth a line in the log,
// never a verdict. (The original scans every 250 ms, and marks a node dead on the spot when a heartbeat comes
// late.)
#pragma once

#include "base/instant.h"

namespace hbd::elect::heartbeat {

class Pulse {
 public:
  /// `limit`: silence after which the node is dead; never zero.
  void begin(base::Mono now, base::Duration limit);
  /// A status came; answers the time since the one before it.
  base::Duration heard(base::Mono at);
  void set_limit(base::Duration limit) { limit_ = limit; }
  /// Not dead before `until`, whatever else holds.
  void pardon(base::Mono until);

  base::Mono last() const { return last_; }
  base::Duration limit() const { return limit_; }
  base::Mono deadline() const;
  bool silent(base::Mono now) const { return now >= deadline(); }

 private:
  base::Mono last_{};
  base::Mono pardoned_until_{};
  base::Duration limit_{1};
};

/// Were we late enough for our own tick that silence may be our own fault?
bool stalled(base::Mono planned, base::Mono now, base::Duration keepalive);

}  // namespace hbd::elect::heartbeat
