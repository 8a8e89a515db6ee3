// SPDX-License-Identifier: Apache-2.0
// Who belongs to the cluster: hb_addnode and hb_delnode, and how nodes that start, or that were out of reach, hear of
// them. As with Heartbeat 3.0.6, every node that hears the word changes its own list, nothing is restarted, no resource
// is touched, and all is forgotten when no node is left that remembers: then ha.cf is the list.
//
// What is better than there: who was away when it was said hears of it later, from the digest in an Upbeat's status; and
// an added node that never comes has nothing to be taken over, and is not reset.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hbd/core/events.h"
#include "hbd/elect/heartbeat/hearers.h"
#include "hbd/elect/heartbeat/node_events.h"
#include "hbd/elect/heartbeat/seat.h"

namespace hbd::elect::heartbeat {

namespace {
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

constexpr base::Duration kAskFirst = 1s;   ///< as the original; longer each time,
constexpr base::Duration kAskLast = 64s;   ///< up to this
constexpr base::Duration kAnswerPatience = 3s;  ///< before we go on without
constexpr std::size_t kLongestDigest = 16;
constexpr std::size_t kLongestTicket = 64;
constexpr std::size_t kLongestSite = 99;

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names split_names(std::string_view text) {
  Names out;
  for (const auto word : base::words(text)) out.push_back(base::to_lower(word));
  return out;
}

/// No byte that a terminal takes for an order, in C0, C1 or alone.
bool is_site(std::string_view text) {
  if (text.size() > kLongestSite || base::utf8(text) != text) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0xffu;
    if (byte < ' ' || byte == 0x7f || (byte == 0xc2 && next < 0xa0)) return false;
  }
  return true;
}

std::string joined(const Names& names) {
  return fmt::format("{}", fmt::join(names, " "));
}

/// The names of an addnode or delnode, each once; none, and why, when it is nonsense.
Names named(const wire::Message& m, std::string& why) {
  const auto words = base::words(m.get("nodelist"));
  if (words.empty()) why = "it names no node";
  if (words.size() > model::kMaxNodes) why = fmt::format("it names more than {} nodes", model::kMaxNodes);
  Names out;
  if (!why.empty()) return out;
  for (auto& name : split_names(m.get("nodelist")))
    if (!contains(out, name)) out.push_back(std::move(name));
  return out;
}

/// As both programs write lists: each name with a blank after it.
std::string list_of(const Names& names) {
  std::string out;
  for (const auto& name : names) out += name + ' ';
  return out;
}
}  // namespace

int ttl_of(const model::Cluster& cluster) {
  return cluster.hopfudge + static_cast<int>(cluster.nodes.size() + cluster.ping_nodes().size());
}

/// Of root, by the FIFO. What can be seen from here to be refused is not said to the others.
void HeartbeatElector::local_node_word(wire::Message m) {
  const std::string type(m.type());
  const bool adds = type == "addnode";
  std::string why;
  Names good;
  for (auto& name : named(m, why)) {
    if (can_be_added(name) || members_.find(name) != nullptr)
      good.push_back(std::move(name));
    else
      publish({adds ? node_event::kNotAdded : node_event::kNotDeleted,
               {{"node", base::printable(name, 60)}, {"why", "this cannot be a node name"}}});
  }
  if (!why.empty()) publish({node_event::kNonsense, {{"type", type}, {"node", cluster_.self}, {"why", why}}});
  if (good.empty()) return;
  wire::Message word(type);
  word.add("nodelist", joined(good));
  if (!adds && !may_delete(word)) return;
  // Clients hear of it when something has come of it.
  node_words_.push_back(transport_.stamp(std::move(word), now_, load_));
  transmit(node_words_.back());
}

/// hb_setweight and hb_setsite: words for whoever asks for them. Nothing of haresources was ever decided by them. False when it
/// is refused.
bool HeartbeatElector::label(const wire::Message& m, const std::string& teller) {
  const bool weighs = m.type() == "setweight";
  const std::string what(m.type().substr(3)), value(m.get(what)), name = base::to_lower(m.get("node"));
  auto* node = members_.find(name);
  if (node == nullptr) {
    publish({weighs ? node_event::kNoSuchWeight : node_event::kNoSuchSite, {{"node", base::printable(name, 60)}, {"by", teller}}});
    return false;
  }
  const auto weight = base::parse_number<int>(value);
  if (weighs ? !weight || *weight < 0 : !m.has(what) || !is_site(value)) {
    publish({node_event::kNoLabel,
             {{"what", what}, {"node", node->name}, {"by", teller}, {"value", base::printable(value, 60)},
              {"rule", weighs ? "a number from 0 on" : fmt::format("one line of text of at most {} bytes", kLongestSite)}}});
    return false;
  }
  if (weighs)
    node->weight = *weight;
  else
    node->site = value;
  publish({node_event::kLabelled, {{"what", what}, {"node", node->name}, {"value", value}, {"by", teller}}});
  return true;
}

/// Of root, by the FIFO.
void HeartbeatElector::local_label(const wire::Message& m) {
  if (!label(m, cluster_.self)) return;
  wire::Message word(m.type());
  const auto what = m.type().substr(3);
  send(std::move(word.add("node", base::to_lower(m.get("node"))).add(what, m.get(what))));
}

void HeartbeatElector::hear_changes(Node& node, std::string_view digest) {
  digest = digest.substr(0, kLongestDigest);
  if (node.changes != digest) {
    node.changes = std::string(digest);
    node.settings.clear();  // to be compared once more, when both know the same
    node.ask_for_nodes_at = {};
    node.ask_for_nodes_pause = {};
  }
  if (!node.changes.empty() && node.changes != changes_.digest() && !shutting_) ask_for_nodes(node);
}

void HeartbeatElector::ask_for_nodes(Node& node) {
  if (now_.mono < node.ask_for_nodes_at) return;
  const bool settled = lists_are_settled(node);
  node.ask_for_nodes_pause = std::clamp<base::Duration>(2 * node.ask_for_nodes_pause, kAskFirst, kAskLast);
  if (!settled && lists_are_settled(node)) node.settings.clear();  // to be compared once more
  node.ask_for_nodes_at = now_.mono + node.ask_for_nodes_pause;
  node.asked_for_nodes = true;
  if (!comm_up_ && nodes_awaited_until_ == base::kNever) nodes_awaited_until_ = now_.mono + kAnswerPatience;
  wire::Message m("reqnodes");
  m.add("dest", node.name);
  send(std::move(m));
}

/// Else one of us has not heard of all changes yet, and other lists are no reason for a word. Asked so often, it will not.
bool HeartbeatElector::lists_are_settled(const Node& node) const {
  return node.changes == changes_.digest() || node.ask_for_nodes_pause >= kAskLast;
}

/// Before our first decision: there may be a node that we have not heard of, and it may hold something.
bool HeartbeatElector::awaits_nodes() const {
  if (nodes_awaited_until_ == base::kNever || now_.mono >= nodes_awaited_until_) return false;
  const auto& nodes = members_.nodes();
  return !stranger_.ticket.empty() || std::any_of(nodes.begin(), nodes.end(), [](const Node& n) { return n.in_game() && n.asked_for_nodes; });
}

/// It was added while we were away, perhaps holds what we should hold, and may be the only one left who could tell us. So
/// who says that it knows of added nodes, and hears us as one of its own, is asked. Its answer must repeat a word that we
/// have said only once: no record of an old one will do, and there is no other protection, as a stranger's packets are not
/// numbered for us. True while it may still turn out to be one of us.
bool HeartbeatElector::hear_stranger(const wire::Message& m) {
  const auto name = m.get("src");
  const auto likely = [&] { return name == stranger_.likely && now_.mono < stranger_.likely_until; };
  if (m.type() == "repnodes") {
    if (stranger_.ticket.empty() || name != stranger_.name || m.get("ubask") != stranger_.ticket) return likely();
    stranger_.ticket.clear();
    const auto told = NodeChanges::parse(m.get("ubnodes"));
    for (const auto& [other, change] : told.all()) learn(other, change);
    nodes_changed(name);
    return true;
  }
  if (m.type() != "status" || !m.has("upbeat") || !m.has("ubnodes") || m.get("ubnodes") == changes_.digest() ||
      !can_be_added(name) || shutting_)
    return likely();
  if (name != stranger_.likely && now_.mono >= stranger_.likely_until) {
    stranger_.likely = std::string(name);
    stranger_.likely_until = now_.mono + kAnswerPatience;
  }
  if (!heard_through(m.get("ubhears"), cluster_.self, identity_.generation) || now_.mono < stranger_.ask_at) return likely();
  const auto pause = stranger_.name == name ? 2 * stranger_.pause : base::Duration{};
  stranger_.name = std::string(name);
  stranger_.pause = std::clamp<base::Duration>(pause, kAskFirst, kAskLast);
  stranger_.ask_at = now_.mono + stranger_.pause;
  stranger_.ticket = fmt::format("{}-{}", identity_.generation, transport_.sequence());
  if (!comm_up_ && nodes_awaited_until_ == base::kNever) nodes_awaited_until_ = now_.mono + kAnswerPatience;
  wire::Message request("reqnodes");
  request.add("dest", name).add("ubask", stranger_.ticket);
  send(std::move(request));
  return likely();
}

void HeartbeatElector::on_reqnodes(Node& node, const wire::Message& asked) {
  const auto deleted = changes_.deleted();
  wire::Message m;
  m.add("dest", node.name).add("t", "repnodes").add("nodelist", list_of(cluster_.nodes));
  m.add("delnodelist", deleted.empty() ? " " : list_of(deleted));
  // Which of them are not from ha.cf, and since when: an Upbeat keeps what its own ha.cf says of all others.
  if (!changes_.empty()) m.add("ubnodes", changes_.text());
  if (asked.has("ubask")) m.add("ubask", asked.get("ubask").substr(0, kLongestTicket));
  send(std::move(m));
}

void HeartbeatElector::on_repnodes(Node& node, const wire::Message& m) {
  if (!std::exchange(node.asked_for_nodes, false)) return;
  const auto name = node.name;  // the node itself may have another place after this
  const bool upbeat = node.upbeat;
  const auto theirs = split_names(m.get("nodelist"));
  if (m.has("ubnodes")) {
    const auto told = NodeChanges::parse(m.get("ubnodes"));
    for (const auto& [other, change] : told.all()) learn(other, change);
  } else if (!upbeat) {
    // A Heartbeat drops what is not in `nodelist`, too: a node that its ha.cf has got since, and the other's has not.
    const auto at = m.get_hex("ts").value_or(0);
    for (const auto& other : theirs)
      if (!contains(cluster_.nodes, other)) learn(other, {true, at});
    for (const auto& other : split_names(m.get("delnodelist")))
      if (contains(cluster_.nodes, other)) learn(other, {false, at});
  }
  nodes_changed(name);
  if (upbeat) return;  // its status says what of ha.cf is different there
  auto ours = cluster_.nodes, sorted = theirs;
  std::sort(ours.begin(), ours.end());
  std::sort(sorted.begin(), sorted.end());
  if (ours != sorted)
    publish({core::kNodeListDiffers, {{"node", name}, {"nodes", base::printable(joined(theirs), 1000)}}});
}

/// Last in a call: whoever is still at work with a node has it until then.
void HeartbeatElector::hear_node_words() {
  for (const auto& m : std::exchange(node_words_, {})) {
    if (m.type() == "addnode")
      add_nodes(m);
    else if (m.type() == "delnode")
      delete_nodes(m);
    else if (auto* node = members_.find(m.get("src")); node != nullptr)
      on_repnodes(*node, m);
  }
}

void HeartbeatElector::add_nodes(const wire::Message& m) {
  const auto at = m.get_hex("ts").value_or(0);
  const bool ours = m.get("src") == cluster_.self;
  std::string nonsense;
  for (const auto& name : named(m, nonsense)) {
    std::string why;
    const auto* change = changes_.find(name);
    const auto* known = members_.find(name);
    if (!can_be_added(name))
      why = "this cannot be a node name";
    else if (known != nullptr && known->ping)
      why = "this is a ping node";
    else if (known != nullptr && change == nullptr && changes_.say(name, true, at) && !ours)
      continue;  // of our ha.cf: it is the others who are told
    else if (known != nullptr && !ours)
      continue;  // another node's answer was here first, or it is told once more
    else if (known != nullptr)
      why = "it is in the list here already; the others were told";
    else if (members_.normal_nodes() >= model::kMaxNodes)
      why = fmt::format("{} nodes are the most", model::kMaxNodes);
    else if (!changes_.say(name, true, at))
      why = "too many nodes were added and deleted; it can be written into ha.cf";
    if (why.empty())
      nodes_changed();
    else
      publish({node_event::kNotAdded, {{"node", base::printable(name, 60)}, {"why", why}}});
  }
  if (!nonsense.empty()) publish({node_event::kNonsense, {{"type", "addnode"}, {"node", std::string(m.get("src"))}, {"why", nonsense}}});
}

/// The original's rules: who goes is dead, and all who stay are there to hear of it.
bool HeartbeatElector::may_delete(const wire::Message& m) {
  const auto names = split_names(m.get("nodelist"));
  const auto list = base::printable(joined(names), 200);
  const auto by = m.has("src") ? std::string(m.get("src")) : cluster_.self;  // ours has not been stamped yet
  for (const auto& node : members_.nodes()) {
    if (node.ping) continue;
    if (!contains(names, node.name)) {
      if (node.status == "up" || node.status == "active") continue;
      publish({node_event::kOthersAway, {{"node", node.name}, {"status", node.status}, {"names", list}, {"by", by}}});
      return false;
    }
    if (node.status != "dead") {
      publish({node_event::kNotDead, {{"node", node.name}, {"names", list}, {"by", by}}});
      return false;
    }
    if (node.fencing) {  // new: what it may hold is its own, by whatever name we call it
      publish({node_event::kNotDeleted, {{"node", node.name}, {"why", "it may hold resources, and must be reset first"}}});
      return false;
    }
  }
  return true;
}

void HeartbeatElector::delete_nodes(const wire::Message& m) {
  const auto at = m.get_hex("ts").value_or(0);
  std::string nonsense;
  const auto names = named(m, nonsense);
  if (!nonsense.empty()) return publish({node_event::kNonsense, {{"type", "delnode"}, {"node", std::string(m.get("src"))}, {"why", nonsense}}});
  if (!may_delete(m)) return;
  for (const auto& name : names) {
    std::string why;
    const auto* change = changes_.find(name);
    const auto* known = members_.find(name);
    if (known != nullptr && known->ping)
      why = "this is a ping node";
    else if (known == nullptr && change != nullptr && change->at == at)
      continue;
    else if (known == nullptr)
      why = "it is not in the configuration";
    else if (!changes_.say(name, false, at))
      why = "too many nodes were added and deleted; it can be taken out of ha.cf";
    if (why.empty())
      nodes_changed();
    else
      publish({node_event::kNotDeleted, {{"node", base::printable(name, 60)}, {"why", why}}});
  }
}

bool HeartbeatElector::not_to_be_dropped(std::string_view name) {
  const auto* node = members_.find(name);
  return node != nullptr && !node->ping && (node == &me() || node->alive || node->fencing);
}

/// What another node remembers, if it can be true here. What can not is asked for again.
bool HeartbeatElector::learn(std::string_view name, const NodeChanges::Change& change) {
  const auto* known = members_.find(name);
  if (known != nullptr && known->ping) return false;
  if (!change.added && not_to_be_dropped(name)) return false;
  if (change.added && known == nullptr && changes_.applied_to(listed_).size() >= model::kMaxNodes) return false;
  return changes_.hear(name, change);
}

/// `teller`: whose memory it is; empty when it is an operator's word of now, or ha.cf's.
void HeartbeatElector::nodes_changed(std::string_view teller) {
  auto names = changes_.applied_to(listed_);
  if (names == cluster_.nodes) return;
  const auto why = teller.empty() ? std::string() : fmt::format(" (as {} remembers)", teller);
  for (const auto& name : names)
    if (!contains(cluster_.nodes, name)) publish({node_event::kAdding, {{"node", name}, {"why", why}}});
  for (const auto& name : cluster_.nodes) {
    if (contains(names, name)) continue;
    publish({node_event::kRemoving, {{"node", name}, {"why", why}}});
    wire::Message gone("delnode");
    gone.add("node", name);
    out_.push_back(core::ToClients{std::move(gone)});
  }
  reseat(std::move(names), listed_);
  out_.push_back(core::Nodes{cluster_.nodes});
  greet_ = true;
}

/// `listed`: those of them that ha.cf lists.
void HeartbeatElector::reseat(Names names, const Names& listed) {
  std::vector<std::optional<std::size_t>> seat;  // of each node so far
  for (const auto& name : cluster_.nodes) {
    const auto at = std::find(names.begin(), names.end(), name);
    seat.push_back(at == names.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - names.begin())));
    if (seat.back()) continue;
    standby_.gone(name, *this);
    transport_.drop_peer(name, now_.mono);
  }
  cluster_.nodes = std::move(names);
  for (const auto& name : cluster_.nodes) transport_.add_peer(name);
  transport_.set_ttl(ttl_of(cluster_));

  std::erase_if(fences_, [&](const FenceJob& job) { return !seat[job.node]; });
  for (auto& job : fences_) job.node = *seat[job.node];

  Registry fresh(cluster_, resources_, listed);
  const auto groups = fresh.numbers_in(registry_);
  base::Duration limit = cluster_.timing.deadtime;
  if (!comm_up_ && now_.mono == base::Mono{})  // a memento is being read: the time is not known before start()
    limit = std::max(limit, base::Duration(cluster_.timing.initdead));
  else if (!comm_up_)  // it is waited for, as for any other
    limit = std::max(limit, initdead_at_ == base::kNever ? base::Duration(cluster_.timing.initdead) : initdead_at_ - now_.mono);
  members_.reseat(cluster_.nodes, groups, now_.mono, limit);
  std::vector<Own> own(fresh.size());
  for (std::size_t g = 0; g < own.size(); ++g) {
    if (groups[g] == Registry::kNowhere) continue;
    own[g] = own_[groups[g]];
    own[g].yield = own[g].yield && seat[own[g].yield_to];
    own[g].yield_to = seat[own[g].yield_to].value_or(0);
  }
  own_ = std::move(own);
  standby_.renumber(groups);
  registry_ = std::move(fresh);
}

std::string HeartbeatElector::save_nodes() const {
  Names newcomers;
  for (const auto& node : members_.nodes())
    if (node.newcomer) newcomers.push_back(node.name);
  return fmt::format("{}\n{}\n{}\n{}\n", joined(cluster_.nodes), joined(listed_), joined(newcomers), changes_.text());
}

std::optional<HeartbeatElector::SavedNodes> HeartbeatElector::saved_nodes(std::string_view& text) const {
  const auto line = [&text] { return base::take_line(text); };
  const auto sane = [](Names names) {
    if (names.size() > model::kMaxNodes) return false;
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) == names.end();
  };
  SavedNodes out;
  out.names = split_names(line());
  out.listed = split_names(line());
  out.newcomers = split_names(line());
  out.changes = NodeChanges::parse(line());
  if (!sane(out.names) || !sane(out.listed) || !contains(out.names, cluster_.self)) return std::nullopt;
  return out;
}

/// "heartbeat 3" numbers the nodes in the order that ha.cf had then, and lists them after lines that depend on it.
std::optional<HeartbeatElector::SavedNodes> HeartbeatElector::seats_before(std::string_view text) const {
  const auto line = [&text] { return base::words(base::take_line(text)); };
  const auto head = line();
  const auto fences = head.size() >= 11 ? base::parse_number<std::size_t>(head[7]) : std::nullopt;
  if (!fences || *fences >= 1000) return std::nullopt;
  constexpr std::size_t kStandby = 1, kCount = 1;
  for (auto skip = kStandby + *fences + own_.size() + kCount; skip > 0; --skip) line();
  Names names;
  for (std::size_t i = 0; i < cluster_.nodes.size(); ++i) {
    const auto words = line();
    if (words.empty()) return std::nullopt;
    names.emplace_back(words.front());
  }
  if (!std::is_permutation(names.begin(), names.end(), cluster_.nodes.begin(), cluster_.nodes.end())) return std::nullopt;
  return SavedNodes{names, names, {}, {}};
}

/// After everything else was restored as it was: what ha.cf says now, and what has been changed of it since.
void HeartbeatElector::take_up(const SavedNodes& saved) {
  changes_ = saved.changes;
  // A file that was changed is the later word.
  for (const auto& name : listed_)
    if (const auto* change = changes_.find(name); change != nullptr && !change->added && !contains(saved.listed, name))
      changes_.say(name, true, change->at);
  for (const auto& name : saved.listed)
    if (const auto* change = changes_.find(name); change != nullptr && change->added && !contains(listed_, name))
      changes_.say(name, false, change->at);
  for (auto& node : members_.nodes()) node.newcomer = contains(saved.newcomers, node.name);
  for (const auto& node : members_.nodes())
    if (!node.ping && !contains(changes_.applied_to(listed_), node.name) && not_to_be_dropped(node.name)) {
      publish({node_event::kStays, {{"node", node.name}}});
      changes_.say(node.name, true, 1);
    }
  // Added nodes are members already, so it is those that are new in the file for which there is no room.
  for (auto at = listed_.size(); at-- > 0 && changes_.applied_to(listed_).size() > model::kMaxNodes;) {
    const auto name = listed_[at];
    if (contains(saved.names, name) || contains(saved.listed, name)) continue;
    publish({node_event::kNotAdded, {{"node", name}, {"why", fmt::format("{} nodes are the most", model::kMaxNodes)}}});
    listed_.erase(listed_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  nodes_changed();
  if (saved.listed != listed_) reseat(cluster_.nodes, listed_);  // even with the same nodes: who has a phantom
}

}  // namespace hbd::elect::heartbeat
