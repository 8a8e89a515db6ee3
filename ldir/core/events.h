// SPDX-License-Identifier: Apache-2.0
// What ldirectord says, one row per event, with the historic text. Rows marked "new" have no forerunner.
// {virtual} is ADDR:PORT or the mark, {id} tcp:ADDR:PORT, {real} ADDR:PORT as configured.
#pragma once

#include <span>

#include "base/event.h"

namespace ldir::core {

using base::EventKind;
using base::Level;

// The kernel's table.
inline constexpr EventKind kAddedVirtual{"added_virtual", Level::info, "Added virtual server: {virtual}"};
inline constexpr EventKind kChangedVirtual{"changed_virtual", Level::info, "Changed virtual server: {virtual}"};
inline constexpr EventKind kPurgedVirtual{"purged_virtual", Level::info, "Purged virtual server ({phase}): {virtual}"};
inline constexpr EventKind kAdded{"added", Level::info, "Added {role} server: {real} ({virtual}) (Weight set to {weight})"};
inline constexpr EventKind kRestored{"restored", Level::info,
                                     "Restored {role} server: {real} ({virtual}) (Weight set to {weight})"};
inline constexpr EventKind kDeleted{"deleted", Level::info, "Deleted {role} server: {real} ({virtual})"};
inline constexpr EventKind kQuiescent{"quiescent", Level::info,
                                      "Quiescent {role} server: {real} ({virtual}) (Weight set to 0)"};
inline constexpr EventKind kReaddQuiescent{"readd_quiescent", Level::info,
                                           "Readd Quiescent {role} server: {real} ({virtual}) (Weight set to 0)"};
inline constexpr EventKind kPurgedReal{"purged_real", Level::info, "Purged real server ({phase}): {real} ({virtual})"};
// new:
inline constexpr EventKind kDrift{"drift", Level::warn, "Repairing the table of {virtual}, changed from outside: {op}"};
inline constexpr EventKind kWeightByHand{
    "weight_by_hand", Level::notice,
    "Weight of {real} ({virtual}) was set to {weight} by hand: kept until its state changes or the next reload"};
inline constexpr EventKind kOpFailed{"op_failed", Level::error, "ipvsadm {op} failed: {error}; will be tried again"};
inline constexpr EventKind kReadFailed{"read_failed", Level::error, "Can not read the IPVS table: {error}"};
inline constexpr EventKind kReadAgain{"read_again", Level::notice, "The IPVS table can be read again"};

// Checks.
inline constexpr EventKind kSoftFailure{"soft_failure", Level::info,
                                        "Soft failure real server: {real} ({id}) failure {count}/{limit}"};
inline constexpr EventKind kSoftReset{"soft_failure_reset", Level::info, "Resetting soft failure count: {real} ({id})"};
// new:
inline constexpr EventKind kRealUp{"real_up", Level::info, "Real server {real} ({id}) is up: {reason}"};
inline constexpr EventKind kMaintenanceOn{"maintenance_on", Level::notice,
                                          "Real server {real} ({id}) is in maintenance: file {path}"};
inline constexpr EventKind kMaintenanceOff{"maintenance_off", Level::notice,
                                           "Real server {real} ({id}) is back from maintenance"};
inline constexpr EventKind kRealDown{"real_down", Level::warn, "Real server {real} ({id}) is down: {reason}"};

// The daemon. Those that the director cannot know of are published by the shell.
inline constexpr EventKind kInvoking{"invoking", Level::info, "Invoking ldirectord invoked as: {command_line} "};
inline constexpr EventKind kStartingDaemon{"starting_daemon", Level::info,
                                           "Starting Linux Director v1.186-ha as daemon"};
inline constexpr EventKind kStarting{"starting", Level::info, "Starting Linux Director v1.186-ha with pid: {pid}"};
inline constexpr EventKind kReloading{"reloading", Level::info,
                                      "Reloading Linux Director Daemon config on signal"};
inline constexpr EventKind kFileChanged{"file_changed", Level::info,
                                        "Configuration file '{path}' has changed on disk"};
inline constexpr EventKind kReread{"reread", Level::info, " - reread new configuration"};
inline constexpr EventKind kIgnoreChange{"ignore_change", Level::info, " - ignore new configuration"};
inline constexpr EventKind kConfigError{"config_error", Level::error,
                                        "Error [{pid}] reading file {path} at line {line}: {message}"};
inline constexpr EventKind kConfigWarning{"config_warning", Level::warn,
                                          "Warning [{pid}] reading file {path} at line {line}: {message}"};
inline constexpr EventKind kConfigGone{"config_gone", Level::warn,
                                       "Warning [{pid}]: can not open file {path} for checking"};
inline constexpr EventKind kTerminated{"terminated", Level::info,
                                       "Linux Director Daemon terminated on signal: {signal}"};
inline constexpr EventKind kCommandFailed{"command_failed", Level::error, "system({command}) failed: {error}"};
inline constexpr EventKind kMailAlert{"mail_alert", Level::info, "emailalert: {text}"};
inline constexpr EventKind kMailHeldBack{
    "mail_held_back", Level::warn,
    "emailalert: too many mails to {to} within a short time, holding back; what happens stands in this log"};
inline constexpr EventKind kExit{"exit", Level::info, "Exiting with exit_status {status}: {reason}"};
inline constexpr EventKind kExitPlain{"exit_plain", Level::info, "Exiting from ldirectord {verb}"};
inline constexpr EventKind kRunning{"running", Level::info, "ldirectord for {path} is running with pid: {pid}"};
inline constexpr EventKind kStopped{"stopped", Level::info, "ldirectord is stopped for {path}"};
inline constexpr EventKind kStalePid{"stale_pid", Level::info, "ldirectord stale pid file {pid_file} for {path}"};
inline constexpr EventKind kNoConfig{"no_config", Level::error, "Config file {path} not found"};

/// Every row above, for the test that renders them all.
std::span<const EventKind* const> all_event_kinds();

}  // namespace ldir::core
