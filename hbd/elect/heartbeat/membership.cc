// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/membership.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "hbd/core/events.h"

namespace hbd::elect::heartbeat {

namespace {
using core::Publish;

/// What API clients hear of a change (reference 2: ifstat; synthetic status of a dead node).
core::ToClients link_news(const Node& node, const LinkState& link) {
  wire::Message m("ifstat");
  m.add("node", node.name).add("ifname", link.name).add("st", link.up ? "up" : "dead");
  return {std::move(m)};
}
core::ToClients death_news(const Node& node) {
  wire::Message m("status");
  m.add("src", node.name).add("seq", "1").add("st", "dead");
  if (node.ping) m.add("info", "ping");
  return {std::move(m)};
}
}  // namespace

Membership::Membership(const model::Cluster& cluster, std::size_t groups) : timing_(cluster.timing) {
  for (const auto& entry : cluster.media) {
    media_.push_back(entry.link_name());
    is_ping_.push_back(entry.is_ping());
  }
  for (const auto& name : cluster.nodes) {
    if (name == cluster.self) self_ = nodes_.size();
    nodes_.push_back(normal_node(name, groups));
  }
  normal_ = nodes_.size();
  for (const auto& name : cluster.ping_nodes()) {
    Node node;
    node.name = name;
    node.ping = true;
    node.links.push_back({name, false, {}, 0, 0, 0, 0});
    nodes_.push_back(std::move(node));
  }
  auto& me = nodes_[self_];
  me.heard = me.alive = me.known = me.upbeat = true;
  for (auto& link : me.links) link.up = true;
}

Node Membership::normal_node(const std::string& name, std::size_t groups) const {
  Node node;
  node.name = name;
  for (std::size_t i = 0; i < media_.size(); ++i) {
    const bool listed = std::any_of(node.links.begin(), node.links.end(), [&](const auto& l) { return l.name == media_[i]; });
    if (!is_ping_[i] && !listed) node.links.push_back({media_[i], false, {}, 0, 0, 0, 0});
  }
  node.claims.resize(groups);
  node.answer_until.resize(groups);
  node.claims_before.resize(groups);
  return node;
}

void Membership::reseat(const std::vector<std::string>& names, const std::vector<std::size_t>& groups, base::Mono now,
                        base::Duration limit) {
  const auto own_name = nodes_[self_].name;
  const auto renumbered = [&](const auto& before) {
    std::remove_cvref_t<decltype(before)> out(groups.size());
    for (std::size_t g = 0; g < groups.size(); ++g)
      if (groups[g] < before.size()) out[g] = before[groups[g]];
    return out;
  };
  std::vector<Node> out;
  for (const auto& name : names) {
    if (name == own_name) self_ = out.size();
    auto* known = find(name);
    if (known != nullptr && !known->ping) {
      known->claims = renumbered(known->claims);
      known->answer_until = renumbered(known->answer_until);
      known->claims_before = renumbered(known->claims_before);
      out.push_back(std::move(*known));
      known->name.clear();
      continue;
    }
    out.push_back(normal_node(name, groups.size()));
    out.back().newcomer = true;
    out.back().pulse.begin(now, limit);
  }
  for (auto& node : nodes_)
    if (node.ping) out.push_back(std::move(node));
  normal_ = names.size();
  nodes_ = std::move(out);
}

Node* Membership::find(std::string_view name) {
  for (auto& node : nodes_)
    if (node.name == name) return &node;
  return nullptr;
}

Node* Membership::ping_on(core::LinkId link) {
  if (link >= media_.size() || !is_ping_[link]) return nullptr;
  auto* node = find(media_[link]);
  return node != nullptr && node->ping ? node : nullptr;
}

const std::string& Membership::link_name(core::LinkId link) const {
  static const std::string unknown = "?";
  return link < media_.size() ? media_[link] : unknown;
}

void Membership::begin(base::Mono now) {
  // Before comm-up, silence is measured by initdead (reference 4.1).
  for (auto& node : nodes_) node.pulse.begin(now, timing_.initdead);
}

void Membership::resume(base::Mono now) {
  for (auto& node : nodes_) {
    node.pulse.begin(now, node.pulse.limit());
    for (auto& link : node.links) link.last = now;
  }
}

void Membership::set_link(const Node& node, LinkState& link, bool up, core::Effects& out) {
  if (link.up == up) return;
  link.up = up;
  out.push_back(Publish{{up ? core::kLinkUp : core::kLinkDead, {{"node", node.name}, {"link", link.name}}}});
  out.push_back(link_news(node, link));
}

void Membership::link_heard(Node& node, std::string_view name, std::uint64_t number, base::Mono at, core::Effects& out) {
  for (auto& link : node.links) {
    if (link.name != name) continue;
    ++link.received;
    // Not the first after a start, its or ours.
    if (link.up && (link.newest != 0 || node.ping) && at - link.last > timing_.warntime) ++link.late;
    // What is sent again later is lost all the same: the link has not brought it when it should.
    if (link.newest != 0 && number > link.newest + 1) link.lost += number - link.newest - 1;
    link.newest = std::max(link.newest, number);
    link.last = at;
    set_link(node, link, true, out);
  }
}

void Membership::new_numbers(Node& node) {
  for (auto& link : node.links) link.newest = 0;
}

void Membership::medium(core::LinkId id, bool up, core::Effects& out) {
  if (id >= media_.size()) return;
  for (auto& link : nodes_[self_].links)
    if (link.name == media_[id]) set_link(nodes_[self_], link, up, out);
}

bool Membership::status_heard(Node& node, std::string_view status, base::Mono at, core::Effects& out) {
  const auto interval = node.pulse.heard(at);
  const bool came_up = !node.alive;
  if (node.alive && node.heard && !node.restarted && interval > timing_.warntime)
    out.push_back(
        Publish{{core::kLate, {{"node", node.name}, {"ms", std::to_string(base::to_ms(interval))}}}});
  node.heard = node.alive = true;
  node.newcomer = false;
  set_status(node, status, out);
  return came_up;
}

void Membership::set_status(Node& node, std::string_view status, core::Effects& out) {
  if (node.status == status) return;
  node.status = std::string(status);
  if (&node == &nodes_[self_])
    out.push_back(Publish{{core::kLocalStatus, {{"status", node.status}}}});
  else
    out.push_back(Publish{{core::kPeerStatus, {{"node", node.name}, {"status", node.status}}}});
}

void Membership::declare_dead(Node& node, core::Effects& out) {
  node.alive = false;
  node.left = false;
  node.status = "dead";
  node.deaf_since = base::kNever;
  node.hears_us = true;
  out.push_back(Publish{{core::kNodeDead, {{"node", node.name}}}});
  out.push_back(death_news(node));
  for (auto& link : node.links) set_link(node, link, false, out);
}

void Membership::age_links(base::Mono now, core::Effects& out) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i == self_ || !nodes_[i].alive) continue;
    const auto limit = nodes_[i].pulse.limit();
    for (auto& link : nodes_[i].links)
      if (link.up && now - link.last >= limit) set_link(nodes_[i], link, false, out);
  }
}

bool Membership::all_heard() const {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [](const Node& n) { return n.heard || n.status == "dead"; });
}

std::size_t Membership::ping_count() const {
  return static_cast<std::size_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const Node& n) { return n.ping && n.alive; }));
}

base::Mono Membership::next_wake(base::Mono wake) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto& node = nodes_[i];
    if (i == self_ || node.status == "dead") continue;
    wake = std::min(wake, node.pulse.deadline());
    if (!node.alive) continue;
    for (const auto& link : node.links)
      if (link.up) wake = std::min(wake, link.last + node.pulse.limit());
  }
  return wake;
}

void Membership::describe(core::Snapshot& out) const {
  for (const auto& node : nodes_) {
    core::NodeView view{node.name, node.ping, node.status, {}, {}};
    view.files_differ = node.files_differ && node.alive && node.upbeat;
    view.alive = node.alive;
    view.weight = node.weight;
    view.site = node.site;
    for (const auto& link : node.links)
      view.links.push_back({link.name, link.up, link.received, link.late, link.lost});
    out.nodes.push_back(std::move(view));
  }
}

// A line per node: a count of links, each with its name, which may be that of a device, then the claims, weight and site.
std::string Membership::save() const {
  std::string out = fmt::format("{}\n", nodes_.size());
  for (const auto& n : nodes_) {
    out += fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {}", n.name, n.status.empty() ? "-" : n.status, n.heard,
                       n.alive, n.upbeat, n.known, n.stable, n.left, n.fencing, n.by_request, n.returned,
                       n.known_again, base::to_ms(n.pulse.limit()), n.links.size());
    for (const auto& link : n.links) out += fmt::format(" {} {}", link.up ? 1 : 0, link.name);
    for (const auto* claims : {&n.claims, &n.claims_before})
      for (const auto& claim : *claims) out += fmt::format(" {}:{}", static_cast<int>(claim.claim), claim.term);
    out += fmt::format(" {} {}\n", n.weight, n.site.empty() ? "-" : base::base64_encode(n.site));
  }
  return out;
}

bool Membership::restore(std::string_view& text, base::Mono now) {
  constexpr std::size_t kFixed = 14;
  const auto line = [&text] { return base::words(base::take_line(text)); };
  const auto head = line();
  const auto saved = head.size() == 1 ? base::parse_number<std::size_t>(head[0]) : std::nullopt;
  if (!saved || *saved > model::kMaxNodes + model::kMaxMedia) return false;
  auto restored = nodes_;
  std::vector<bool> known(nodes_.size());
  for (std::size_t at = 0; at < *saved; ++at) {
    const auto words = line();
    if (words.size() < kFixed) return false;
    const auto links = base::parse_number<std::size_t>(words[kFixed - 1]);
    const auto limit = base::parse_number<std::int64_t>(words[kFixed - 2]);
    if (!links || *links > model::kMaxMedia || words.size() < kFixed + 2 * *links || !limit || *limit <= 0) return false;
    const auto same = std::find_if(restored.begin(), restored.end(), [&](const Node& n) { return n.name == words[0]; });
    if (same == restored.end()) continue;  // a ping node of an earlier ha.cf
    auto& n = *same;
    const std::size_t groups = n.claims.size(), first_claim = kFixed + 2 * *links;
    const std::size_t labels = first_claim + 2 * groups;
    if (words.size() != labels && words.size() != labels + 2) return false;  // without: of an earlier version
    known[static_cast<std::size_t>(same - restored.begin())] = true;
    n.status = std::string(words[1]);
    auto flag = [&](std::size_t word) { return words[word] == "true"; };
    n.heard = flag(2), n.alive = flag(3), n.upbeat = flag(4), n.known = flag(5);
    n.stable = flag(6), n.left = flag(7), n.fencing = flag(8), n.by_request = flag(9), n.returned = flag(10);
    n.known_again = flag(11);
    if (words.size() > labels) {
      const auto weight = base::parse_number<int>(words[labels]);
      const auto site = words[labels + 1] == "-" ? std::string() : base::base64_decode(words[labels + 1]);
      if (!weight || !site) return false;
      n.weight = *weight, n.site = *site;
    }
    n.pulse.begin(now, base::Millis(*limit));
    for (std::size_t k = 0; k < *links; ++k)
      for (auto& link : n.links)
        if (link.name == words[kFixed + 2 * k + 1]) link.up = words[kFixed + 2 * k] == "1", link.last = now;
    for (std::size_t k = 0; k < 2 * groups; ++k) {
      const auto parts = base::split(words[first_claim + k], ':');
      const auto claim = base::parse_number<int>(parts.front());
      const auto term = base::parse_number<std::uint64_t>(parts.back());
      if (parts.size() != 2 || !claim || *claim < 0 || *claim > 6 || !term) return false;
      (k < groups ? n.claims[k] : n.claims_before[k - groups]) = {static_cast<Claim>(*claim), *term};
    }
  }
  for (std::size_t i = 0; i < restored.size(); ++i) {
    if (!restored[i].ping && !known[i]) return false;
    if (!known[i]) restored[i].joined = true, restored[i].pulse.begin(now, timing_.deadping);
  }
  nodes_ = std::move(restored);
  return true;
}

}  // namespace hbd::elect::heartbeat
