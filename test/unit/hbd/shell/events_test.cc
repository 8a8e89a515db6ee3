// SPDX-License-Identifier: Apache-2.0
// The words that log readers know: the rows of events.h that have a forerunner, as that one wrote them.
#include "hbd/shell/events.h"

#include "test/support/catch.h"

using namespace hbd::shell;
using base::Event;

TEST_CASE("historic texts of the shell's events") {
  CHECK(Event(kVersion, {{"version", "3.0.6"}}).text() == "heartbeat: version 3.0.6");
  CHECK(Event(kValidated, {{"version", "3.0.6"}}).text() == "Configuration validated. Starting heartbeat 3.0.6");
  CHECK(Event(kNewUuid).text() == "No uuid found for current node - generating a new uuid.");
  CHECK(Event(kNoGeneration, {{"generation", "5"}}).text() == "No Previous generation - starting at 5");
  CHECK(Event(kFifoCreated, {{"path", "/var/lib/heartbeat/fifo"}}).text() == "Creating FIFO /var/lib/heartbeat/fifo.");
  CHECK(Event(kConfigError).text() == "Configuration error, heartbeat not started.");
  CHECK(Event(kAuthError).text() == "Authentication configuration error.");
  CHECK(Event(kAlreadyRunning, {{"pid", "9"}}).text() == "heartbeat: already running [pid 9].");
  CHECK(Event(kBcastStarted, {{"port", "694"}, {"interface", "eth0"}}).text() ==
        "glib: UDP Broadcast heartbeat started on port 694 (694) interface eth0");
  CHECK(Event(kUcastStarted, {{"port", "694"}, {"interface", "eth0"}, {"peer", "10.0.0.2"}}).text() ==
        "glib: ucast: started on port 694 interface eth0 to 10.0.0.2");
  CHECK(Event(kMcastStarted, {{"group", "225.0.0.1"}, {"port", "694"}, {"interface", "eth0"}, {"ttl", "1"}, {"loop", "0"}}).text() ==
        "glib: UDP multicast heartbeat started for group 225.0.0.1 port 694 interface eth0 (ttl=1 loop=0)");
  CHECK(Event(kPingStarted).text() == "glib: ping heartbeat started.");
  CHECK(Event(kPingGroupStarted).text() == "glib: ping group heartbeat started.");
  CHECK(Event(kReturnCode, {{"code", "1"}, {"script", "/etc/ha.d/resource.d/X"}}).text() ==
        "Return code 1 from /etc/ha.d/resource.d/X");
  CHECK(Event(kNoScript, {{"script", "X"}}).text() == "Cannot locate resource script X");
  CHECK(Event(kDebugNow, {{"level", "2"}, {"pid", "7"}}).text() == "debug now set to 2 [pid 7]");
  CHECK(Event(kUnchanged).text() == "Configuration unchanged.");
  CHECK(Event(kRereadingAuth).text() == "Rereading authentication file.");
  CHECK(Event(kClientStarted, {{"command", "/bin/x"}, {"uid", "0"}, {"gid", "0"}, {"pid", "4"}}).text() ==
        "Starting \"/bin/x\" as uid 0  gid 0 (pid 4)");
  CHECK(Event(kClientTooFast, {{"command", "/bin/x"}}).text() == "Client /bin/x \"respawning too fast\"");
  CHECK(Event(kPacemaker).text() == "Pacemaker support: false");
  CHECK(Event(kNotStarted).text() == "Heartbeat not started: configuration error.");
  CHECK(Event(kSerialStarted, {{"tty", "/dev/ttyS0"}, {"baud", "19200"}}).text() ==
        "glib: Starting serial heartbeat on tty /dev/ttyS0 (19200 baud)");
  CHECK(Event(kWriteFailed, {{"kind", "bcast"}, {"name", "eth0 10.77.0.255:694"}, {"length", "150"}, {"error", "Network is down"}}).text() ==
        "glib: bcast_write: Unable to send HBcomm packet eth0 10.77.0.255:694 len=150 [-1]: Network is down");
  CHECK(Event(kClientStarting, {{"command", "/bin/x"}, {"uid", "0"}, {"gid", "1"}}).text() == "Starting child client \"/bin/x\" (0,1)");
  for (const auto* kind : {&kClientExitedOk, &kClientExited})
    CHECK(Event(*kind, {{"command", "/bin/x"}, {"pid", "4"}, {"code", "1"}}).text() ==
          "Managed /bin/x process 4 exited with return code 1.");
  CHECK(Event(kClientKilled, {{"command", "/bin/x"}, {"pid", "4"}, {"signal", "9"}, {"name", "SIGKILL - Kill, unblockable"}}).text() ==
        "Managed /bin/x process 4 killed by signal 9 [SIGKILL - Kill, unblockable].");
  CHECK(Event(kClientRespawning, {{"command", "/bin/x"}}).text() == "Respawning client \"/bin/x\":");
}
