// SPDX-License-Identifier: Apache-2.0
// What a pair with a Heartbeat 3.0.6 in one seat can not be blamed for: that one does it to another of its
// kind as well. One row each; --coverage prints how often it was granted.
#pragma once

#include <string_view>

namespace sim {

struct ClassicFault {
  std::string_view name, reason;
};

enum class Granted { left_running, unsaid, not_run, race, an_hour, legacy, too_early };

inline constexpr ClassicFault kClassicFaults[] = {
    {"left running",
     "what runs when its daemon dies goes on, and the next one knows nothing of it (reference 4.4, 10)"},
    {"runs what it does not claim",
     "its scripts queue up and run side by side: one that takes ends after its word was changed (reference "
     "5.4, 12)"},
    {"claims what it does not run",
     "its word is what it means to do: a failed start changes nothing, nor is it tried again (reference 5.3, "
     "5.5, 12)"},
    {"mach_down race",
     "the end of a takeover before comm-up is not heard: in transition for ever (reference 5.8)"},
    {"an hour for a handover",
     "who has said that it takes waits an hour for what the giver, after 10 s without an answer, forgot "
     "(reference 5.7)"},
    {"legacy, without a word",
     "who took the other's groups when it heard nothing keeps them until it is asked, and does not say so "
     "(reference 5.6)"},
    {"free before it is stopped",
     "it says that it has let go of what its scripts still stop, or start: side by side, or of a group whose address "
     "alone is down (reference 5.5, 5.6, 5.7)"},
};

}  // namespace sim
