// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/events.h"

#include <set>

#include "test/support/catch.h"

using namespace hbd::core;

TEST_CASE("every event has an identity of its own and a text whose places are closed") {
  std::set<std::string_view> seen;
  for (const auto* kind : all_events()) {
    CAPTURE(kind->id);
    CHECK(seen.insert(kind->id).second);
    CHECK_FALSE(kind->text.empty());
    CHECK(std::count(kind->text.begin(), kind->text.end(), '{') ==
          std::count(kind->text.begin(), kind->text.end(), '}'));
  }
  CHECK(seen.size() > 60);
}

TEST_CASE("the words that monitoring scripts look for") {
  using base::Event;
  CHECK(Event(kNodeDead, {{"node", "bob"}}).text() == "node bob: is dead");
  CHECK(Event(kLocalStatus, {{"status", "active"}}).text() == "Local status now set to: 'active'");
  CHECK(Event(kPeerStatus, {{"node", "bob"}, {"status", "up"}}).text() ==
        "Status update for node bob: status up");
  CHECK(Event(kLinkUp, {{"node", "bob"}, {"link", "eth0"}}).text() == "Link bob:eth0 up.");
  CHECK(Event(kLate, {{"node", "bob"}, {"ms", "4500"}}).text() ==
        "Late heartbeat: Node bob: interval 4500 ms");
  CHECK(Event(kReturned, {{"node", "bob"}}).text() == "Cluster node bob returning after partition.");
  CHECK(Event(kTakingOver, {{"node", "bob"}}).text() == "Resources being acquired from bob.");
  CHECK(Event(kMachDownScript, {{"node", "bob"}}).text() == "mach_down takeover complete for node bob.");
  CHECK(Event(kTakingGroup, {{"key", "IPaddr::10.0.0.1"}}).text() ==
        "Taking over resource group IPaddr::10.0.0.1");
  CHECK(Event(kStandbyGiven, {{"what", "foreign"}}).text() ==
        "foreign HA resource release completed (standby).");
  CHECK(Event(kStandbyDone, {{"what", "all"}}).text() == "Standby resource acquisition done [all].");
  CHECK(Event(kShutdownNotice, {{"node", "a"}}).text() == "Received shutdown notice from 'a'.");
  CHECK(Event(kReleasing, {{"line", "alice A B"}}).text() == "Releasing resource group: alice A B");
  CHECK(Event(kRunning, {{"script", "IPaddr 172.16.60.111"}, {"verb", "stop"}}).text() ==
        "Running /etc/ha.d/resource.d/IPaddr 172.16.60.111 stop");
  CHECK(Event(kShutdownDone, {{"node", "alice"}}).text() == "alice Heartbeat shutdown complete.");
  CHECK(Event(kStandbyOtherFlux, {{"what", "all"}, {"node", "bob"}}).text() ==
        "standby message [all] from bob ignored.  Other side is in flux.");
  CHECK(Event(kStandbyLocalFlux, {{"what", "all"}, {"node", "bob"}}).text() ==
        "standby message [all] from bob ignored.  local resources in flux.");
  CHECK(Event(kStandbyBusy, {{"node", "bob"}, {"seconds", "9"}}).text() ==
        "Standby in progress- new request from bob ignored [9 seconds left]");
  CHECK(Event(kStandbyLegacy).text() == "Standby mode only implemented when nice_failback on");
  CHECK(Event(kStandbyNoReply).text() == "No reply to standby request.  Standby request cancelled.");
  CHECK(Event(kNotLsb, {{"resource", "web"}}).text() == "Resource script for web probably not LSB-compliant.");
  CHECK(Event(kIpAnswer, {{"key", "IPaddr::10.0.0.1"}, {"weown", "yes"}}).text() ==
        "received ip-request-resp IPaddr::10.0.0.1 OK yes");
  CHECK(Event(kStranger, {{"node", "eve"}}).text() == "process_status_message: bad node [eve] in message");
  CHECK(Event(kBothOwn, {{"whose", "our"}}).text() == "Both machines own our resources!");
  CHECK(Event(kBothOwn, {{"whose", "foreign"}}).text() == "Both machines own foreign resources!");
}
