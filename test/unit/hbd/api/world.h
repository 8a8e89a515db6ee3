// SPDX-License-Identifier: Apache-2.0
// The cluster that heartbeat 3.0.6 was asked about when the expected answers were captured: alice (asked), bob dead, one
// ping node; ha.cf: keepalive 1, deadtime 5, bcast hb0, auto_failback on.
#pragma once

#include "hbd/api/clients.h"

namespace hbd::api::test {

struct World {
  core::Snapshot snapshot;
  model::Cluster cluster;
  View view() const { return {snapshot, cluster}; }

  World() {
    cluster.self = "alice";
    cluster.nodes = {"alice", "bob"};
    cluster.timing.keepalive = base::Millis(1000);
    cluster.timing.deadtime = base::Millis(5000);
    cluster.failback = model::Failback::on;
    cluster.api_auth = {{"tester", {"root"}, {}}};
    cluster.parameters = {{"deadtime", "5"}, {"warntime", "2500ms"}};
    snapshot.self = "alice";
    snapshot.status = "active";
    snapshot.comm_up = true;
    snapshot.holding = model::Holding::all;
    snapshot.nodes = {{"alice", false, "active", {{"hb0", true}}, std::string(16, 'A')},
                      {"bob", false, "dead", {{"hb0", false}}, ""},
                      {"10.77.0.1", true, "ping", {{"10.77.0.1", true}}, ""}};
  }
};

inline constexpr std::uint32_t kHacluster = 101, kHaclient = 102;

inline Permissions permissions(std::vector<model::ApiAuth> rules = World().cluster.api_auth) {
  auto user = [](std::string_view name) -> std::optional<std::uint32_t> {
    if (name == "root") return 0;
    if (name == "hacluster") return kHacluster;
    return std::nullopt;
  };
  auto group = [](std::string_view name) -> std::optional<std::uint32_t> {
    if (name == "haclient") return kHaclient;
    return std::nullopt;
  };
  return Permissions(rules, user, group);
}

}  // namespace hbd::api::test
