// SPDX-License-Identifier: Apache-2.0
// A hostile client: what it writes on the API socket, cut into pieces, from the first byte to the core. The first byte
// chooses who it is and the size of the pieces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "hbd/api/clients.h"
#include "hbd/api/frame.h"

using namespace hbd;
using namespace hbd::api;

namespace {

model::Cluster make_cluster() {
  model::Cluster cluster;
  cluster.self = "alice";
  cluster.nodes = {"alice", "bob"};
  cluster.failback = model::Failback::on;
  cluster.parameters = {{"deadtime", "5"}};
  return cluster;
}

core::Snapshot make_snapshot() {
  core::Snapshot snapshot;
  snapshot.self = "alice";
  snapshot.nodes = {{"alice", false, "active", {{"eth0", true}}, std::string(16, 'a')},
                    {"bob", false, "active", {{"eth0", true}}, {}}};
  return snapshot;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto cluster = make_cluster();
  static const auto snapshot = make_snapshot();
  const View view{snapshot, cluster};
  auto nobody = [](std::string_view) { return std::optional<std::uint32_t>{}; };
  Clients clients(Permissions({{"default", {"0"}, {}}, {"anon", {"0"}, {}}}, nobody, nobody));
  const std::uint32_t uid = data[0] & 1;
  const std::size_t piece = 1 + (data[0] >> 1) * 8u;
  BASE_CHECK(clients.connected(1, {uid, 0, 77}, base::Mono{}));
  // Somebody honest beside it, and something to overhear.
  BASE_CHECK(clients.connected(2, {0, 0, 88}, base::Mono{}));
  Turn turn;
  auto signon = wire::Message("hbapi-req").add("reqtype", "signon").add("pid", "88").add("from_id", "honest");
  clients.request(2, signon.add("uid", "0").add("gid", "0"), view, base::Mono{}, turn);
  BASE_CHECK(clients.online("honest"));

  FrameReader reader;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!rest.empty()) {
    auto now = rest.substr(0, piece);
    rest.remove_prefix(now.size());
    reader.feed(now);
    while (auto message = reader.next()) {
      if (!*message) break;
      Turn one;
      clients.request(1, **message, view, base::Mono{}, one);
      BASE_CHECK(one.cluster.size() <= 2 && one.deliveries.size() <= 4 && one.events.size() <= 1);
      for (const auto& local : one.cluster) {
        BASE_CHECK(local.client != "honest" || (*message)->get("from_id") == "honest" || clients.online("honest"));
        clients.from_cluster(local.message, view, one);
      }
    }
  }
  clients.tick(base::Mono(std::chrono::hours(1)), turn);
  clients.disconnected(1, view, turn);
  BASE_CHECK(clients.size() == 1);
  return 0;
}
