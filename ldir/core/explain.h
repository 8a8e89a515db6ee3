// SPDX-License-Identifier: Apache-2.0
// Why each entry of the table is there, or is not: plain data that status --explain prints. Decided by policy,
// dated by the director.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "ldir/check/verdict.h"
#include "ldir/core/tally.h"
#include "ldir/core/timeline.h"
#include "ldir/ipvs/table.h"

namespace ldir::core {

/// What is known about a real server. `unknown` until its first verdict.
enum class RealState { unknown, up, down };

/// What the policy wants of one entry.
enum class Placement {
  serving,    ///< in the table with its weight
  quiescent,  ///< in the table with weight 0: it failed
  held,       ///< in the table as it was found, not judged yet
  absent,     ///< not in the table
};

struct Explanation {
  ipvs::DestKey endpoint;
  std::string name;        ///< address and port as configured, where that differs
  std::string method;      ///< gate, masq, ipip, gue, gre
  bool fallback = false;
  bool configured = true;  ///< false: a stranger in a service of ours
  Placement placement = Placement::absent;
  std::optional<ipvs::Dest> dest;  ///< as wanted in the table; nullopt when absent
  RealState state = RealState::unknown;
  unsigned failures = 0;           ///< consecutive ones
  std::string maintenance;         ///< the file that takes it out, empty if none does
  base::Mono since{};              ///< of the present state
  std::optional<check::Verdict> last;  ///< of the last check that finished
  std::string reason;              ///< in words: "last check passed: 200 OK"
  std::optional<std::uint32_t> connections;  ///< at the last look at the kernel's table, which holds it
  /// That many or more connections and the kernel gives it no more clients.
  bool at_limit() const { return dest && dest->upper > 0 && connections && *connections >= dest->upper; }
  std::vector<Transition> timeline;          ///< oldest first
};

struct ServiceExplanation {
  ipvs::ServiceKey key;
  ipvs::ServiceOptions options;
  bool in_kernel = false;
  std::string last_error;  ///< what the kernel refused last, empty if nothing
  std::size_t in_table = 0;      ///< entries of the kernel's table
  bool without_reals = false;    ///< no real server serves: it is the fallback's time
  ServiceTally tally;
  std::vector<Explanation> entries;
};

const char* name(RealState state);      ///< "unknown", "up", "down"
const char* name(Placement placement);  ///< "serving", "quiescent", "held", "absent"

}  // namespace ldir::core
