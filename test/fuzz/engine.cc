// SPDX-License-Identifier: Apache-2.0
// A peer that holds the key and says anything, in any order, at any time: the whole core behind it. Lines of input:
// "name=value" adds a field to the next message; "!" sends it as a packet with bob's next
// number unless it names its own; "+N" lets N ms pass; "s" and "t" are operators' standby and takeover; "k" loses all
// links and heals them; "m" kills the core and brings it back from its memory. Everything else is skipped.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "hbd/core/engine.h"
#include "hbd/elect/heartbeat/elector.h"
#include "hbd/wire/netstring.h"
#include "hbd/wire/seal.h"

using namespace hbd;

namespace {

constexpr core::LinkId kPing = 1;  ///< the second medium

struct Lab {
  model::Cluster cluster;
  model::Haresources resources;
  elect::heartbeat::Identity identity{10, {1, 2, 3}, 1, "of this process"};
  const model::AuthKeys ping_keys{0, {{0, {model::AuthKey::Method::sha1, "of this process"}}}};
  std::unique_ptr<core::Engine> engine;
  std::string memento;
  base::Mono now{std::chrono::seconds(1000)};
  std::uint64_t sequence = 0;
  std::vector<core::JobId> jobs;
  std::size_t effects = 0;

  Lab() {
    cluster.self = "alice";
    cluster.nodes = {"alice", "bob"};
    cluster.media = {{model::Bcast{"eth0"}, 694, {}}, {model::Ping{"10.0.0.254"}, 694, {}}};
    cluster.failback = model::Failback::on;
    cluster.auth = {1, {{1, {model::AuthKey::Method::crc, ""}}}};
    cluster.timing = {base::Millis(200), base::Millis(1000), base::Millis(500), base::Millis(2000), base::Millis(1000), base::Millis(250)};
    cluster.respawn = {{"hacluster", "/usr/libexec/heartbeat/ipfail", false, {}}};
    for (const char* node : {"alice", "bob"})
      resources.groups.push_back({node, {{"IPaddr", {"10.0.0.1"}, "IPaddr::10.0.0.1", {}}}, {}});
    resources.groups[1].resources[0].text = "IPaddr::10.0.0.2";
    begin();
  }
  core::Now when() const { return {now, base::Wall(now.time_since_epoch())}; }
  void begin() {
    engine = std::make_unique<core::Engine>(cluster, resources,
                                            elect::heartbeat::make_elector(cluster, resources, identity), memento);
    core::Effects out;
    engine->start(when(), out);
    carry_out(out);
  }
  void carry_out(const core::Effects& out) {
    effects += out.size();
    for (const auto& effect : out) {
      if (const auto* run = std::get_if<core::RunJob>(&effect)) jobs.push_back(run->id);
      if (const auto* fence = std::get_if<core::Fence>(&effect)) jobs.push_back(fence->id);
      if (const auto* keep = std::get_if<core::Remember>(&effect)) memento = keep->memento;
      if (const auto* event = std::get_if<core::Publish>(&effect)) (void)event->event.text();
      if (const auto* packet = std::get_if<core::Transmit>(&effect))
        BASE_CHECK(wire::open(packet->bytes, packet->link == kPing ? ping_keys : cluster.auth));
    }
  }
  void step(const core::Input& input) {
    core::Effects out;
    engine->step(when(), input, out);
    carry_out(out);
  }
  void finish_jobs() {
    for (int round = 0; round < 20 && !jobs.empty(); ++round) {
      auto done = std::exchange(jobs, {});
      for (auto id : done) step(core::JobDone{id, core::JobDone::End::exited, 0, ""});
    }
  }
  void pass(base::Millis time) {
    auto until = now + time;
    for (int i = 0; i < 100 && engine->next_wake() <= until; ++i) {
      auto planned = std::max(now, engine->next_wake());
      now = planned;
      step(core::Tick{planned, "n/a"});
      finish_jobs();
    }
    now = until;
  }
  void packet(wire::Message m) {
    auto fill = [&](std::string_view name, std::string value) {
      if (!m.has(name)) m.add(name, value);
    };
    fill("src", "bob");
    fill("hg", "5");
    fill("ts", "1");
    if (!m.type().starts_with("NS_")) fill("seq", std::to_string(0));
    if (m.get("seq") == "0") {
      m.remove("seq");
      m.add_hex("seq", ++sequence);
    }
    if (wire::encode_netstring(m).size() > 60000) return;
    step(core::Datagram{0, wire::seal(m, cluster.auth, cluster.format), "10.0.0.2", now});
    finish_jobs();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Lab lab;
  wire::Message next;
  int sent = 0, waits = 0;  // bounds on the time of one run
  for (auto line : base::split({reinterpret_cast<const char*>(data), size}, '\n')) {
    if (line.empty()) continue;
    auto equals = line.find('=');
    if (line == "!") {
      if (++sent > 60) return 0;
      lab.packet(std::exchange(next, {}));
    } else if (line[0] == '+') {
      lab.pass(base::Millis(base::parse_number<std::uint16_t>(line.substr(1)).value_or(100) % 5000));
      if (++waits > 10) return 0;
    } else if (line == "s" || line == "t") {
      if (line == "s") lab.step(core::Standby{model::Holding::all});
      if (line == "t") lab.step(core::Takeover{model::Holding::all});
      lab.finish_jobs();
    } else if (line == "k") {
      for (bool up : {false, true}) lab.step(core::LinkChange{0, up, "fuzz"});
    } else if (line == "m") {
      lab.jobs.clear();
      lab.begin();
      lab.finish_jobs();
    } else if (equals != std::string_view::npos && wire::valid_field_name(line.substr(0, equals)) && next.fields().size() < 40) {
      std::string value(line.substr(equals + 1));
      std::replace(value.begin(), value.end(), '\0', ' ');
      next.add(line.substr(0, equals), value);
    }
  }
  (void)lab.engine->snapshot();
  return 0;
}
