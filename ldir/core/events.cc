// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/events.h"

namespace ldir::core {

namespace {
constexpr const EventKind* kAll[] = {
    &kAddedVirtual, &kChangedVirtual, &kPurgedVirtual, &kAdded, &kRestored, &kDeleted, &kQuiescent, &kReaddQuiescent,
    &kPurgedReal, &kDrift, &kWeightByHand, &kOpFailed, &kReadFailed, &kReadAgain, &kSoftFailure, &kSoftReset,
    &kRealUp, &kRealDown, &kMaintenanceOn, &kMaintenanceOff, &kMailHeldBack, &kInvoking, &kStartingDaemon, &kStarting, &kReloading, &kFileChanged, &kReread,
    &kIgnoreChange, &kConfigError, &kConfigWarning, &kConfigGone, &kTerminated, &kCommandFailed, &kMailAlert, &kExit,
    &kExitPlain, &kRunning, &kStopped, &kStalePid, &kNoConfig};
}

std::span<const EventKind* const> all_event_kinds() { return kAll; }

}  // namespace ldir::core
