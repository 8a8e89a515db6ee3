// SPDX-License-Identifier: Apache-2.0
// What the model of Heartbeat 3.0.6 tells a reader of --trace and --coverage.
#pragma once

#include "base/event.h"

namespace sim {

inline constexpr base::EventKind kClassicComm{"classic_comm_up", base::Level::info,
                                              "Comm_now_up(): updating status to active"};
inline constexpr base::EventKind kClassicDead{"classic_dead", base::Level::warn, "node {what}: is dead"};
inline constexpr base::EventKind kClassicLate{"classic_late", base::Level::crit,
                                              "Late heartbeat: {what} (> deadtime)"};
inline constexpr base::EventKind kClassicReturned{"classic_returned", base::Level::crit,
                                                  "Cluster node {what} returning after partition."};
inline constexpr base::EventKind kClassicRestart{"classic_heard_restart", base::Level::info,
                                                 "Heartbeat restart on node {what}"};
inline constexpr base::EventKind kClassicState{"classic_state", base::Level::info, "state {what}"};
inline constexpr base::EventKind kClassicTakes{"classic_takes_over", base::Level::info,
                                               "Resources being acquired from {what}."};
inline constexpr base::EventKind kClassicGaveUp{"classic_dead_gave_up", base::Level::info,
                                                "Dead node {what} gave up resources."};
inline constexpr base::EventKind kClassicMachDown{"classic_mach_down", base::Level::info,
                                                  "mach_down takeover complete."};
inline constexpr base::EventKind kClassicUnheard{"classic_mach_down_unheard", base::Level::error,
                                                 "{what} message received in state 0"};
inline constexpr base::EventKind kClassicStandby{"classic_standby", base::Level::info, "standby: {what}"};
inline constexpr base::EventKind kClassicNoReply{"classic_no_reply", base::Level::warn,
                                                 "No reply to standby request.  Standby request cancelled."};
inline constexpr base::EventKind kClassicFailback{"classic_failback", base::Level::info,
                                                  "asks for auto failback"};
inline constexpr base::EventKind kClassicShutdown{"classic_shutdown", base::Level::info,
                                                  "Heartbeat shutdown in progress."};
inline constexpr base::EventKind kClassicDelayed{
    "classic_shutdown_delayed", base::Level::info,
    "Shutdown delayed until current resource activity finishes."};
inline constexpr base::EventKind kClassicNotice{"classic_shutdown_notice", base::Level::info,
                                                "Received shutdown notice from '{what}'."};
inline constexpr base::EventKind kClassicBothOwn{"classic_both_own", base::Level::error,
                                                 "Both machines own {what} resources!"};

}  // namespace sim
