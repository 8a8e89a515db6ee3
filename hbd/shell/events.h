// SPDX-License-Identifier: Apache-2.0
// The events of hbd's shell: everything the log says that is not the core's business. Rows whose text is historic
// (reference, section 11) keep their words; the others are ours. Plugins of old spoke with the prefix "glib: ".
#pragma once

#include "base/event.h"

namespace hbd::shell {

using base::EventKind;
using base::Level;

// Start
inline constexpr EventKind kValidated{"config_validated", Level::info, "Configuration validated. Starting heartbeat {version}"};
inline constexpr EventKind kStars{"banner", Level::info, "**************************"};
inline constexpr EventKind kVersion{"version", Level::info, "heartbeat: version {version}"};
inline constexpr EventKind kPacemaker{"pacemaker_support", Level::info, "Pacemaker support: false"};
inline constexpr EventKind kNoGeneration{"generation_missing", Level::info, "No Previous generation - starting at {generation}"};
inline constexpr EventKind kNewUuid{"uuid_generated", Level::info, "No uuid found for current node - generating a new uuid."};
inline constexpr EventKind kFifoCreated{"fifo_created", Level::info, "Creating FIFO {path}."};
inline constexpr EventKind kFindingError{"config_error", Level::error, "{finding}"};
inline constexpr EventKind kFindingNote{"config_note", Level::info, "{finding}"};
inline constexpr EventKind kFindingWarning{"config_warning", Level::warn, "{finding}"};
inline constexpr EventKind kNotStarted{"not_started", Level::error, "Heartbeat not started: configuration error."};
inline constexpr EventKind kConfigError{"configuration_error", Level::error, "Configuration error, heartbeat not started."};
inline constexpr EventKind kAuthError{"authentication_error", Level::error, "Authentication configuration error."};
inline constexpr EventKind kAlreadyRunning{"already_running", Level::info, "heartbeat: already running [pid {pid}]."};
inline constexpr EventKind kCannotStart{"cannot_start", Level::crit, "{what}: {error}"};
inline constexpr EventKind kNoHacluster{"no_hacluster", Level::warn,
  "User hacluster or group haclient does not exist: network input is handled by {fallback}. Create them for the client tools."};

// Media
inline constexpr EventKind kBcastStarted{"bcast_started", Level::info, "glib: UDP Broadcast heartbeat started on port {port} ({port}) interface {interface}"};
inline constexpr EventKind kBcastClosed{"bcast_closed", Level::info, "glib: UDP Broadcast heartbeat closed on port {port} interface {interface} - Status: 1"};
inline constexpr EventKind kMcastStarted{"mcast_started", Level::info, "glib: UDP multicast heartbeat started for group {group} port {port} interface {interface} (ttl={ttl} loop={loop})"};
inline constexpr EventKind kMcast6Started{"mcast6_started", Level::info, "glib: UDP multicast heartbeat started for group {group} port {port} interface {interface} (hops={ttl} loop={loop})"};
inline constexpr EventKind kUcastStarted{"ucast_started", Level::info, "glib: ucast: started on port {port} interface {interface} to {peer}"};
inline constexpr EventKind kUcast6Started{"ucast6_started", Level::info, "glib: ucast6: started on port {port} interface {interface} to {peer}"};
inline constexpr EventKind kSerialStarted{"serial_started", Level::info, "glib: Starting serial heartbeat on tty {tty} ({baud} baud)"};
inline constexpr EventKind kPingStarted{"ping_started", Level::info, "glib: ping heartbeat started."};
inline constexpr EventKind kPingGroupStarted{"ping_group_started", Level::info, "glib: ping group heartbeat started."};
inline constexpr EventKind kMediumFailed{"medium_failed", Level::error, "{kind} {name}: {error}. Trying again until it works."};
inline constexpr EventKind kMediumReopened{"medium_reopened", Level::info, "{kind} {name}: works again."};
inline constexpr EventKind kNamesUnknown{"medium_names_unknown", Level::warn, "{kind} {name}: {error}. Going on with the address that was known before."};
inline constexpr EventKind kMembersUnknown{"medium_members_unknown", Level::warn, "{kind} {name}: {error}. The other members are pinged; trying again until all are known."};
inline constexpr EventKind kWriteFailed{"medium_write_failed", Level::error, "glib: {kind}_write: Unable to send HBcomm packet {name} len={length} [-1]: {error}"};

// Watching
inline constexpr EventKind kStatusServed{"status_served", Level::info, "Status page at http://{endpoint}/"};
inline constexpr EventKind kStatusNotServed{"status_not_served", Level::warn, "Status is not served on {error}. Trying again until it works."};

// The two processes
inline constexpr EventKind kChildStarted{"child_started", Level::debug, "cluster process {pid} started as {user}."};
inline constexpr EventKind kChildDied{"child_died", Level::error, "cluster process {pid} {how}. Restarting it with what it held."};
inline constexpr EventKind kChildSilent{"child_silent", Level::error, "cluster process {pid} has not moved for {ms} ms. Killing it and starting it anew."};
inline constexpr EventKind kChildNonsense{"child_nonsense", Level::crit, "cluster process {pid} sent what it must not: {what}. Killing it."};
inline constexpr EventKind kChildHopeless{"child_hopeless", Level::crit,
  "cluster process died {count} times in a row. Releasing all resources, then starting without its memory."};
inline constexpr EventKind kCannotSpawn{"child_not_spawned", Level::crit, "cannot start the cluster process: {error}. Trying again."};
inline constexpr EventKind kStartedAgain{"master_started_again", Level::crit, "The master control process {pid} died without a stop: started again."};
inline constexpr EventKind kAdopted{"orphan_adopted", Level::warn, "Found the cluster process of a master that died; continuing with what it held."};
inline constexpr EventKind kConfined{"child_confined", Level::debug, "cluster process {pid}: system calls that it never needs are refused from now on."};
inline constexpr EventKind kNotConfined{"child_not_confined", Level::info, "cluster process {pid} runs without a filter of system calls: {error}."};
inline constexpr EventKind kOrphaned{"master_gone", Level::crit,
  "The master control process {master} is gone. {state} Start heartbeat again, and it goes on from here."};
inline constexpr EventKind kLinesDropped{"child_lines_dropped", Level::warn, "{count} log lines of the cluster process were dropped."};
inline constexpr EventKind kRealtimeOff{"realtime_ignored", Level::info, "Request to set pid {pid} to realtime ignored."};
inline constexpr EventKind kNotLocked{"memory_not_locked", Level::warn, "Cannot lock ourselves into memory:  {error}"};
inline constexpr EventKind kWatchdogFailed{"watchdog_failed", Level::error, "Cannot open watchdog device: {device}: {error}"};
inline constexpr EventKind kWatchdogOn{"watchdog_on", Level::info, "Using watchdog device: {device}, timeout {seconds} s."};
inline constexpr EventKind kNotReset{"not_reset", Level::error, "Host {node} not reset!"};
inline constexpr EventKind kDeviceFailed{"stonith_device_failed", Level::error,
                                         "STONITH device {device} could not reset node {node}: {how}{said}"};
inline constexpr EventKind kFenceOutput{"stonith_output", Level::info, "stonith: {line}"};
inline constexpr EventKind kRebooting{"rebooting", Level::crit, "Rebooting this machine: {reason}"};
inline constexpr EventKind kRebootOff{
    "reboot_off", Level::crit,
    "This machine needs a reboot: {reason}. `env REBOOT=no` in ha.cf forbids it; trying to stop it goes on"};
inline constexpr EventKind kRebootFailed{"reboot_failed", Level::crit, "Unable to force reboot."};

// Signals, reload
inline constexpr EventKind kDebugNow{"debug_level", Level::info, "debug now set to {level} [pid {pid}]"};
inline constexpr EventKind kUnchanged{"config_unchanged", Level::info, "Configuration unchanged."};
inline constexpr EventKind kTestCodeOn{"test_code_on", Level::warn,
  "Enabling Test Code: Xmit loss probability = {send}, Receive loss probability = {receive}{spared} (OnlyForTesting)"};
inline constexpr EventKind kTestCodeOff{"test_code_off", Level::info, "Test Code Now disabled."};
inline constexpr EventKind kRereadingAuth{"rereading_auth", Level::info, "Rereading authentication file."};
inline constexpr EventKind kRereadingResources{"rereading_resources", Level::info, "Rereading {path}: {count} resource groups."};
inline constexpr EventKind kSignalling{"signalling_reload", Level::info, "Signalling heartbeat pid {pid} to reread config files"};
inline constexpr EventKind kRereadingConfig{"rereading_config", Level::info, "Rereading {path}: continuing with the new settings, resources stay where they are."};
inline constexpr EventKind kNeedsRestart{"needs_restart", Level::warn, "{path}: a changed {what} needs a stop and a start of heartbeat; going on with the settings in force."};
inline constexpr EventKind kWaitsForStart{"waits_for_start", Level::warn, "{path}: the changed {what} takes effect at the next start of heartbeat."};
inline constexpr EventKind kReloadRefused{"reload_refused", Level::error, "{path} has errors; going on with the one that was read before."};
inline constexpr EventKind kRestarting{"restarting", Level::info, "Performing heartbeat restart exec."};

// Resource scripts, with the paths that only the parent knows; report.h gives these the shape of script lines.
// The core says the rest of what ResourceManager said (core/events.h).
inline constexpr EventKind kRunning{"rm_running", Level::info, "Running {command}"};
inline constexpr EventKind kReturnCode{"rm_return_code", Level::error, "Return code {code} from {script}"};
inline constexpr EventKind kScriptKilled{"rm_script_killed", Level::error, "{script} {how}"};
inline constexpr EventKind kScriptSlow{"rm_script_slow", Level::warn, "{command} is still running after {seconds} s{until}"};
inline constexpr EventKind kNoScript{"rm_no_script", Level::error, "Cannot locate resource script {script}"};
inline constexpr EventKind kHookFailed{"hook_failed", Level::warn, "{script} {how}"};
inline constexpr EventKind kHooksDropped{"hooks_dropped", Level::warn, "Too many hooks are waiting; rc.d/{type} and what follows is not called."};
inline constexpr EventKind kScriptOutput{"script_output", Level::debug, "{line}"};

// Managed clients
inline constexpr EventKind kIpfailBuiltIn{"client_built_in", Level::info, "Client \"{command}\": its policy is built in, no process is started."};
inline constexpr EventKind kClientStarting{"client_starting", Level::info, "Starting child client \"{command}\" ({uid},{gid})"};
inline constexpr EventKind kClientStarted{"client_started", Level::info, "Starting \"{command}\" as uid {uid}  gid {gid} (pid {pid})"};
inline constexpr EventKind kClientExitedOk{"client_exited_ok", Level::info, "Managed {command} process {pid} exited with return code {code}."};
inline constexpr EventKind kClientExited{"client_exited", Level::warn, "Managed {command} process {pid} exited with return code {code}."};
inline constexpr EventKind kClientKilled{"client_killed", Level::warn, "Managed {command} process {pid} killed by signal {signal} [{name}]."};
inline constexpr EventKind kClientRespawning{"client_respawning", Level::error, "Respawning client \"{command}\":"};
inline constexpr EventKind kClientTooFast{"client_too_fast", Level::error, "Client {command} \"respawning too fast\""};
inline constexpr EventKind kClientNoUser{"client_no_user", Level::error, "Invalid uid [{user}] specified for client child"};
inline constexpr EventKind kFailfast{"client_failfast", Level::crit, "Client {command} failed: rebooting the system, as failfast asks."};

// Client socket and FIFO
inline constexpr EventKind kClientCut{"api_client_cut", Level::warn, "API client (pid {pid}, uid {uid}) cut off: {why}"};
inline constexpr EventKind kFifoGarbage{"fifo_garbage", Level::warn, "Control FIFO: {why}"};

}  // namespace hbd::shell
