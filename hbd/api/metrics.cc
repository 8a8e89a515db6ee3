// SPDX-License-Identifier: Apache-2.0
// /metrics. Names are what dashboards and alerts are built upon: they stay. hbd(8) lists them.
#include <fmt/format.h>

#include <map>

#include "base/openmetrics.h"
#include "hbd/api/status.h"

namespace hbd::api {
namespace {

using base::Metric;
using base::OpenMetrics;

std::string_view type_of(const core::NodeView& node) { return node.ping ? "ping" : "normal"; }

void process(OpenMetrics& out, const View& view) {
  out.family("hbd_build", Metric::info, "The running version.");
  out.sample(1, {{"version", UPBEAT_VERSION}, {"speaks", "3.0.6"}});
  out.family("hbd_generation", Metric::gauge, "Heartbeat generation: one more at each start.");
  out.sample(view.snapshot.generation);
  if (view.record) {
    out.family("hbd_start_time_seconds", Metric::gauge, "When this cluster process began, seconds since 1970; counters start there.", "seconds");
    out.sample(static_cast<double>(base::to_unix(view.record->start())));
  }
  out.family("hbd_log_lines_dropped", Metric::counter, "Log lines for which there was no room on the way to the log.");
  out.sample(view.process.lines_dropped);
  out.family("hbd_status_requests", Metric::counter, "What was asked of this status server, by outcome.");
  out.sample(view.process.answered, {{"outcome", "answered"}});
  out.sample(view.process.refused, {{"outcome", "refused"}});
  out.sample(view.process.cut, {{"outcome", "cut"}});
}

void nodes(OpenMetrics& out, const View& view) {
  const auto& all = view.snapshot.nodes;
  out.family("hbd_node_up", Metric::gauge, "1 while a node of ha.cf is alive.");
  for (const auto& node : all) out.sample(node.alive, {{"node", node.name}, {"type", type_of(node)}});
  out.family("hbd_node_status", Metric::gauge, "1 for the status that a node has: init up active dead ping.");
  for (const auto& node : all) out.sample(1, {{"node", node.name}, {"type", type_of(node)}, {"status", node.status}});
  out.family("hbd_node_files_differ", Metric::gauge, "1 while haresources or ha.cf of a node is not as ours.");
  for (const auto& node : all)
    if (!node.ping) out.sample(node.files_differ, {{"node", node.name}});
  const auto links = [&](std::string_view name, Metric type, std::string_view help, auto value) {
    out.family(name, type, help);
    for (const auto& node : all)
      for (const auto& link : node.links)
        if (node.name != view.cluster.self || type == Metric::gauge) out.sample(value(link), {{"node", node.name}, {"link", link.name}});
  };
  using core::LinkView;
  links("hbd_link_up", Metric::gauge, "1 while a node is heard over a link; of this node itself, while the medium works.",
        [](const LinkView& l) { return l.up; });
  links("hbd_link_packets", Metric::counter, "Genuine packets of a node that came over a link.", [](const LinkView& l) { return l.received; });
  links("hbd_link_late", Metric::counter, "Times that nothing came from a node over a link for longer than warntime.",
        [](const LinkView& l) { return l.late; });
  links("hbd_link_lost_packets", Metric::counter, "Packets of a node that did not come over a link, by their numbers.",
        [](const LinkView& l) { return l.lost; });
}

void traffic(OpenMetrics& out, const View& view) {
  // A medium may have several lines of one name: a ucast for each node.
  using core::Record;
  std::map<std::pair<std::string, std::string>, Record::Traffic> media;
  for (std::size_t i = 0; i < view.cluster.media.size() && i < view.record->media().size(); ++i) {
    const auto& entry = view.cluster.media[i];
    auto& sum = media[{entry.link_name(), std::string(entry.kind())}];
    const auto& one = view.record->media()[i];
    sum.received += one.received, sum.received_bytes += one.received_bytes;
    sum.sent += one.sent, sum.sent_bytes += one.sent_bytes;
  }
  const auto family = [&](std::string_view name, std::string_view help, std::string_view unit, auto member) {
    out.family(name, Metric::counter, help, unit);
    for (const auto& [key, sum] : media) out.sample(sum.*member, {{"medium", key.first}, {"kind", key.second}});
  };
  family("hbd_received_packets", "Packets that came over a medium, genuine or not.", "", &Record::Traffic::received);
  family("hbd_received_bytes", "Their bytes.", "bytes", &Record::Traffic::received_bytes);
  family("hbd_sent_packets", "Packets given to a medium.", "", &Record::Traffic::sent);
  family("hbd_sent_bytes", "Their bytes.", "bytes", &Record::Traffic::sent_bytes);
  out.family("hbd_ignored_packets", Metric::counter, "Packets that had no effect: not signed with our keys, damaged, strange.");
  for (const auto& [reason, count] : view.snapshot.ignored) out.sample(count, {{"reason", reason}});
}

void groups(OpenMetrics& out, const View& view) {
  using core::GroupState;
  out.family("hbd_group_state", Metric::gauge, "1 for the state that a resource group has on this node.");
  for (const auto& group : view.snapshot.groups)
    for (auto state : {GroupState::released, GroupState::starting, GroupState::held, GroupState::stopping, GroupState::failed})
      out.sample(group.state == state, {{"group", group.key}, {"preferred", group.preferred}, {"state", word(state)}});
  out.family("hbd_group_holder", Metric::gauge, "1 for the node that holds a resource group, as far as this node knows; 0 and no name: nobody.");
  for (const auto& group : view.snapshot.groups) out.sample(!group.holder.empty(), {{"group", group.key}, {"holder", group.holder}});
}

void past(OpenMetrics& out, const core::Record& record) {
  out.family("hbd_group_transition_duration_seconds", Metric::histogram, "How long groups took to be acquired and released here, by how that ended.", "seconds");
  for (const auto& [key, times] : record.transitions()) out.histogram(times, {{"transition", key.first}, {"result", key.second}});
  out.family("hbd_jobs", Metric::counter, "Runs of resource scripts by their result.");
  for (const auto& [key, count] : record.jobs())
    out.sample(count, {{"script", std::get<0>(key)}, {"verb", std::get<1>(key)}, {"result", std::get<2>(key)}});
  out.family("hbd_job_duration_seconds", Metric::histogram, "How long those runs took.", "seconds");
  for (const auto& [verb, times] : record.job_times()) out.histogram(times, {{"verb", verb}});
  out.family("hbd_events", Metric::counter, "What the core said in the log, by the event's identity.");
  for (const auto& [event, count] : record.events()) out.sample(count, {{"event", event}});
}

}  // namespace

std::string metrics(const View& view) {
  OpenMetrics out;
  process(out, view);
  nodes(out, view);
  groups(out, view);
  if (view.record) {
    traffic(out, view);
    past(out, *view.record);
  }
  return std::move(out).finish();
}

}  // namespace hbd::api
