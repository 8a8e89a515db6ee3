// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "hbd/api/status.h"

namespace hbd::api {

using wire::FieldType;
using wire::Message;

namespace {

using Replies = std::vector<Message>;

Replies ok(Message reply) { return {reply.add("result", "OK")}; }

Replies invalid(Message reply) { return {reply.add("result", "badreq").add("info", "EINVAL")}; }

/// All but the last say that more follow.
Replies listed(Replies replies) {
  for (auto& reply : replies) reply.add("result", &reply == &replies.back() ? "OK" : "ok/more");
  return replies;
}

const core::NodeView* find_node(const View& view, std::string_view name) {
  for (const auto& node : view.snapshot.nodes)
    if (base::iequals(node.name, name)) return &node;
  return nullptr;
}

std::string_view kind(const core::NodeView& node) { return node.ping ? "ping" : "normal"; }
std::string_view state(const core::LinkView& link) { return link.up ? "up" : "dead"; }

Replies nodelist(const View& view) {
  Replies out;
  const auto nodes = in_listed_order(view);
  for (const auto& node : nodes)
    out.push_back(reply_to("nodelist").add("node", node.name).add("nodetype", kind(node)).add("st", node.status));
  // New: the original's clients do not look for it.
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].files_differ) out[i].add("differs", "yes");
  return out.empty() ? invalid(reply_to("nodelist")) : listed(std::move(out));
}

Replies iflist(const core::NodeView& node) {
  Replies out;
  for (const auto& link : node.links) out.push_back(reply_to("iflist").add("ifname", link.name).add("st", state(link)));
  return out.empty() ? invalid(reply_to("iflist")) : listed(std::move(out));
}

Replies about_node(std::string_view what, const Message& request, const View& view) {
  const auto* node = find_node(view, request.get("node"));
  auto reply = reply_to(what);
  if (!node) return invalid(reply);
  if (what == "nodestatus") return ok(reply.add("st", node->status));
  if (what == "nodetype") return ok(reply.add("nodetype", kind(*node)));
  if (what == "nodeweight") return ok(reply.add("weight", std::to_string(node->weight)));
  if (what == "nodesite") return ok(reply.add("site", node->site));
  if (what == "iflist") return iflist(*node);
  for (const auto& link : node->links)
    if (link.name == request.get("ifname")) return ok(reply.add("st", state(link)));
  return invalid(reply);
}

Replies getparm(const Message& request, const View& view) {
  auto reply = reply_to("getparm");
  auto name = request.get("pname");
  if (name.empty()) return invalid(reply);
  if (name == "crm") name = "pacemaker";
  const auto& parameters = view.cluster.parameters;
  if (auto at = parameters.find(std::string(name)); at != parameters.end()) {
    reply.add("pvalue", at->second);
  } else if (name == "pacemaker") {
    reply.add("pvalue", "false");
  }
  return ok(reply);
}

Replies getrsc(const View& view) {
  return ok(reply_to("getrsc").add("rsc_hold", holding_word(view)));
}

Replies getuuid(const Message& request, const View& view) {
  auto reply = reply_to("getuuid");
  const auto* node = find_node(view, request.get("queryname"));
  if (node && !node->uuid.empty()) reply.add("queryuuid", node->uuid, FieldType::binary);
  return ok(reply);
}

Replies getnodename(const Message& request, const View& view) {
  auto reply = reply_to("getnodename");
  auto uuid = request.get("queryuuid");
  for (const auto& node : view.snapshot.nodes)
    if (!uuid.empty() && node.uuid == uuid) reply.add("queryname", node.name);
  return ok(reply);
}

/// New: one reply per group, each with its reason.
Replies explain(const View& view) {
  Replies out;
  for (const auto& group : view.snapshot.groups)
    out.push_back(reply_to("explain")
                      .add("group", group.key)
                      .add("preferred", group.preferred)
                      .add("state", core::word(group.state))
                      .add("reason", group.reason)
                      .add("moves", moves(group, view)));
  return out.empty() ? ok(reply_to("explain")) : listed(std::move(out));
}

/// LOG_... of a facility name, shifted as syslog(3) has it; -1 for none.
std::int64_t facility_number(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, int>, 20> table = {
      {{"kern", 0},    {"user", 1},    {"mail", 2},    {"daemon", 3},  {"auth", 4},    {"syslog", 5},  {"lpr", 6},
       {"news", 7},    {"uucp", 8},    {"cron", 9},    {"authpriv", 10}, {"ftp", 11},  {"local0", 16}, {"local1", 17},
       {"local2", 18}, {"local3", 19}, {"local4", 20}, {"local5", 21}, {"local6", 22}, {"local7", 23}}};
  for (const auto& [known, number] : table)
    if (known == name) return number << 3;
  return -1;
}

}  // namespace

std::string_view version_text() { return "3.0.6 (upbeat " UPBEAT_VERSION ")"; }

std::string_view holding_word(const View& view) {
  return !view.cluster.nice()       ? word(model::Holding::none)  // legacy never says, as the original
         : view.snapshot.transition ? "transition"
                                    : word(view.snapshot.holding);
}

std::vector<core::NodeView> in_listed_order(const View& view) {
  const auto& order = view.cluster.listed;
  auto place = [&order](const core::NodeView& node) { return std::find(order.begin(), order.end(), node.name) - order.begin(); };
  auto nodes = view.snapshot.nodes;
  std::stable_sort(nodes.begin(), nodes.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return nodes;
}

namespace {

/// auto_failback on: what takes a group from here to `there`, where it belongs and which is active.
std::string goes_back(core::Return how, const std::string& there) {
  switch (how) {
    case core::Return::by_itself: return "it goes back to " + there + " as soon as both nodes are at rest";
    case core::Return::on_request:
      return "it goes back to " + there + " on request (hb_standby foreign here, hb_takeover local there) or after that node was away";
    case core::Return::after_failure:
      return "it could not be started on " + there + " and goes back there on request (hb_takeover local there)";
  }
  return {};
}

/// auto_failback on: what brings a group here, where it belongs.
std::string comes_home(const core::GroupView& group) {
  if (group.state == core::GroupState::failed) return "it could not be started here; hb_takeover local here tries again";
  if (group.holder.empty()) return "it comes here when this node is at rest";
  return "it comes here when " + group.holder + " gives it back: by itself when both nodes are at rest, or on request "
         "(hb_takeover local here) where it was given away on purpose";
}

}  // namespace

std::string moves(const core::GroupView& group, const View& view) {
  const auto& self = view.cluster.self;
  const bool home = group.preferred == self;
  const bool held = group.state == core::GroupState::held || group.state == core::GroupState::starting;
  const auto& there = group.preferred;
  const auto* owner = find_node(view, there);
  const bool owner_up = owner && owner->status == "active";
  switch (view.cluster.failback) {
    case model::Failback::on:
      if (held && home) return "it leaves when this node fails, is stopped or gives it up (hb_standby)";
      if (held && owner_up) return goes_back(group.back, there);
      if (held) return "it goes back to " + there + " when that node is active again";
      if (home) return comes_home(group);
      return "it comes here when " + there + " fails, is stopped or gives it up (hb_standby there)";
    case model::Failback::off:
      if (held && home) return "it leaves when this node fails, is stopped or gives it up (hb_standby)";
      if (held) return "it stays until this node fails, is stopped or gives it up (hb_standby failback)";
      if (home) return "it comes here when the other node fails, is stopped or gives it up (hb_takeover failback here)";
      return "it comes here when " + there + " fails, is stopped or gives it up (hb_standby there)";
    case model::Failback::legacy:
      return "legacy failback: it belongs to " + there + " whenever that node is active";
  }
  return {};
}

Message reply_to(std::string_view reqtype) { return Message("hbapi-resp").add("reqtype", reqtype); }

void add_daemon(Message& reply, const View& view) {
  reply.add_hex("deadtime", static_cast<std::uint64_t>(view.cluster.timing.deadtime.count()));
  reply.add_hex("keepalive", static_cast<std::uint64_t>(view.cluster.timing.keepalive.count()));
  reply.add("node", view.cluster.self).add("hbversion", version_text()).add("pacemaker", "false");
  reply.add_number("logfacility", facility_number(view.cluster.log.facility));
}

std::vector<Message> answer(const Message& request, const View& view) {
  static constexpr std::array about = {"nodestatus", "nodetype", "nodeweight", "nodesite", "iflist", "ifstatus"};
  auto what = request.get("reqtype");
  if (what == "nodelist") return nodelist(view);
  if (std::find(about.begin(), about.end(), what) != about.end()) return about_node(what, request, view);
  if (what == "explain") return explain(view);
  if (what == "status") return ok(reply_to(what).add("json", status_json(view), FieldType::binary));
  if (what == "getparm") return getparm(request, view);
  if (what == "getrsc") return getrsc(view);
  if (what == "getuuid") return getuuid(request, view);
  if (what == "getnodename") return getnodename(request, view);
  if (what == "numnodes") {
    auto normal = std::count_if(view.snapshot.nodes.begin(), view.snapshot.nodes.end(), [](auto& n) { return !n.ping; });
    return ok(reply_to(what).add_number("numnodes", normal));
  }
  return {reply_to(what).add("result", "badreq")};
}

}  // namespace hbd::api
