// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/clients.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "hbd/api/client_events.h"

namespace hbd::api {

using wire::Message;

namespace {

std::string text(std::int64_t number) { return fmt::format("{}", number); }

/// The `info` of a client's leaving, besides "signoff".
constexpr std::string_view kGone = "disconnect", kCutOff = "cut off";

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= Clients::kMaxName &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// What only a daemon says to another. The original lets any named client say them in its name.
bool daemons_only(std::string_view type) {
  static constexpr std::array types = {"status",  "starting", "resource",    "shutdone",        "stonith",      "reqnodes",
                                       "repnodes", "addnode", "delnode",     "setweight",       "setsite",      "ifstat",
                                       "ip-request", "ip-request-resp", "respond-cstatus"};
  return type.empty() || type.starts_with("NS_") || type.starts_with("hbapi-") ||
         std::find(types.begin(), types.end(), type) != types.end();
}

/// What moves resources is for ipfail and for who has an `apiauth` line of its own: each member of haclient may sign on as
/// `ping`. The original lets them move what they like.
bool may_move(std::string_view name, const View& view) {
  const auto& rules = view.cluster.api_auth;
  return name == "ipfail" || std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.client == name && name != "default"; });
}
bool moves_resources(std::string_view type) { return type == "ask_resources" || type == "hb_takeover"; }

/// ipfail's policy runs inside of us: whoever asks for it finds it.
bool built_in(std::string_view name, const View& view) { return name == "ipfail" && view.cluster.uses_ipfail(); }

}  // namespace

bool Clients::serves(std::string_view name, const View& view) const { return online(name) || built_in(name, view); }

bool Clients::connected(ClientId id, const Credentials& who, base::Mono now) {
  if (clients_.size() >= kMaxClients || clients_.contains(id)) return false;
  Client client;
  client.who = who;
  client.sign_on_until = now + kSignOnLimit;
  clients_.emplace(id, std::move(client));
  return true;
}

void Clients::reply(ClientId id, Message message, Turn& turn) const {
  auto client = clients_.find(id);
  turn.deliveries.push_back({id, std::move(message), client == clients_.end() ? 0 : client->second.signal});
}

void Clients::request(ClientId id, const Message& message, const View& view, base::Mono now, Turn& turn) {
  auto at = clients_.find(id);
  if (at == clients_.end()) return;
  auto& client = at->second;
  auto what = message.type() == "hbapi-req" ? message.get("reqtype") : std::string_view{};
  if (what == "signon") return sign_on(id, client, message, view, turn);
  bool is_request = message.type() == "hbapi-req";
  if (client.name.empty() || (client.casual && !is_request)) {
    turn.events.push_back({client_event::kUnsigned,
                           {{"pid", text(client.who.pid)}, {"type", base::printable(is_request ? what : message.type(), 40)}}});
    return sign_off(id, view, kCutOff, turn);
  }
  if (!is_request && paused_) {
    // Only who is read all the same has two: the second is dropped, as one beyond its rate is.
    if (!client.waiting) client.waiting = message;
    return;
  }
  if (!is_request) return to_cluster(id, client, message, view, now, turn);
  if (what == "signoff") return sign_off(id, view, "signoff", turn);
  if (what == "clientstatus") return client_status(id, client, message, view, turn);
  if (what == "setfilter" || what == "setsignal" || what == "set_sendqlen") return set(id, client, message, turn);
  for (auto& one : answer(message, view)) reply(id, std::move(one), turn);
}

std::string_view Clients::sign_on_refusal(const Client& client, const Message& request) const {
  auto pid = request.get_number("pid");
  auto uid = request.get_number("uid");
  auto gid = request.get_number("gid");
  auto name = request.get("from_id");
  if (!pid || *pid != client.who.pid) return "bad pid";
  if (!uid || !gid || !valid_name(name)) return "invalid id info";
  if (*uid != client.who.uid || *gid != client.who.gid) return "incorrect/false credentials";
  bool number = base::parse_number<std::int64_t>(name).has_value();
  if (number && name != request.get("pid")) return "pid mismatch";
  for (const auto& [other_id, other] : clients_)
    if (other.name == name && other.who.pid == client.who.pid) return "duplicate add request";
  return permissions_.refusal(number ? "anon" : name, client.who);
}

void Clients::sign_on(ClientId id, Client& client, const Message& request, const View& view, Turn& turn) {
  if (!client.name.empty()) return reply(id, reply_to("signon").add("result", "badreq"), turn);
  auto refusal = sign_on_refusal(client, request);
  if (!refusal.empty()) {
    turn.events.push_back({client_event::kUnauthorized,
                           {{"client", base::printable(request.get("from_id"), 40)},
                            {"pid", text(client.who.pid)},
                            {"reason", std::string(refusal)}}});
    auto out = reply_to("signon").add("info", refusal).add("result", "badreq");
    add_daemon(out, view);
    reply(id, std::move(out), turn);
    return sign_off(id, view, kCutOff, turn);
  }
  client.name = request.get("from_id");
  client.casual = base::parse_number<std::int64_t>(client.name).has_value();
  if (!client.casual) {
    // Bounded: permission was given, so the name is one of ha.cf's, or apiauth default trusts whoever it names.
    if (generations_.size() > 1000) generations_.clear();
    client.generation = generations_[client.name]++;
    announce(id, client, "join", "signon", view, turn);
  }
  auto out = reply_to("signon").add("result", "OK");
  add_daemon(out, view);
  reply(id, std::move(out), turn);
}

void Clients::announce(ClientId id, const Client& client, std::string_view status, std::string_view info, const View& view,
                       Turn& turn) const {
  auto message = Message("hbapi-clstat").add("st", status).add("from_id", client.name).add("to_id", client.name);
  message.add("src", view.cluster.self).add("info", info);
  message.add_number("client_gen", static_cast<std::int64_t>(client.generation));
  // Who leaves is no client any more when the core echoes it.
  if (info == "signoff") reply(id, message, turn);
  turn.cluster.push_back({client.name, std::move(message)});
}

void Clients::sign_off(ClientId id, const View& view, std::string_view why, Turn& turn) {
  auto at = clients_.find(id);
  if (at == clients_.end()) return;
  if (!at->second.name.empty() && !at->second.casual) announce(id, at->second, "leave", why, view, turn);
  clients_.erase(at);
  if (why != kGone) turn.close.push_back(id);
}

void Clients::disconnected(ClientId id, const View& view, Turn& turn) { sign_off(id, view, kGone, turn); }

void Clients::to_cluster(ClientId id, Client& client, const Message& message, const View& view, base::Mono now,
                         Turn& turn) {
  auto own = [&](std::string_view field) { return !message.has(field) || message.get(field) == client.name; };
  auto complain = [&](const base::EventKind& kind) {
    turn.events.push_back({kind,
                           {{"client", client.name},
                            {"pid", text(client.who.pid)},
                            {"type", base::printable(message.type(), 40)}}});
  };
  const bool barred = daemons_only(message.type()) || (moves_resources(message.type()) && !may_move(client.name, view));
  if (barred || !own("from_id") || !own("to_id") || message.byte_size() > kMaxToCluster) {
    complain(client_event::kNotAllowed);
    return sign_off(id, view, kCutOff, turn);
  }
  if (client.paid_until <= now - kBurst * kPerMessage) {  // has been quiet
    client.paid_until = now - kBurst * kPerMessage;
    client.rate_logged = false;
  }
  if (client.paid_until + kPerMessage > now) {
    if (!std::exchange(client.rate_logged, true)) complain(client_event::kTooFast);
    return;
  }
  client.paid_until += kPerMessage * static_cast<int>(1 + message.byte_size() / kPiece);
  Message out = message;
  out.set("from_id", client.name);
  out.set("to_id", client.name);
  out.set("client_gen", text(static_cast<std::int64_t>(client.generation)));
  turn.cluster.push_back({client.name, std::move(out)});
}

void Clients::client_status(ClientId id, const Client& client, const Message& request, const View& view, Turn& turn) {
  auto out = reply_to("clientstatus");
  auto wanted = request.get("cn");
  const auto& nodes = view.snapshot.nodes;
  auto node = std::find_if(nodes.begin(), nodes.end(),
                           [&](const auto& n) { return base::iequals(n.name, request.get("node")); });
  if (wanted.empty() || node == nodes.end()) return reply(id, out.add("result", "badreq").add("info", "EINVAL"), turn);
  bool here = node->name == view.cluster.self;
  if (!here && (node->status == "active" || node->status == "up")) {
    // The other node's answer comes to this client as respond-cstatus.
    auto query = Message("query-cstatus").add("dest", node->name).add("cn", wanted).add("from_id", client.name);
    turn.cluster.push_back({std::string{}, std::move(query)});
    return;
  }
  out.add("subt", "respond-cstatus").add("cs", here && serves(wanted, view) ? "online" : "offline").add("result", "OK");
  reply(id, std::move(out), turn);
}

void Clients::set(ClientId id, Client& client, const Message& request, Turn& turn) {
  auto what = request.get("reqtype");
  if (what == "set_sendqlen") return;  // has no reply; the bound is ours
  auto out = reply_to(what);
  auto mask = request.get_hex("fmask");
  auto signal = request.get_number("signal");
  // Bits above "meant for clients" show other clients' and the daemons' own talk.
  bool valid = what == "setfilter" ? mask && (*mask <= 0xf || client.who.uid == 0) : signal && *signal >= 0 && *signal <= 64;
  if (!valid) return reply(id, out.add("result", "badreq").add("info", "EINVAL"), turn);
  if (what == "setfilter") {
    client.filter = *mask;
    client.listens = true;
  } else {
    client.signal = static_cast<int>(*signal);
  }
  reply(id, out.add("result", "OK"), turn);
}

void Clients::fan_out(const Message& message, Turn& turn) const {
  auto to = message.get("to_id");
  for (const auto& [id, client] : clients_) {
    if (client.name.empty()) continue;
    bool wants = to.empty() ? client.filter != 0 && (!client.casual || client.listens) : to == client.name;
    if (wants) turn.deliveries.push_back({id, message, client.signal});
  }
}

void Clients::from_cluster(const Message& message, const View& view, Turn& turn) {
  const auto dest = message.get("dest");
  bool query = message.type() == "query-cstatus";
  if (!query && message.type() != "respond-cstatus") return fan_out(message, turn);
  if (dest != view.cluster.self && !(query && dest.empty())) return;  // our own, echoed
  if (!query) return fan_out(message, turn);
  // Without a dest it is a client's own question to every node, this one included (its library asks so at start).
  auto name = message.get("cn");
  auto answer = Message("respond-cstatus").add("dest", message.get("src")).add("result", "OK").add("cn", name);
  answer.add("to_id", message.get("from_id")).add("cs", serves(name, view) ? "online" : "offline");
  if (message.get("src") == view.cluster.self) return fan_out(answer.add("src", view.cluster.self), turn);
  turn.cluster.push_back({std::string{}, std::move(answer)});
}

void Clients::resume(const View& view, base::Mono now, Turn& turn) {
  paused_ = false;
  for (auto at = clients_.begin(); at != clients_.end();) {
    const auto here = at++;  // who says what it may not is cut off
    if (auto message = std::exchange(here->second.waiting, std::nullopt))
      to_cluster(here->first, here->second, *message, view, now, turn);
  }
}

bool Clients::waits(ClientId id) const {
  auto at = clients_.find(id);
  return at != clients_.end() && at->second.waiting;
}

void Clients::tick(base::Mono now, Turn& turn) {
  for (auto at = clients_.begin(); at != clients_.end();) {
    if (!at->second.name.empty() || at->second.sign_on_until > now) {
      ++at;
      continue;
    }
    turn.events.push_back({client_event::kTooSlow, {{"pid", text(at->second.who.pid)}}});
    turn.close.push_back(at->first);
    at = clients_.erase(at);
  }
}

base::Mono Clients::next_wake() const {
  auto first = base::kNever;
  for (const auto& [id, client] : clients_)
    if (client.name.empty()) first = std::min(first, client.sign_on_until);
  return first;
}

bool Clients::online(std::string_view name) const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [&](const auto& entry) { return !entry.second.name.empty() && entry.second.name == name; });
}

}  // namespace hbd::api
