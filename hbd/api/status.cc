// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/status.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace hbd::api {
namespace {

std::string member(std::string_view name, std::string_view value) {
  return fmt::format("\"{}\": {}", name, base::json_quoted(value));
}

/// A list of JSON values, one a line.
class List {
 public:
  explicit List(std::string& out) : out_(out) {}
  void add(const std::string& item) { out_ += (std::exchange(any_, true) ? ",\n    " : "\n    ") + item; }
  ~List() { out_ += any_ ? "\n  ]" : "]"; }

 private:
  std::string& out_;
  bool any_ = false;
};

std::string node_json(const core::NodeView& node) {
  std::string links;
  for (const auto& link : node.links)
    links += fmt::format("{}{{{}, {}, \"received\": {}, \"late\": {}, \"lost\": {}}}", links.empty() ? "" : ", ",
                         member("name", link.name), member("status", link.up ? "up" : "dead"), link.received, link.late, link.lost);
  return fmt::format("{{{}, {}, {}, \"files_differ\": {}, \"links\": [{}]}}", member("name", node.name),
                     member("type", node.ping ? "ping" : "normal"), member("status", node.status), node.files_differ, links);
}

}  // namespace

std::string seconds(base::Wall at) {
  const auto ms = std::chrono::duration_cast<base::Millis>(at.time_since_epoch()).count();
  return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

std::string status_json(const View& view) {
  const auto& s = view.snapshot;
  std::string out = fmt::format(
      "{{\n  {},\n  {},\n  {},\n  {},\n  \"transition\": {},\n  \"time\": {},\n  \"started\": {},\n  \"generation\": {},\n"
      "  \"ignored_packets\": {},\n  \"log_lines_dropped\": {},\n",
      member("node", view.cluster.self), member("version", version_text()), member("status", s.status),
      member("holding", holding_word(view)), s.transition, seconds(view.process.now),
      view.record ? seconds(view.record->start()) : "null", s.generation, s.ignored_packets, view.process.lines_dropped);
  out += "  \"nodes\": [";
  {
    List list(out);
    for (const auto& node : in_listed_order(view)) list.add(node_json(node));
  }
  out += ",\n  \"groups\": [";
  {
    List list(out);
    for (std::size_t i = 0; i < s.groups.size(); ++i) {
      const auto& group = s.groups[i];
      list.add(fmt::format("{{{}, {}, {}, \"holder\": {}, \"since\": {}, {}, {}}}", member("group", group.key),
                           member("preferred", group.preferred), member("state", word(group.state)),
                           group.holder.empty() ? "null" : base::json_quoted(group.holder),
                           view.record ? seconds(view.record->since(i)) : "null", member("reason", group.reason),
                           member("moves", moves(group, view))));
    }
  }
  out += ",\n  \"timeline\": [";
  {
    List list(out);
    if (view.record)
      for (auto at = view.record->moments().rbegin(); at != view.record->moments().rend(); ++at)
        list.add(fmt::format("{{\"at\": {}, {}, {}, {}, {}}}", seconds(at->at), member("kind", word(at->mood)),
                             member("event", at->event), member("what", at->what), member("why", at->why)));
  }
  return out + "\n}\n";
}

std::string status_text(const View& view) {
  const auto& s = view.snapshot;
  std::string out = fmt::format("heartbeat on {}: {}, holds {}\n", view.cluster.self, s.status, holding_word(view));
  out += "\nNodes\n";
  for (const auto& node : in_listed_order(view)) {
    out += fmt::format("  {:<20} {:<8} links:", node.name, node.status);
    for (const auto& link : node.links) out += fmt::format(" {} {}", link.name, link.up ? "up" : "dead");
    out += node.files_differ ? "  FILES DIFFER\n" : "\n";
  }
  out += "\nGroups\n";
  for (const auto& group : s.groups)
    out += fmt::format("  {:<20} {:<8} held by {} (preferred: {})\n    {}\n    {}\n", group.key, word(group.state),
                       group.holder.empty() ? "nobody" : group.holder, group.preferred, group.reason, moves(group, view));
  out += "\nLast transitions (seconds ago)\n";
  if (view.record)
    for (auto at = view.record->moments().rbegin(); at != view.record->moments().rend(); ++at)
      out += fmt::format("  {:>7}  {}{}{}\n", base::to_unix(view.process.now) - base::to_unix(at->at), at->what,
                         at->why.empty() ? "" : ": ", at->why);
  return out;
}

}  // namespace hbd::api
