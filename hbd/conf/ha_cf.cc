// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hbd/conf/directive.h"
#include "hbd/conf/files.h"
#include "hbd/conf/value.h"

namespace hbd::conf {

namespace {

using base::Millis;
using base::to_ms;

void unknown(Reading& r, const Word& name) {
  auto near = nearest_directive(name.text);
  auto hint = near.empty() ? std::string("; `man ha.cf` lists the directives") : fmt::format("; did you mean \"{}\"?", near);
  r.error(name.at, fmt::format("Illegal directive [{}]{}", base::printable(name.text, 60), hint));
}

void apply(Reading& r, const Line& line) {
  auto name = line.word(base::words(line.text).front());
  const auto* row = find_directive(name.text);
  if (!row) return unknown(r, name);

  auto rest = base::trim(line.text.substr(name.text.size()));
  auto values = row->shape == Shape::line ? std::vector<Word>{line.word(rest)} : line.words(rest, " \t\r\v\f,");
  if (rest.empty() || values.empty()) {
    r.error(name.at, fmt::format("{} needs a value: `{} {}`", row->name, row->name, row->arguments));
    return;
  }
  auto found = r.diagnostics.all().size();
  for (const auto& value : values) row->set(r, line, value);
  const auto& all = r.diagnostics.all();
  if (std::any_of(all.begin() + static_cast<std::ptrdiff_t>(found), all.end(),
                  [](const auto& d) { return d.severity == base::Diagnostic::Severity::error; }))
    r.wrong.insert(row->name);
  if (row->shape == Shape::value && values.size() > 1) {
    if (r.diagnostics.all().size() > found)
      r.note(values[1].at, "if this was meant as a comment: comments start with #");
    else
      r.warning(values[1].at, fmt::format("{} takes one value; of several the last counts. Comments start with #", row->name));
  }
  if (row->recorded) r.cluster.parameters[std::string(row->name)] = values.back().text;
  if (row->name == "crm") r.cluster.parameters["pacemaker"] = values.back().text;
}

std::string as_ms(Millis t) { return fmt::format("{}ms", t.count()); }

// Times that the file leaves open follow from deadtime (reference: ha.cf table), then they are held against each other.
void settle_times(Reading& r) {
  auto& t = r.cluster.timing;
  auto& recorded = r.cluster.parameters;
  if (!r.warntime_at.line) {
    t.warntime = t.deadtime / 2;
    recorded["warntime"] = as_ms(t.warntime);
  }
  if (!r.initdead_at.line) {
    t.initdead = t.deadtime > base::Seconds(10) ? t.deadtime : t.deadtime >= base::Seconds(6) ? t.deadtime * 2 : base::Seconds(12);
    recorded["initdead"] = as_ms(t.initdead);
  }
  if (!r.deadping_at.line) {
    t.deadping = t.deadtime;
    recorded["deadping"] = as_ms(t.deadping);
  }

  // Of a time that could not be read the default stands here, which nobody has written.
  const auto wrong = [&r](std::string_view name) { return r.wrong.contains(name); };
  if (wrong("keepalive") || wrong("deadtime")) return;
  if (t.deadtime <= 2 * t.keepalive)
    r.error(r.deadtime_at.line ? r.deadtime_at : r.keepalive_at,
            fmt::format("deadtime must be more than twice keepalive ({}), got {}: Dead time [{}] is too small compared to "
                        "keeplive [{}]", show_time(t.keepalive), show_time(t.deadtime), to_ms(t.deadtime), to_ms(t.keepalive)));
  if (r.deadping_at.line && !wrong("deadping") && t.deadping <= 2 * t.keepalive)
    r.error(r.deadping_at,
            fmt::format("deadping must be more than twice keepalive ({}), got {}: Ping dead time [{}] is too small compared "
                        "to keeplive [{}]", show_time(t.keepalive), show_time(t.deadping), to_ms(t.deadping), to_ms(t.keepalive)));
  const bool initdead_given = r.initdead_at.line && !wrong("initdead");
  if (initdead_given && t.initdead < t.deadtime)
    r.error(r.initdead_at,
            fmt::format("initdead must not be shorter than deadtime ({}), got {}: Initial dead time [{}] is smaller than "
                        "deadtime [{}]", show_time(t.deadtime), show_time(t.initdead), to_ms(t.initdead), to_ms(t.deadtime)));
  else if (initdead_given && t.initdead < base::Seconds(10))
    r.warning(r.initdead_at,
              fmt::format("Initial dead time [{} ms] may be too small! After a boot it also covers the time that networks "
                          "need to come up; 10s or more is usual", to_ms(t.initdead)));
  if (r.warntime_at.line && !wrong("warntime") && t.warntime >= t.deadtime)
    r.warning(r.warntime_at, fmt::format("warntime ({}) is not shorter than deadtime ({}): a late node is dead before it is "
                                         "warned of", show_time(t.warntime), show_time(t.deadtime)));
}

void settle_failback(Reading& r) {
  if (r.cluster.failback != model::Failback::legacy || r.failback_legacy_said || r.wrong.contains("auto_failback") ||
      r.wrong.contains("nice_failback"))
    return;
  r.warning(r.failback_at, "Deprecated 'legacy' auto_failback option selected. Please convert to 'auto_failback on' (or off): "
                           "legacy has neither hb_standby nor ipfail");
}

void settle_nodes(Reading& r, std::string_view node_name) {
  auto& nodes = r.cluster.nodes;
  auto self = base::to_lower(node_name);
  if (nodes.empty() && r.node_seen) return;  // each of them is an error already
  if (nodes.empty()) {
    r.error({}, fmt::format("no nodes defined: name both nodes as `uname -n` calls them, this one with `node {}`", self));
    return;
  }
  if (std::find(nodes.begin(), nodes.end(), self) != nodes.end()) {
    r.cluster.self = self;
    return;
  }
  // The usual cause is a short name here and a full one there.
  auto short_of = [](std::string_view name) { return name.substr(0, name.find('.')); };
  std::vector<std::string_view> candidates(nodes.begin(), nodes.end());
  auto same_host = std::find_if(nodes.begin(), nodes.end(), [&](const auto& n) { return short_of(n) == short_of(self); });
  auto near = same_host != nodes.end() ? std::string_view(*same_host) : base::did_you_mean(self, candidates);
  auto hint = near.empty() ? fmt::format("the nodes are {}", base::join(nodes, ", "))
                           : fmt::format("\"{}\" is; use one name in both places", near);
  r.error({}, fmt::format("Current node [{}] not in configuration! Nodes are called by `uname -n`, which says \"{}\" here; {}",
                          self, self, hint));
}

void settle_media(Reading& r) {
  const auto& media = r.cluster.media;
  const auto& nodes = r.cluster.nodes;
  for (const auto& entry : media)
    if (entry.is_ping() && std::find(nodes.begin(), nodes.end(), base::to_lower(entry.link_name())) != nodes.end())
      r.error(entry.at, fmt::format("{} {}: {} is a node of this cluster; its own heartbeats tell whether it is alive. Name "
                                    "something that both nodes can reach, such as a router", entry.kind(), entry.link_name(),
                                    entry.link_name()));
  bool heard = std::any_of(media.begin(), media.end(), [](const auto& m) { return !m.is_ping(); });
  if (heard || r.diagnostics.has_errors()) return;  // a medium may be missing because its line is wrong
  if (media.empty())
    r.error({}, "No heartbeat media defined: nodes need a way to hear each other, such as `bcast eth0` or `ucast eth0 peer`");
  else if (r.cluster.nodes.size() > 1)
    r.warning({}, "only ping nodes are defined: no other node will ever be heard; add bcast, ucast, mcast or serial");
}

void settle_stonith(Reading& r) {
  const auto& nodes = r.cluster.nodes;
  for (const auto& word : r.stonith_from)
    if (std::find(nodes.begin(), nodes.end(), base::to_lower(word.text)) == nodes.end())
      r.error(word.at, fmt::format("stonith_host: {} is no node of this cluster; write a node's name, or * for a device that "
                                   "every node reaches", word.text));
}

void settle_log(Reading& r) {
  auto& log = r.cluster.log;
  if (!log.logfile.empty() || !log.debugfile.empty() || !log.facility.empty()) {
    if (log.use_logd)
      r.warning(r.use_logd_at, "logd is enabled but logfile/debugfile/logfacility is still configured in ha.cf: they get the "
                               "lines only while ha_logd is not there");
    return;
  }
  for (const auto* name : {"logfile", "debugfile", "logfacility", "use_logd"})
    if (r.wrong.contains(name)) return;
  if (r.use_logd_at.line && !log.use_logd) {
    r.error(r.use_logd_at, "No log entry found in ha.cf and use_logd is set to off: set logfacility or logfile");
    return;
  }
  log.facility = "daemon";  // where ha_logd puts them, unless /etc/logd.cf says otherwise
  if (!r.use_logd_at.line)
    r.note({}, "No log entry found in ha.cf -- use logd: log lines go to ha_logd, and while it is not there to syslog, facility daemon");
  log.use_logd = true;
}

}  // namespace

void read_ha_cf(const base::Source& source, std::string_view node_name, const MachineView& machine,
                model::Cluster& cluster, base::Diagnostics& diagnostics) {
  base::Diagnostics own;  // settle_media asks for the errors of this file only
  Reading r{source, machine, node_name, cluster, own};
  for (const auto& row : directives())
    if (row.recorded && !row.fallback.empty()) cluster.parameters[std::string(row.name)] = row.fallback;
  for (const auto& line : lines(source, true, own)) {
    if (enough(source, {line.number, 0, 1}, own, 0)) break;
    apply(r, line);
  }
  settle_times(r);
  settle_failback(r);
  settle_media(r);
  settle_nodes(r, node_name);
  settle_log(r);
  settle_stonith(r);
  for (const auto& finding : own.all()) diagnostics.add(finding);
}

}  // namespace hbd::conf
