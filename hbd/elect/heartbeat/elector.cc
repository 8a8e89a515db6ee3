// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/elector.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "hbd/core/events.h"
#include "hbd/elect/heartbeat/seat.h"
#include "hbd/elect/heartbeat/transport_events.h"
#include "hbd/wire/seal.h"

namespace hbd::elect::heartbeat {

namespace {
using namespace std::chrono_literals;
using core::GroupState;

/// The original waits so long before it gives a failed group away.
constexpr base::Duration kRetryFailed = 30s;
constexpr base::Duration kLinger = 1s;      ///< after `shutdone`, as the original, unless all is taken before
constexpr std::size_t kSurelyFits = 16384;  ///< sealed, in either format, it is below kMaxDatagram
constexpr std::size_t kStampRoom = 1024;    ///< for the fields that every message gets
/// Of a Heartbeat that may be at a takeover from our predecessor.
constexpr base::Duration kStartingRest = 2s;
constexpr std::string_view kMementoHead = "heartbeat 4";
constexpr std::string_view kMementoHeadBefore = "heartbeat 3";  ///< knew of no other nodes than those of ha.cf

Transport::Settings transport_settings(const model::Cluster& cluster, const Identity& identity) {
  Transport::Settings out;
  out.self = cluster.self;
  out.uuid = identity.uuid;
  out.generation = identity.generation;
  out.seed = identity.seed;
  out.max_rexmit_delay = cluster.timing.max_rexmit_delay;
  out.ttl = ttl_of(cluster);
  return out;
}

model::AuthKeys ping_keys(const Identity& identity) {
  auto key = identity.ping_key;
  if (key.empty()) key = base::sha256_hex(fmt::format("ping {} {}", identity.seed, identity.generation));
  return {0, {{0, {model::AuthKey::Method::sha1, std::move(key)}}}};
}
}  // namespace

std::unique_ptr<core::Elector> make_elector(const model::Cluster& cluster,
                                            const model::Haresources& resources, const Identity& identity) {
  return std::make_unique<HeartbeatElector>(cluster, resources, identity);
}

HeartbeatElector::HeartbeatElector(const model::Cluster& cluster, const model::Haresources& resources,
                                   const Identity& identity)
    : cluster_(cluster),
      resources_(resources),
      listed_(cluster.nodes),
      identity_(identity),
      ping_keys_(ping_keys(identity)),
      registry_(cluster, resources, cluster.nodes),
      members_(cluster, registry_.size()),
      transport_(transport_settings(cluster, identity)),
      ipfail_(cluster.timing.keepalive),
      own_(registry_.size()),
      known_state_(registry_.real_groups(), GroupState::released),
      next_fence_(core::kFirstFence) {
  for (const auto& name : cluster_.nodes) transport_.add_peer(name);
  for (std::size_t id = 0; id < cluster_.media.size(); ++id) {
    if (cluster_.media[id].is_ping()) continue;
    media_.push_back(id);
    if (std::holds_alternative<model::Serial>(cluster_.media[id].medium)) lines_.push_back(static_cast<core::LinkId>(id));
  }
}

void HeartbeatElector::enter(core::Now now, core::Council& council) {
  now_ = now;
  heard_at_ = now.mono;
  council_ = &council;
  if (next_beat_ == base::kNever || now.mono <= next_beat_ + cluster_.timing.keepalive / 4)
    awake_at_ = now.mono;
}

void HeartbeatElector::leave() {
  evaluate();
  if (!finished_) announce();
  // One that is new in our ha.cf and not yet in theirs says nothing about who of us sees more.
  for (auto& node : members_.nodes())
    if (node.joined && node.alive) node.joined = false, ++ping_count_;
  const auto count = members_.ping_count();
  if (count != ping_count_) {
    ping_count_ = count;
    ipfail_changed();
  }
  pace_clients();
  flush();
  for (std::size_t g = 0; g < known_state_.size(); ++g) known_state_[g] = council_->state(g);
  council_ = nullptr;
}

void HeartbeatElector::start(core::Now now, core::Council& council) {
  enter(now, council);
  publish({restored_ ? core::kContinued : core::kGeneration,
           {{"generation", std::to_string(identity_.generation)}}});
  next_beat_ = now.mono + cluster_.timing.keepalive;
  if (restored_) {
    if (cluster_.nodes != listed_) out_.push_back(core::Nodes{cluster_.nodes});
    members_.resume(now.mono);
    for (auto& node : members_.nodes())
      if (!node.known || now.mono - remembered_at_ + cluster_.timing.keepalive >= node.pulse.limit()) may_have_called_us_dead(node);
    ping_count_ = members_.ping_count();
    if (initdead_at_ == base::kNever) initdead_at_ = now.mono;
    // The order may not have reached anybody.
    for (const auto& job : fences_)
      if (job.retry_at == base::kNever) out_.push_back(core::Fence{job.id, members_.nodes()[job.node].name});
  } else {
    members_.begin(now.mono);
    initdead_at_ = now.mono + cluster_.timing.initdead;
    // The original's first two words, in this order (reference 4.1).
    send_status();
    members_.set_status(me(), "up", out_);
  }
  send_status();
  transmit_pings();
  if (!comm_up_ && members_.all_heard()) become_active();
  leave();
}

void HeartbeatElector::step(core::Now now, const core::Input& input, core::Council& council) {
  if (finished_) return;
  enter(now, council);
  if (const auto* packet = std::get_if<core::Datagram>(&input)) {
    heard_at_ = std::min(packet->received_at, now.mono);
    datagram(*packet);
  } else if (const auto* t = std::get_if<core::Tick>(&input)) {
    tick(*t);
  } else if (const auto* done = std::get_if<core::JobDone>(&input)) {
    fence_done(*done);
  } else if (const auto* link = std::get_if<core::LinkChange>(&input)) {
    members_.medium(link->link, link->up, out_);
    publish({link->up ? core::kOwnMediumUp : core::kOwnMediumDown,
             {{"link", members_.link_name(link->link)}, {"reason", link->reason}}});
  } else if (std::holds_alternative<core::Shutdown>(input)) {
    begin_shutdown();
  } else if (const auto* standby = std::get_if<core::Standby>(&input)) {
    operator_standby(standby->what, true);
  } else if (const auto* takeover = std::get_if<core::Takeover>(&input)) {
    prepare_takeover(takeover->what);
    wire::Message m("hb_takeover");
    m.add("rsc_hold", model::word(takeover->what));
    send(std::move(m));
  } else if (const auto* keys = std::get_if<core::NewKeys>(&input)) {
    cluster_.auth = keys->keys;
  } else if (const auto* fresh = std::get_if<core::NewResources>(&input)) {
    resources_ = fresh->resources;  // the same groups: of the registry, only the digest is another
    registry_ = Registry(cluster_, resources_, listed_);
    for (auto& node : members_.nodes()) node.digest.clear();  // what it says next is compared anew, and told
  } else if (const auto* local = std::get_if<core::LocalMessage>(&input)) {
    local_message(*local);
  }
  hear_node_words();
  if (!comm_up_ && members_.all_heard() && !awaits_nodes()) become_active();
  leave();
}

void HeartbeatElector::settled(core::Now now, std::size_t g, core::Council& council) {
  if (finished_) return;
  enter(now, council);
  if (g < own_.size() && group_state(g) == GroupState::failed) {  // told once for each failure
    own_[g].wanted = own_[g].waiting = own_[g].offered = false;
    own_[g].failed_until = now.mono + kRetryFailed;
    own_[g].failed = true;
  } else if (g < own_.size() && group_state(g) == GroupState::held) {
    own_[g].failed = false;
  }
  leave();
}

void HeartbeatElector::tick(const core::Tick& tick) {
  load_ = tick.load.empty() ? "n/a" : tick.load;
  const auto keepalive = cluster_.timing.keepalive;
  if (stalled(tick.planned, now_.mono, keepalive)) {
    publish({core::kStalled,
             {{"ms", std::to_string(base::to_ms(now_.mono - tick.planned))},
              {"limit", std::to_string(keepalive.count())}}});
    for (auto& node : members_.nodes()) {
      node.pulse.pardon(now_.mono + keepalive + keepalive / 2);
      if (now_.mono - tick.planned + keepalive >= node.pulse.limit()) may_have_called_us_dead(node);
    }
  }
  for (auto& node : members_.nodes()) {
    if (node.ping || node.upbeat || !node.in_game() || !transport_.gaps(node.name))
      node.gaps_since = base::kNever;
    else if (node.gaps_since == base::kNever)
      node.gaps_since = now_.mono;
    else if (now_.mono - node.gaps_since >= node.pulse.limit())
      may_have_called_us_dead(node);
  }
  if (now_.mono >= next_beat_) {
    send_status();
    transmit_pings();
    next_beat_ += keepalive;
    if (next_beat_ <= now_.mono) next_beat_ = now_.mono + keepalive;
  }
  awake_at_ = now_.mono;
  check_pulses();
  TransportWork work;
  transport_.tick(now_, work);
  relay(work);
  for (const auto& m : work.deliver) message(m);
  standby_.tick(now_.mono, *this);
  complaints_.tick(now_.mono, out_);
  if (cluster_.uses_ipfail() && comm_up_ && !shutting_) {
    Ipfail::Work ipfail;
    ipfail_.tick(ipfail_facts(), now_.mono, ipfail);
    ipfail_work(ipfail);
  }
  fence_tick();
  ask_for_own();
  ask_what_it_holds();
  repeat_resource();
  contradict();
  give_again();
  ask_home();
}

/// A Heartbeat that has not heard us for its dead time, because we slept or because it is deaf (then what is missing of its
/// words does not come), takes everything, and says so when it has done it.
void HeartbeatElector::may_have_called_us_dead(Node& node) {
  if (node.ping || node.upbeat || !cluster_.nice()) return;
  node.known = false;
  node.stale_through = transport_.newest_of(node.name);
}

void HeartbeatElector::check_pulses() {
  for (auto& node : members_.nodes())
    if (&node != &me() && node.status != "dead" && node.pulse.silent(now_.mono)) on_death(node);
  members_.age_links(now_.mono, out_);
}

void HeartbeatElector::become_active() {
  comm_up_ = true;
  for (auto& node : members_.nodes()) {
    const auto limit = node.ping ? cluster_.timing.deadping : cluster_.timing.deadtime;
    node.pulse.set_limit(node.said_limit != base::Duration{} ? node.said_limit : base::Duration(limit));
  }
  publish({core::kCommUp});
  members_.set_status(me(), "active", out_);
  ping_count_ = members_.ping_count();
  send_status();
  if (cluster_.nice()) say_starting();
  rest_at_ = now_.mono + kStartingRest;
  ask_home_at_ = now_.mono + kAskHomeAfter;
  asks_home_ = 3;
  for (auto& node : members_.nodes()) {
    if (node.ping || !node.in_game() || node.upbeat || &node == &me()) continue;
    ask_for_nodes(node);
    break;
  }
  if (cluster_.uses_ipfail()) {
    send(Ipfail::joining(cluster_.self));
    ipfail_changed();
  }
}

void HeartbeatElector::prepare_takeover(model::Holding what) {
  std::vector<bool> groups(registry_.size());
  for (std::size_t g = 0; g < registry_.size(); ++g) groups[g] = registry_.in_set(g, what, members_.self());
  forgive(groups);
}

void HeartbeatElector::begin_shutdown() {
  if (shutting_) return;
  shutting_ = true;
  standby_.cancel();
  taking_over_from_.clear();
  send_resource("shutdown");
  publish({core::kShutdown, {{"pid", ""}}});
  publish({core::kGivingUpAll});
}

void HeartbeatElector::progress_shutdown() {
  if (!shutting_ || finished_) return;
  bool all_taken = true, anybody = false;
  for (const auto& node : members_.nodes())
    anybody = anybody || (!node.ping && &node != &me() && node.ready());
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    if (active(own_claim(g).claim)) return;
    bool taken = g >= registry_.real_groups();
    for (const auto& node : members_.nodes())
      if (!node.ping && &node != &me() && node.in_game() && active(node.claims[g].claim)) taken = true;
    all_taken = all_taken && taken;
  }
  if (!said_shutdone_) {
    said_shutdone_ = true;
    publish({core::kAllReleased});
    if (any_historic_peer() || anybody) send_status();  // each group's release, before the last word
    wire::Message m("shutdone");
    m.add("st", "dead");
    send(std::move(m));
    linger_until_ = now_.mono + kLinger;
  }
  if (anybody && !all_taken && now_.mono < linger_until_) return;
  finished_ = true;
  publish({core::kShutdownDone, {{"node", cluster_.self}}});
  out_.push_back(core::Finish{false});
}

void HeartbeatElector::local_message(const core::LocalMessage& local) {
  const std::string type(local.message.type());
  // What only the daemon itself may say; the original lets any client say it.
  static constexpr std::string_view kReserved[] = {"status",   "shutdone", "resource",
                                                   "starting", "reqnodes", "repnodes"};
  if (type.empty() || type.starts_with("NS_") ||
      std::find(std::begin(kReserved), std::end(kReserved), type) != std::end(kReserved))
    return;
  if (type == "ask_resources") {
    // hb_standby: "failback" means the groups that prefer the other node.
    if (local.message.get("info") == "me")
      operator_standby(model::parse_holding(local.message.get("rsc_hold")).value_or(model::Holding::foreign),
                       true);
    return;
  }
  auto m = local.message;
  if (type == "addnode" || type == "delnode") {
    if (local.client.empty()) local_node_word(std::move(m));  // of root only
    return;
  }
  if (type == "setweight" || type == "setsite") {
    if (local.client.empty()) local_label(m);
    return;
  }
  if (type == "hb_takeover") {
    if (!model::parse_holding(m.get("rsc_hold"))) m.set("rsc_hold", "local");
    prepare_takeover(model::parse_holding(m.get("rsc_hold")).value_or(model::Holding::local));
  }
  if (!local.client.empty()) {
    m.set("from_id", local.client);
    m.set("to_id", local.client);
  }
  // What no packet holds would be asked for by the peers again and again.
  if (m.byte_size() > kSurelyFits) {
    const auto length = wire::seal(m, cluster_.auth, cluster_.format, wire::packing_of(cluster_)).size();
    if (length + kStampRoom > wire::kMaxDatagram)
      return publish({transport_event::kTooLong,
                      {{"type", type},
                       {"client", local.client.empty() ? "fifo" : local.client},
                       {"bytes", std::to_string(m.byte_size())}}});
  }
  send(std::move(m));
}

base::Mono HeartbeatElector::next_wake() const {
  if (finished_) return base::kNever;
  auto wake = std::min({next_beat_, repeat_at_, ask_home_at_, starting_again_at_, transport_.next_wake(), standby_.next_wake(),
                        complaints_.next_wake()});
  wake = members_.next_wake(wake);
  if (cluster_.uses_ipfail() && comm_up_ && !shutting_) wake = std::min(wake, ipfail_.next_wake());
  if (rest_at_ > now_.mono) wake = std::min(wake, rest_at_);
  if (!comm_up_ && nodes_awaited_until_ > now_.mono) wake = std::min(wake, nodes_awaited_until_);
  if (wish_ && wish_until_ > now_.mono) wake = std::min(wake, wish_until_);
  if (said_shutdone_) wake = std::min(wake, linger_until_);
  for (const auto& fence : fences_) wake = std::min(wake, fence.retry_at);
  for (const auto& node : members_.nodes())
    if (node.conflict_since != base::kNever && node.conflict_since + kDropPatience > now_.mono)
      wake = std::min(wake, node.conflict_since + kDropPatience);
  // Whoever falls silent while we ask the scripts of what we are about to take stops us.
  bool asking = false;
  for (std::size_t g = 0; g < registry_.real_groups(); ++g)
    asking = asking || known_state_[g] == GroupState::starting;
  for (const auto& node : members_.nodes())
    if (asking && !node.ping && node.spoke_at && *node.spoke_at + freshness(node) > now_.mono)
      wake = std::min(wake, *node.spoke_at + freshness(node));
  for (const auto& own : own_) {
    if (own.yield && !shutting_ && own.yield_until > now_.mono) wake = std::min(wake, own.yield_until);
    if (own.failed_until > now_.mono) wake = std::min(wake, own.failed_until);
    if (own.unclaimed_since == base::kNever) continue;
    const auto over = own.unclaimed_since + cluster_.timing.deadtime;
    if (over > now_.mono) wake = std::min(wake, over);
  }
  return wake;
}

void HeartbeatElector::describe(core::Snapshot& out) const {
  out.self = cluster_.self;
  out.status = me().status;
  out.generation = identity_.generation;
  out.comm_up = comm_up_;
  out.transition = comm_up_ && !stable();
  std::vector<GroupClaim> claims;
  for (std::size_t g = 0; g < registry_.size(); ++g) claims.push_back(own_claim(g));
  if (cluster_.nice()) out.holding = registry_.holding(claims, members_.self());
  out.ignored = complaints_.totals();
  for (const auto& [kind, count] : out.ignored) out.ignored_packets += count;
  members_.describe(out);
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
    auto& holder = out.holders.emplace_back();
    const auto home = registry_.preferred(g);
    const bool failed_there = home != Registry::kNowhere && members_.nodes()[home].claims[g].claim == Claim::failed;
    out.returns.push_back(failed_there       ? core::Return::after_failure
                          : own_[g].pinned ? core::Return::on_request
                                           : core::Return::by_itself);
    for (std::size_t i = 0; i < members_.normal_nodes() && holder.empty(); ++i) {
      const auto& node = members_.nodes()[i];
      const bool is_self = i == members_.self();
      const auto claim = is_self ? claims[g].claim : node.claims[g].claim;
      if (claim == Claim::held && (is_self || node.in_game() || node.fencing)) holder = node.name;
    }
  }
  const auto& own = identity_.uuid;
  for (auto& view : out.nodes)
    view.uuid =
        view.name == cluster_.self ? std::string(own.begin(), own.end()) : transport_.uuid_of(view.name);
}

std::string HeartbeatElector::save() const {
  std::string out =
      fmt::format("{}\n{}{} {} {} {} {} {} {} {} {} {} {} {} {} {}\n{}\n", kMementoHead, save_nodes(), comm_up_, shutting_, said_shutdone_,
                  was_stable_, initdead_at_.time_since_epoch().count(),
                  linger_until_.time_since_epoch().count(), next_fence_, fences_.size(),
                  rest_at_.time_since_epoch().count(), ask_home_at_.time_since_epoch().count(), asks_home_,
                  wish_ ? static_cast<int>(*wish_) : -1, wish_until_.time_since_epoch().count(),
                  now_.mono.time_since_epoch().count(), standby_.save());
  for (const auto& fence : fences_)
    out += fmt::format("{} {} {} {}\n", fence.id, fence.node, fence.retry_at.time_since_epoch().count(),
                       fence.failed);
  for (std::size_t g = 0; g < own_.size(); ++g) {
    const auto& o = own_[g];
    const auto state = g < known_state_.size() ? known_state_[g] : GroupState::released;
    out +=
        fmt::format("{} {} {} {} {} {} {} {} {} {} {} {}\n", o.yield, o.yield_to,
                    o.yield_until.time_since_epoch().count(), o.pinned, o.phantom_held, o.wanted, o.term,
                    o.failed_until.time_since_epoch().count(), o.unclaimed_since.time_since_epoch().count(),
                    static_cast<int>(state), o.seen_term, o.failed);
  }
  return out + members_.save() + transport_.save(now_.mono);
}

bool HeartbeatElector::restore(std::string_view memento) {
  HeartbeatElector other(*this);
  if (!other.restore_from(memento)) return false;
  *this = std::move(other);
  return true;
}

bool HeartbeatElector::restore_from(std::string_view memento) {
  auto rest = memento;
  const auto line = [&] { return base::words(base::take_line(rest)); };
  const auto flag = [](std::string_view word) { return word == "true"; };
  const auto number = [](std::string_view word) {
    return base::parse_number<std::int64_t>(word).value_or(0);
  };
  const auto instant = [&](std::string_view word) { return base::Mono(base::Duration(number(word))); };
  const auto version = rest.substr(0, rest.find('\n'));
  if (version != kMementoHead && version != kMementoHeadBefore) return false;
  line();
  const auto nodes = version == kMementoHead ? saved_nodes(rest) : seats_before(rest);
  if (!nodes) return false;
  const auto& saved = *nodes;
  if (saved.names != cluster_.nodes || saved.listed != listed_) reseat(saved.names, saved.listed);
  const auto head = line();
  if (head.size() != 11 && head.size() != 14) return false;  // eleven: of an earlier version
  const auto wish = head.size() > 11 ? number(head[11]) : -1;
  if (wish < -1 || wish > 3) return false;
  const auto standby_end = rest.find('\n');
  Standby standby;
  if (standby_end == std::string_view::npos ||
      !standby.restore(rest.substr(0, standby_end), registry_.size()))
    return false;
  line();
  std::vector<FenceJob> fences;
  for (auto count = number(head[7]); count > 0 && count < 1000; --count) {
    const auto words = line();
    const auto id = words.empty() ? std::nullopt : base::parse_number<core::JobId>(words[0]);
    if (words.size() != 4 || !id || static_cast<std::size_t>(number(words[1])) >= members_.normal_nodes())
      return false;
    fences.push_back({*id, static_cast<std::size_t>(number(words[1])), instant(words[2]),
                      static_cast<int>(number(words[3]))});
  }
  auto own = own_;
  auto states = known_state_;
  for (std::size_t g = 0; g < own.size(); ++g) {
    const auto w = line();
    if (w.size() != 12 || static_cast<std::size_t>(number(w[1])) >= members_.normal_nodes()) return false;
    auto& o = own[g];
    o.yield = flag(w[0]), o.yield_to = static_cast<std::size_t>(number(w[1])), o.yield_until = instant(w[2]);
    o.pinned = flag(w[3]), o.phantom_held = flag(w[4]), o.wanted = flag(w[5]);
    o.term = static_cast<std::uint64_t>(number(w[6])), o.failed_until = instant(w[7]),
    o.unclaimed_since = instant(w[8]);
    o.seen_term = static_cast<std::uint64_t>(number(w[10]));
    o.failed = flag(w[11]);
    if (g < states.size()) states[g] = static_cast<GroupState>(std::clamp<std::int64_t>(number(w[9]), 0, 4));
    o.waiting = o.wanted && g < states.size() && (states[g] == GroupState::released || states[g] == GroupState::stopping);
  }
  auto members = members_;
  if (!members.restore(rest, base::Mono{})) return false;
  if (!transport_.restore(rest, base::Mono{})) return false;
  members_ = std::move(members);
  own_ = std::move(own);
  known_state_ = std::move(states);
  fences_ = std::move(fences);
  standby_ = std::move(standby);
  comm_up_ = flag(head[0]), shutting_ = flag(head[1]), said_shutdone_ = flag(head[2]),
  was_stable_ = flag(head[3]);
  initdead_at_ = instant(head[4]), linger_until_ = instant(head[5]);
  next_fence_ = base::parse_number<core::JobId>(head[6]).value_or(core::kFirstFence);
  rest_at_ = instant(head[8]), ask_home_at_ = instant(head[9]), asks_home_ = static_cast<int>(number(head[10]));
  if (wish >= 0) wish_ = static_cast<model::Holding>(wish), wish_until_ = instant(head[12]);
  if (head.size() > 13) remembered_at_ = instant(head[13]);
  // Theirs is announced; that of ping nodes is ours alone, and may be another by now.
  if (comm_up_)
    for (auto& node : members_.nodes())
      if (node.ping) node.pulse.set_limit(cluster_.timing.deadping);
  take_up(saved);
  restored_ = true;
  return true;
}

}  // namespace hbd::elect::heartbeat
