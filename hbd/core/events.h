// SPDX-License-Identifier: Apache-2.0
// What hbd's core says, one row per event, with the text that Heartbeat 3.0.6 (and its ResourceManager,
// ipfail) wrote for it, so that monitoring scripts find their words. Rows marked "new" have no forerunner.
// Places are {field}.
#pragma once

#include <span>

#include "base/event.h"

namespace hbd::core {

using base::EventKind;
using base::Level;

// This node.
inline constexpr EventKind kGeneration{"generation", Level::info, "Heartbeat generation: {generation}"};
inline constexpr EventKind kLocalStatus{"local_status", Level::info, "Local status now set to: '{status}'"};
inline constexpr EventKind kCommUp{"comm_up", Level::info, "Comm_now_up(): updating status to active"};
inline constexpr EventKind kStalled{"self_stalled", Level::warn,
                                    "Gmain_timeout_dispatch: Dispatch function for heartbeat timer was "
                                    "delayed {ms} ms (> {limit} ms) before being called"};
// new:
inline constexpr EventKind kContinued{"continued", Level::notice,
                                      "Continuing generation {generation} with what this node held"};
inline constexpr EventKind kBadMemento{"bad_memento", Level::error,
                                       "What was remembered of this generation is damaged; starting afresh"};

// Peers and links.
inline constexpr EventKind kPeerStatus{"peer_status", Level::info,
                                       "Status update for node {node}: status {status}"};
inline constexpr EventKind kLinkUp{"link_up", Level::info, "Link {node}:{link} up."};
inline constexpr EventKind kLinkDead{"link_dead", Level::info, "Link {node}:{link} dead."};
inline constexpr EventKind kNodeDead{"node_dead", Level::warn, "node {node}: is dead"};
inline constexpr EventKind kLate{"late_heartbeat", Level::warn,
                                 "Late heartbeat: Node {node}: interval {ms} ms"};
inline constexpr EventKind kReturned{"peer_returned", Level::crit,
                                     "Cluster node {node} returning after partition."};
inline constexpr EventKind kReturnedHint{"peer_returned_hint", Level::warn,
                                         "Deadtime value may be too small."};
inline constexpr EventKind kStranger{"stranger", Level::error,
                                     "process_status_message: bad node [{node}] in message"};
// new:
inline constexpr EventKind kOwnMediumDown{"medium_down", Level::error,
                                          "Medium {link} does not work: {reason}"};
inline constexpr EventKind kOwnMediumUp{"medium_up", Level::info, "Medium {link} works again"};
inline constexpr EventKind kImpostor{"impostor", Level::error,
                                     "A packet from {from} on {link} claims to come from this node; ignored"};
inline constexpr EventKind kBadPacket{"bad_packet", Level::warn,
                                      "Packet from {from} on {link} ignored: {reason}"};
inline constexpr EventKind kBadPackets{
    "bad_packets", Level::warn,
    "{count} more packets ignored in the last minute, the last from {from} on {link}: {reason}"};
inline constexpr EventKind kNodeListDiffers{"node_list_differs", Level::warn,
                                            "Node {node} has another list of nodes than this one: {nodes}"};
inline constexpr EventKind kResourcesDiffer{
    "haresources_differ", Level::error,
    "haresources of node {node} differs from this node's: groups will not move as they should"};
inline constexpr EventKind kFilesAgree{"files_agree", Level::info,
                                       "haresources and ha.cf of node {node} are as this node's again"};

// Who holds what.
inline constexpr EventKind kNoStonith{"no_stonith", Level::warn, "No STONITH device configured."};
inline constexpr EventKind kUnprotected{"shared_disks_unprotected", Level::warn,
                                        "Shared disks are not protected."};
inline constexpr EventKind kFencing{"fencing", Level::info, "Resetting node {node} with [{device}]"};
inline constexpr EventKind kFenced{"fenced", Level::info, "node {node} now reset."};
inline constexpr EventKind kFenceFailed{"fence_failed", Level::error,
                                        "STONITH of {node} failed.  Retrying..."};
// new:
inline constexpr EventKind kFenceBlocks{"fence_blocks", Level::crit,
                                        "Nothing of node {node} is taken over before it is reset; attempts "
                                        "that failed: {count}, the next in {seconds} s"};
inline constexpr EventKind kFencedBy{"fenced_by", Level::info, "node {node} was reset by {by}."};
inline constexpr EventKind kFenceMoot{"fence_moot", Level::notice,
                                      "Node {node} is back: it need not be reset any more"};
inline constexpr EventKind kAsksReset{"asks_to_be_reset", Level::crit,
                                      "This node can not let go of what it holds, and does not reset itself: it "
                                      "asks the others to do that"};
inline constexpr EventKind kResetAsked{"reset_asked", Level::crit,
                                       "Node {node} can not let go of what it holds, and asks to be reset"};
inline constexpr EventKind kTakingOver{"taking_over", Level::info, "Resources being acquired from {node}."};
inline constexpr EventKind kDeadGaveUp{"dead_gave_up", Level::info, "Dead node {node} gave up resources."};
inline constexpr EventKind kMachDownScript{"mach_down_script", Level::info,
                                           "mach_down takeover complete for node {node}."};
inline constexpr EventKind kMachDown{"mach_down", Level::info, "mach_down takeover complete."};
inline constexpr EventKind kTakingGroup{"taking_group", Level::info, "Taking over resource group {key}"};
inline constexpr EventKind kRemoteStable{"remote_stable", Level::info,
                                         "remote resource transition completed."};
inline constexpr EventKind kLocalStable{"local_stable", Level::info, "local resource transition completed."};
inline constexpr EventKind kInitialDone{"initial_acquisition", Level::info,
                                        "Initial resource acquisition complete ({cause})"};
inline constexpr EventKind kLocalAcquired{"local_acquired", Level::info,
                                          "Local Resource acquisition completed."};
inline constexpr EventKind kNoLocal{"no_local_resources", Level::info,
                                    "Local Resource acquisition completed. (none)"};
inline constexpr EventKind kBothOwn{"both_own", Level::error, "Both machines own {whose} resources!"};
inline constexpr EventKind kIpAnswer{"ip_request_answer", Level::info,
                                     "received ip-request-resp {key} OK {weown}"};
// new:
inline constexpr EventKind kConflict{
    "conflict", Level::warn, "Resource group {key} is held by {node} as well: {keeper} keeps it ({why})"};
inline constexpr EventKind kCalledOff{"called_off", Level::notice,
                                      "Resource group {key} is not started here for now: {why}"};
inline constexpr EventKind kOrphan{"orphan", Level::info,
                                   "Resource group {key} is held by nobody: acquiring it ({why})"};

// Standby.
inline constexpr EventKind kStandbyAsked{"standby_asked", Level::info, "{node} wants to go standby [{what}]"};
inline constexpr EventKind kStandbyCanTake{"standby_can_take", Level::info,
                                           "standby: {node} can take our {what} resources"};
inline constexpr EventKind kStandbyGiving{"standby_giving", Level::info,
                                          "give up {what} HA resources (standby)."};
inline constexpr EventKind kStandbyGiven{"standby_given", Level::info,
                                         "{what} HA resource release completed (standby)."};
inline constexpr EventKind kStandbyLocalDone{"standby_local_done", Level::info,
                                             "Local standby process completed [{what}]."};
inline constexpr EventKind kStandbyAcquire{"standby_acquire", Level::info,
                                           "standby: acquire [{what}] resources from {node}"};
inline constexpr EventKind kStandbyTaking{"standby_taking", Level::info,
                                          "acquire {what} HA resources (standby)."};
inline constexpr EventKind kStandbyTaken{"standby_taken", Level::info,
                                         "{what} HA resource acquisition completed (standby)."};
inline constexpr EventKind kStandbyDone{"standby_done", Level::info,
                                        "Standby resource acquisition done [{what}]."};
inline constexpr EventKind kStandbyOtherDone{"standby_other_done", Level::info,
                                             "Other node completed standby takeover of {what} resources."};
inline constexpr EventKind kStandbyOtherFlux{
    "standby_other_in_flux", Level::warn,
    "standby message [{what}] from {node} ignored.  Other side is in flux."};
inline constexpr EventKind kStandbyLocalFlux{
    "standby_local_in_flux", Level::warn,
    "standby message [{what}] from {node} ignored.  local resources in flux."};
inline constexpr EventKind kStandbyBusy{
    "standby_busy", Level::warn,
    "Standby in progress- new request from {node} ignored [{seconds} seconds left]"};
inline constexpr EventKind kStandbyNoReply{"standby_no_reply", Level::warn,
                                           "No reply to standby request.  Standby request cancelled."};
inline constexpr EventKind kStandbyUnexpected{
    "standby_unexpected", Level::error, "Ignored standby message '{info}' from {node} in state {state}"};
inline constexpr EventKind kStandbyCancelled{"standby_cancelled", Level::warn,
                                             "Cancelling pending standby operation"};
inline constexpr EventKind kStandbyLegacy{"standby_legacy", Level::warn,
                                          "Standby mode only implemented when nice_failback on"};

// Shutdown.
inline constexpr EventKind kShutdown{"shutdown", Level::info, "Heartbeat shutdown in progress. ({pid})"};
inline constexpr EventKind kGivingUpAll{"giving_up_all", Level::info, "Giving up all HA resources."};
inline constexpr EventKind kAllReleased{"all_released", Level::info, "All HA resources relinquished."};
inline constexpr EventKind kShutdownNotice{"shutdown_notice", Level::info,
                                           "Received shutdown notice from '{node}'."};
inline constexpr EventKind kShutdownDone{"shutdown_done", Level::info, "{node} Heartbeat shutdown complete."};

// Resource scripts: what ResourceManager wrote.
inline constexpr EventKind kAcquiring{"acquiring_group", Level::info, "Acquiring resource group: {line}"};
inline constexpr EventKind kReleasing{"releasing_group", Level::info, "Releasing resource group: {line}"};
inline constexpr EventKind kRunning{"running_script", Level::info,
                                    "Running /etc/ha.d/resource.d/{script} {verb}"};
inline constexpr EventKind kReturnCode{"script_failed", Level::error,
                                       "Return code {code} from /etc/ha.d/resource.d/{script}"};
inline constexpr EventKind kGivingUpGroup{"start_failed", Level::crit,
                                          "Giving up resources due to failure of {resource}"};
inline constexpr EventKind kRetryStop{"retry_stop", Level::info,
                                      "Retrying failed stop operation [{resource}]"};
inline constexpr EventKind kStopFailed{"stop_failed", Level::crit, "Resource STOP failure. Reboot required!"};
inline constexpr EventKind kNotLsb{"not_lsb", Level::error,
                                   "Resource script for {resource} probably not LSB-compliant."};
inline constexpr EventKind kNotIdle{"not_idle", Level::crit,
                                    "Resource {resource} is active, and should not be!"};
// new:
inline constexpr EventKind kTimedOut{"script_timed_out", Level::error,
                                     "/etc/ha.d/resource.d/{script} {verb} did not end within {seconds} s "
                                     "and was killed; `env {word}=SECONDS` in ha.cf gives it more time"};
inline constexpr EventKind kNotRunning{"started_in_vain", Level::error,
                                      "/etc/ha.d/resource.d/{script} start succeeded, and yet its status says that "
                                      "it does not run"};
inline constexpr EventKind kFell{"stopped_by_itself", Level::crit,
                                 "Resource {resource} has stopped by itself: its group is started again here"};
inline constexpr EventKind kFellAgain{"stopped_again", Level::crit,
                                      "Resource {resource} has stopped by itself again, {seconds} s after its group was "
                                      "started again"};
inline constexpr EventKind kUnproven{"unproven", Level::warn,
                                     "/etc/ha.d/resource.d/{script} is started; whether it runs is not known: its "
                                     "status {said}"};
inline constexpr EventKind kStopTrouble{"stop_trouble", Level::warn,
                                        "[{resource}] could not be stopped. If {count} more attempts fail, and its "
                                        "status does not say that it has stopped, this machine needs a reboot"};
inline constexpr EventKind kStopUnclear{"stop_unclear", Level::error,
                                        "Every stop of [{resource}] failed, and its status {said}: it is taken for "
                                        "running"};
inline constexpr EventKind kNewResources{"new_resources", Level::info,
                                         "haresources read again: {groups} groups"};
inline constexpr EventKind kNewResourcesRefused{
    "new_resources_refused", Level::error,
    "haresources changed in the order or number of its groups: this takes effect at the next restart"};

// ipfail's policy.
inline constexpr EventKind kIpfailAsking{"ipfail_asking", Level::info,
                                         "Asking other side for ping node count."};
inline constexpr EventKind kIpfailMore{"ipfail_more", Level::info,
                                       "Telling other node that we have more visible ping nodes."};
inline constexpr EventKind kIpfailLess{"ipfail_less", Level::info,
                                       "Giving up because we have less visible ping nodes."};
inline constexpr EventKind kIpfailTold{"ipfail_told", Level::info,
                                       "Giving up because we were told that we have less ping nodes."};
inline constexpr EventKind kIpfailBalanced{"ipfail_balanced", Level::info, "Ping node count is balanced."};
inline constexpr EventKind kIpfailForeign{"ipfail_foreign", Level::info,
                                          "Giving up foreign resources (auto_failback)."};
inline constexpr EventKind kIpfailDelayed{"ipfail_delayed", Level::info,
                                          "Delayed giveup in {seconds} seconds."};
inline constexpr EventKind kIpfailAborted{"ipfail_aborted", Level::info, "Aborted delayed giveup"};
inline constexpr EventKind kIpfailGiveUp{"ipfail_giveup", Level::info, "giveup() called (timeout worked)"};

/// Every row above, for tests and the manual.
std::span<const EventKind* const> all_events();

}  // namespace hbd::core
