// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/status.h"

#include <set>

#include "base/text.h"
#include "hbd/core/events.h"
#include "test/support/catch.h"
#include "test/unit/hbd/api/world.h"

using namespace hbd;
using namespace std::chrono_literals;

namespace {

/// The world of test/unit/hbd/api with two groups and a past.
struct Watched : api::test::World {
  Watched() {
    cluster.media = {{model::Ucast{"eth1", "10.0.0.2"}, 694, {}}, {model::Ucast{"eth1", "10.0.0.3"}, 694, {}}, {model::Bcast{"hb0"}, 694, {}}};
    snapshot.groups = {{"10.0.0.100", "alice", core::GroupState::held, "it belongs to this node", "alice"},
                       {"10.0.0.200", "bob", core::GroupState::failed, "its start failed here", ""}};
    snapshot.nodes[0].alive = snapshot.nodes[2].alive = true;
    snapshot.nodes[1].links[0] = {"hb0", false, 1234, 5, 6};
    snapshot.ignored = {{"wrong MAC", 3}, {"stranger", 1}};
    snapshot.ignored_packets = 4;
    snapshot.generation = 42;
    record.began({base::Mono(1h), base::Wall(1700000000s)}, {core::GroupState::released, core::GroupState::released});
  }
  core::Now at(base::Duration d) const { return {base::Mono(1h) + d, base::Wall(1700000000s) + d}; }
  api::View view() const {
    api::View out{snapshot, cluster, &record};
    out.process = {base::Wall(1700000100500ms), 7, 8, 9, 10};
    return out;
  }
  core::Record record{{false, false, false}, {"10.0.0.100", "10.0.0.200"}};
};

bool has(const std::string& text, std::string_view line) { return text.find(line) != std::string::npos; }

}  // namespace

TEST_CASE("metrics: what the operator counts on is there") {
  Watched w;
  w.record.state(0, core::GroupState::starting, "it belongs to this node", w.at(1s));
  w.record.state(0, core::GroupState::held, "it belongs to this node", w.at(1200ms));
  w.record.asked({1, 0, 0, core::Verb::start, {}}, "IPaddr2", w.at(1s));
  w.record.done({1, core::JobDone::End::exited, 0, ""}, false, w.at(1100ms));
  w.record.published({core::kNodeDead, {{"node", "bob"}}}, w.at(2s));
  for (core::LinkId link : {0, 1, 2}) w.record.received({link, "1234567890", "", {}});
  const auto text = api::metrics(w.view());
  for (auto line : {
           "hbd_build_info{version=\"" UPBEAT_VERSION "\",speaks=\"3.0.6\"} 1\n",
           "hbd_generation 42\n",
           "hbd_start_time_seconds 1700000000.0\n",
           "hbd_log_lines_dropped_total 7\n",
           "hbd_status_requests_total{outcome=\"answered\"} 8\n",
           "hbd_node_up{node=\"alice\",type=\"normal\"} 1\n",
           "hbd_node_up{node=\"bob\",type=\"normal\"} 0\n",
           "hbd_node_up{node=\"10.77.0.1\",type=\"ping\"} 1\n",
           "hbd_node_status{node=\"bob\",type=\"normal\",status=\"dead\"} 1\n",
           "hbd_link_up{node=\"bob\",link=\"hb0\"} 0\n",
           "hbd_link_packets_total{node=\"bob\",link=\"hb0\"} 1234\n",
           "hbd_link_late_total{node=\"bob\",link=\"hb0\"} 5\n",
           "hbd_link_lost_packets_total{node=\"bob\",link=\"hb0\"} 6\n",
           "hbd_received_packets_total{medium=\"eth1\",kind=\"ucast\"} 2\n",  // two lines of ha.cf
           "hbd_received_bytes_total{medium=\"hb0\",kind=\"bcast\"} 10\n",
           "hbd_ignored_packets_total{reason=\"wrong MAC\"} 3\n",
           "hbd_group_state{group=\"10.0.0.100\",preferred=\"alice\",state=\"held\"} 1\n",
           "hbd_group_state{group=\"10.0.0.200\",preferred=\"bob\",state=\"held\"} 0\n",
           "hbd_group_holder{group=\"10.0.0.100\",holder=\"alice\"} 1\n",
           "hbd_group_holder{group=\"10.0.0.200\",holder=\"\"} 0\n",
           "hbd_group_transition_duration_seconds_bucket{transition=\"acquire\",result=\"ok\",le=\"0.25\"} 1\n",
           "hbd_group_transition_duration_seconds_sum{transition=\"acquire\",result=\"ok\"} 0.2\n",
           "hbd_jobs_total{script=\"IPaddr2\",verb=\"start\",result=\"ok\"} 1\n",
           "hbd_job_duration_seconds_count{verb=\"start\"} 1\n",
           "hbd_events_total{event=\"node_dead\"} 1\n",
       }) {
    INFO(line << " in\n" << text);
    CHECK(has(text, line));
  }
  CHECK(text.ends_with("\n# EOF\n"));
  // No sample twice, whatever ha.cf names twice.
  std::set<std::string> seen;
  for (auto line : base::split(text, '\n'))
    if (!line.empty() && line[0] != '#') CHECK(seen.emplace(line.substr(0, line.rfind(' '))).second);
}

TEST_CASE("metrics: names that occur twice give one sample, and hostile ones stay inside their quotes") {
  Watched w;
  w.snapshot.nodes.push_back(w.snapshot.nodes[1]);
  w.snapshot.groups.push_back(w.snapshot.groups[0]);
  w.snapshot.nodes[1].status = "x\"} 1\nevil 2";
  const auto text = api::metrics(w.view());
  CHECK(has(text, "status=\"x\\\"} 1\\nevil 2\"} 1\n"));
  CHECK_FALSE(has(text, "\nevil"));
  std::set<std::string> seen;
  for (auto line : base::split(text, '\n'))
    if (!line.empty() && line[0] != '#') CHECK(seen.emplace(line.substr(0, line.rfind(' '))).second);
}

TEST_CASE("status.json: newest first, every quote in its place, null where nothing is known") {
  Watched w;
  w.record.state(0, core::GroupState::starting, "say \"hi\"", w.at(1s));
  w.record.state(0, core::GroupState::held, "", w.at(1200ms));
  const auto text = api::status_json(w.view());
  for (auto part : {
           "  \"node\": \"alice\",\n", "  \"time\": 1700000100.500,\n", "  \"started\": 1700000000.000,\n", "  \"generation\": 42,\n",
           "  \"log_lines_dropped\": 7,\n", "\"name\": \"hb0\", \"status\": \"dead\", \"received\": 1234, \"late\": 5, \"lost\": 6}",
           "{\"group\": \"10.0.0.100\", \"preferred\": \"alice\", \"state\": \"held\", \"holder\": \"alice\", \"since\": 1700000001.200, ",
           "\"state\": \"failed\", \"holder\": null, ",
           "  \"timeline\": [\n    {\"at\": 1700000001.200, \"kind\": \"good\", \"event\": \"group_held\", \"what\": \"10.0.0.100: held here, after 0.2 s\", "
           "\"why\": \"\"},\n    {\"at\": 1700000001.000, ",
           "\"why\": \"say \\\"hi\\\"\"}\n  ]\n}\n",
       }) {
    INFO(part << " in\n" << text);
    CHECK(has(text, part));
  }
  CHECK(has(api::status_json(api::View{w.snapshot, w.cluster}), "  \"started\": null,\n"));
  api::test::World empty;
  empty.snapshot.nodes.clear();
  CHECK(has(api::status_json(empty.view()), "  \"nodes\": [],\n  \"groups\": [],\n  \"timeline\": []\n}\n"));
}

TEST_CASE("the page: what hostile peers call themselves is text in it, and it says the same without scripts") {
  Watched w;
  w.snapshot.nodes[1].status = "</pre><script>alert(1)</script>";
  w.snapshot.nodes[1].files_differ = true;
  const auto page = api::page(w.view());
  CHECK_FALSE(has(page.html, "<script>alert"));
  CHECK(has(page.html, "&lt;/pre&gt;&lt;script&gt;alert(1)"));
  CHECK(has(page.html, "<title>heartbeat on alice</title>"));
  CHECK(has(page.html, "10.0.0.100           held     held by alice (preferred: alice)\n    it belongs to this node\n"));
  CHECK(has(page.html, "10.0.0.200           failed   held by nobody (preferred: bob)\n"));
  CHECK(has(page.html, "FILES DIFFER"));
}
