// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/events.h"

namespace hbd::core {

namespace {
constexpr const EventKind* kAll[] = {
    &kGeneration, &kLocalStatus, &kCommUp, &kStalled, &kContinued, &kBadMemento, &kPeerStatus, &kLinkUp,
    &kLinkDead, &kNodeDead, &kLate, &kReturned, &kReturnedHint, &kStranger, &kOwnMediumDown,
    &kOwnMediumUp, &kImpostor, &kBadPacket, &kBadPackets, &kNodeListDiffers, &kResourcesDiffer,
    &kNoStonith, &kUnprotected, &kFencing, &kFenced, &kFenceFailed, &kTakingOver, &kDeadGaveUp,
    &kMachDownScript, &kMachDown, &kTakingGroup, &kRemoteStable, &kLocalStable, &kInitialDone,
    &kLocalAcquired, &kNoLocal, &kBothOwn, &kConflict, &kOrphan, &kStandbyAsked, &kStandbyCanTake,
    &kStandbyGiving, &kStandbyGiven, &kStandbyLocalDone, &kStandbyAcquire, &kStandbyTaking,
    &kStandbyTaken, &kStandbyDone, &kStandbyOtherDone, &kStandbyOtherFlux, &kStandbyLocalFlux,
    &kStandbyBusy, &kStandbyNoReply, &kStandbyUnexpected, &kStandbyCancelled, &kStandbyLegacy,
    &kShutdown, &kGivingUpAll, &kAllReleased, &kShutdownNotice, &kShutdownDone, &kAcquiring,
    &kReleasing, &kRunning, &kReturnCode, &kGivingUpGroup, &kRetryStop, &kStopFailed, &kNotLsb,
    &kNotIdle, &kTimedOut, &kNewResources, &kNewResourcesRefused, &kIpfailAsking, &kIpfailMore,
    &kIpfailLess, &kIpfailTold, &kIpfailBalanced, &kIpfailForeign, &kIpfailDelayed, &kIpfailAborted,
    &kIpfailGiveUp,
};
}  // namespace

std::span<const EventKind* const> all_events() { return kAll; }

}  // namespace hbd::core
