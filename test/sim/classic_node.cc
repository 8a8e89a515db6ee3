// SPDX-License-Identifier: Apache-2.0
#include "test/sim/classic_node.h"

#include <fmt/format.h>

#include <algorithm>

#include "hbd/wire/seal.h"
#include "test/sim/classic_events.h"

namespace sim {

using namespace hbd;
using namespace std::chrono_literals;

namespace {
constexpr base::Duration kScan = 250ms;
/// Its queues are watched by timers only: what comes is noticed so late.
constexpr base::Duration kReadLeast = 2ms, kReadMost = 500ms;
constexpr base::Duration kYoung = 5s;  ///< for so long it announces a longer dead time
constexpr base::Millis kYoungMore = 2s;
constexpr base::Duration kAskNodes = 1s;

std::string other_of(const model::Cluster& cluster) {
  for (const auto& name : cluster.nodes)
    if (name != cluster.self) return name;
  return {};
}

ClassicPost::Identity complete(ClassicPost::Identity identity, const model::Cluster& cluster) {
  identity.self = cluster.self;
  identity.peer = other_of(cluster);
  identity.ttl = cluster.hopfudge + static_cast<int>(cluster.nodes.size() + cluster.ping_nodes().size());
  return identity;
}
}  // namespace

ClassicNode::ClassicNode(const model::Cluster& cluster, const model::Haresources& resources,
                         ClassicPost::Identity identity)
    : cluster_(cluster),
      resources_(resources),
      self_(cluster.self),
      peer_(other_of(cluster)),
      rng_(identity.seed + 1),
      post_(complete(identity, cluster)),
      scripts_(resources, self_, peer_, identity.seed + 2),
      ipfail_(cluster.timing.keepalive),
      said_free_(resources.groups.size()),
      gave_at_(resources.groups.size()),
      unasked_(resources.groups.size()),
      taken_(resources.groups.size()) {
  for (std::size_t link = 0; link < cluster_.media.size(); ++link)
    if (cluster_.media[link].is_ping()) pings_.push_back({link, cluster_.media[link].link_name()});
}

void ClassicNode::tell(const base::EventKind& kind, std::string what) {
  out_->emplace_back(core::Publish{{kind, {{"what", std::move(what)}}}});
}

void ClassicNode::start(core::Now now, core::Effects& out) {
  now_ = now;
  out_ = &out;
  begun_ = peer_heard_at_ = now.mono;
  for (auto& ping : pings_) ping.heard_at = now.mono;
  next_beat_ = now.mono + cluster_.timing.keepalive;
  next_scan_ = now.mono + kScan;
  send_status();
  status_ = "up";
  send_status();
  out_ = nullptr;
}

void ClassicNode::step(core::Now now, const core::Input& input, core::Effects& out) {
  if (exit_at_ != base::kNever && now.mono >= exit_at_) {
    exit_at_ = base::kNever;
    out.emplace_back(core::Finish{restart_});
    return;
  }
  now_ = now;
  out_ = &out;
  const auto unread = [&](Unread what) {
    inbox_.push_back(std::move(what));
    read_at_ =
        std::min(read_at_, now.mono + base::Duration(rng_.between(kReadLeast.count(), kReadMost.count())));
  };
  if (const auto* packet = std::get_if<core::Datagram>(&input)) {
    unread(*packet);
  } else if (std::holds_alternative<core::Tick>(input)) {
    read_all();
    timers();
  } else if (const auto* done = std::get_if<core::JobDone>(&input)) {
    if (done->id >= core::kFirstFence) {
      on_fence_done(*done);
    } else {
      ClassicScripts::Work work{out, {}};
      scripts_.done(*done, now.mono, work);
      settle(work);
    }
  } else if (std::holds_alternative<core::Shutdown>(input)) {
    if (!leaving_) leaving_ = true, leave_at_ = now.mono;
    try_shutdown();
  } else if (const auto* standby = std::get_if<core::Standby>(&input)) {
    hb_standby(standby->what);
  } else if (const auto* takeover = std::get_if<core::Takeover>(&input)) {
    Message m("hb_takeover");
    m.add("rsc_hold", model::word(takeover->what));
    unread(std::move(m));
  }
  out_ = nullptr;
}

/// What scripts have said waits in the FIFO.
void ClassicNode::settle(ClassicScripts::Work& work) {
  for (auto& word : work.fifo) {
    inbox_.push_back(std::move(word));
    read_at_ =
        std::min(read_at_, now_.mono + base::Duration(rng_.between(kReadLeast.count(), kReadMost.count())));
  }
  if (work.give_foreign_later) give_foreign_at_ = now_.mono + 30s;
}

bool ClassicNode::has_unread_news() const {
  return std::any_of(inbox_.begin(), inbox_.end(), [&](const Unread& unread) {
    const auto* datagram = std::get_if<core::Datagram>(&unread);
    if (datagram == nullptr) return true;
    const auto m = wire::open(datagram->bytes, cluster_.auth);
    return m && m->type() != "status" && !m->type().starts_with("NS_");
  });
}

void ClassicNode::read_all() {
  read_at_ = base::kNever;
  for (auto& unread : std::exchange(inbox_, {})) {
    if (const auto* datagram = std::get_if<core::Datagram>(&unread))
      packet(*datagram);
    else
      say(std::move(std::get<Message>(unread)));
  }
}

void ClassicNode::ping_becomes(Ping& ping, const char* status) {
  ping.status = status;
  look_for_comm_up();
  if (comm_up_ && cluster_.uses_ipfail() && peer_status_ != "dead")
    say(ipfail_.count(
        {self_, peer_,
         std::count_if(pings_.begin(), pings_.end(), [](const Ping& p) { return p.status == "ping"; }),
         false, false}));
}

void ClassicNode::packet(const core::Datagram& datagram) {
  const auto m = wire::open(datagram.bytes, cluster_.auth);
  if (!m) return;
  for (auto& ping : pings_) {
    if (ping.link != datagram.link) continue;
    if (m->type() != "NS_st" || m->get("info") != "ping") return;
    ping.heard_at = now_.mono;
    if (ping.status == "ping") return;
    ping_becomes(ping, "ping");
    return;
  }
  std::vector<Message> answers;
  const auto taken = post_.receive(*m, peer_status_ == "dead", now_, answers);
  for (const auto& answer : answers) transmit(answer);
  if (m->type() == "status" && (taken.deliver || taken.restarted || taken.returned))
    peer_status(*m, taken);
  else if (taken.deliver)
    hear(*m, false);
}

void ClassicNode::transmit(const Message& stamped) {
  out_->emplace_back(core::Transmit{
      std::nullopt, wire::seal(stamped, cluster_.auth, cluster_.format, wire::packing_of(cluster_))});
}

/// It hears itself first, and what it answers leaves before what it answers to.
void ClassicNode::say(Message m) {
  if (m.type() == "ask_resources" && m.get("info") == "done" && standby_ == Standby::me)
    if (const auto set = model::parse_holding(m.get("rsc_hold")))
      for (std::size_t g = 0; g < gave_at_.size(); ++g)
        if (*set == Holding::all || *set == (ours(g) ? Holding::local : Holding::foreign)) gave_at_[g] = now_.mono;
  for (std::size_t g = 0; g < said_free_.size(); ++g)
    if (m.type() == "shutdone" || (m.type() == "ip-request-resp" && m.get("dest") == peer_ &&
                                   m.get("ipaddr") == resources_.groups[g].key()))
      said_free_[g] = true;
  const auto stamped = post_.stamp(std::move(m), now_);
  hear(stamped, true);
  transmit(stamped);
}

void ClassicNode::send_status() {
  const auto young = now_.mono - begun_ < kYoung ? kYoungMore : base::Millis{};
  Message m("status");
  m.add("st", status_).add_hex("dt", static_cast<std::uint64_t>((cluster_.timing.deadtime + young).count()));
  m.add("protocol", "1");
  say(std::move(m));
  for (const auto& ping : pings_) {
    Message echo("NS_st");
    echo.add("st", "ping").add("info", "ping").add("src", ping.name);
    echo.add("ts", fmt::format("{:x}", base::to_unix(now_.wall)));
    out_->emplace_back(core::Transmit{static_cast<core::LinkId>(ping.link),
                                      wire::seal(echo, cluster_.auth, cluster_.format, {})});
  }
}

void ClassicNode::hear(const Message& m, bool from_us) {
  const auto type = m.type();
  // Looked at only when something comes.
  if (standby_ != Standby::none && now_.mono > standby_until_) {
    standby_ = Standby::none;
    tell(kClassicNoReply);
  }
  if (type == "status") return;
  if (type == "reqnodes") {
    if (from_us) return;
    Message answer;
    answer.add("dest", peer_).add("t", "repnodes");
    answer.add("nodelist", fmt::format("{} ", fmt::join(cluster_.nodes, " "))).add("delnodelist", " ");
    return say(std::move(answer));
  }
  if (type == "repnodes") {
    if (!from_us && ask_nodes_at_ != base::kNever) comm_up();
    return;
  }
  if (!comm_up_) {
    if (m.get("info") == "mach_down") tell(kClassicUnheard, "resource");
    return;
  }
  if (type == "ip-request" && !from_us) return on_ip_request(m);
  if (type == "ip-request-resp") return on_ip_answer(m);
  if (type == "shutdone") return on_shutdone(from_us);
  if (type == "hb_takeover" && !from_us)
    return hb_standby(model::mirrored(model::parse_holding(m.get("rsc_hold")).value_or(Holding::local)));
  if (m.has("to_id") && !from_us && cluster_.uses_ipfail()) {
    std::vector<Message> words;
    const auto count =
        std::count_if(pings_.begin(), pings_.end(), [](const Ping& p) { return p.status == "ping"; });
    ipfail_.hear(m,
                 {self_, peer_, count, cluster_.failback == model::Failback::on,
                  state_ == State::stable && peer_stable_},
                 now_.mono, words);
    for (auto& word : words) say(std::move(word));
    return;
  }
  if (!nice()) return;
  if (type == "starting" && !from_us) return on_starting();
  if (type == "resource") return on_resource(m, from_us);
  if (type == "ask_resources") return on_ask(m, from_us);
}

void ClassicNode::peer_status(const Message& m, const ClassicPost::Taken& taken) {
  const auto interval = now_.mono - peer_heard_at_;
  const bool heard_before = peer_ever_heard_ && !taken.restarted;
  peer_heard_at_ = now_.mono;
  peer_ever_heard_ = true;
  if (taken.restarted) tell(kClassicRestart, peer_);
  if (taken.returned) {
    tell(kClassicReturned, peer_);
    if (give_up_at_ == base::kNever && !leaving_) {
      send_status();
      give_up_at_ = now_.mono + 2s;
    }
  }
  if (comm_up_ && heard_before && interval > base::Duration(cluster_.timing.deadtime)) {
    tell(kClassicLate, peer_);
    if (peer_status_ != "dead") return peer_dead();  // alive as it is
  }
  if (const auto dt = m.get_hex("dt")) peer_limit_ = base::Millis(static_cast<std::int64_t>(*dt));
  peer_status_ = std::string(m.get("st"));
  look_for_comm_up();
}

void ClassicNode::peer_dead() {
  peer_status_ = "dead";
  post_.called_dead();
  tell(kClassicDead, peer_);
  standby_ = Standby::none;
  if (state_ == State::shutdown || leaving_) {
    look_for_comm_up();
    return;
  }
  if (!nice()) {
    mach_down();
    request_ours(true);
  } else if (peer_holds_ != Holding::none || !peer_told_) {
    if (cluster_.stonith.empty()) {
      take_over();
    } else {
      fence_at_ = now_.mono;
    }
  } else {
    tell(kClassicGaveUp, peer_);
    mach_down();
  }
  look_for_comm_up();
}

void ClassicNode::scan() {
  const auto before = base::Duration(cluster_.timing.initdead);
  const auto limit = !comm_up_                         ? before
                     : peer_limit_ != base::Duration{} ? peer_limit_
                                                       : base::Duration(cluster_.timing.deadtime);
  if (peer_status_ != "dead" && now_.mono - peer_heard_at_ > limit) peer_dead();
  for (auto& ping : pings_) {
    const auto most = comm_up_ ? base::Duration(cluster_.timing.deadping) : before;
    if (ping.status == "dead" || now_.mono - ping.heard_at <= most) continue;
    ping_becomes(ping, "dead");
  }
}

/// Each node must have been heard, or be dead; then the peer is asked for its list of nodes.
void ClassicNode::look_for_comm_up() {
  if (comm_up_) return;
  if (!peer_ever_heard_ && peer_status_ != "dead") return;
  for (const auto& ping : pings_)
    if (ping.status == "init") return;
  if (peer_status_ == "dead" || !post_.flow_control()) return comm_up();
  if (ask_nodes_at_ == base::kNever) ask_nodes_at_ = now_.mono;
}

void ClassicNode::comm_up() {
  if (comm_up_) return;
  comm_up_ = true;
  ask_nodes_at_ = base::kNever;
  tell(kClassicComm);
  status_ = "active";
  send_status();
  if (nice() && kept_) {
    state_ = State::stable;
    holds_ = *kept_;
    peer_stable_ = true;
    tell(kClassicState, "stable: it was reloaded");
    send_resource();
  } else if (nice()) {
    state_ = State::starting;
    say(Message("starting"));
  } else {
    state_ = State::stable;
    request_ours(false);
  }
  if (cluster_.uses_ipfail() && peer_status_ != "dead") say(ipfail_.join({self_, peer_}));
}

std::optional<ClassicNode::Holding> ClassicNode::held_at_rest() const {
  const bool busy = !comm_up_ || state_ != State::stable || takeover_ || standby_ != Standby::none || drops_all() ||
                    leaving_ || scripts_.at_work();
  return busy ? std::nullopt : std::optional(holds_);
}

void ClassicNode::timers() {
  const auto now = now_.mono;
  if (now >= next_beat_) {
    send_status();
    next_beat_ += cluster_.timing.keepalive;
    if (next_beat_ <= now) next_beat_ = now + cluster_.timing.keepalive;
  }
  std::vector<Message> requests;
  post_.tick(now_, requests);
  for (const auto& request : requests) transmit(request);
  if (now >= next_scan_) {
    next_scan_ = now + kScan;
    scan();
  }
  if (now >= ask_nodes_at_) {
    ask_nodes_at_ = now + kAskNodes;
    Message m("reqnodes");
    m.add("dest", peer_);
    say(std::move(m));
  }
  ClassicScripts::Work work{*out_, {}};
  scripts_.tick(now, work);
  settle(work);
  if (now >= rsc_at_) {
    rsc_at_ = base::kNever;
    if (state_ == State::received) {
      state_ = State::stable;
      tell(kClassicState, "local resource transition completed");
      request_ours(false);
      send_resource();
    }
  }
  if (now >= failback_at_) try_failback();
  if (now >= give_foreign_at_) {
    give_foreign_at_ = base::kNever;
    hb_standby(Holding::foreign);
  }
  if (now >= fence_at_) {
    fence_at_ = base::kNever;
    if (peer_status_ == "dead" && fence_ == 0) out_->emplace_back(core::Fence{fence_ = next_fence_++, peer_});
  }
  if (now >= give_up_at_) {
    give_up_at_ = base::kNever;
    leaving_ = restart_ = true;
    leave_at_ = now;
  }
  if (now >= leave_at_) try_shutdown();
  if (const auto what = ipfail_.tick(now)) hb_standby(*what);
}

base::Mono ClassicNode::next_wake() const {
  return std::min({read_at_, next_beat_, next_scan_, ask_nodes_at_, post_.next_wake(), scripts_.next_wake(),
                   rsc_at_, failback_at_, give_foreign_at_, fence_at_, give_up_at_, leave_at_, exit_at_,
                   ipfail_.next_wake()});
}

core::Snapshot ClassicNode::snapshot() const {
  core::Snapshot out;
  out.self = self_;
  out.status = status_;
  out.comm_up = comm_up_;
  out.holding = holds_;
  out.transition = comm_up_ && (state_ != State::stable || takeover_ || standby_ != Standby::none ||
                                drops_all() || leaving_ || scripts_.at_work());
  out.nodes.push_back({self_, false, status_, {}, {}});
  out.nodes.push_back({peer_, false, peer_status_, {}, {}});
  for (const auto& ping : pings_) out.nodes.push_back({ping.name, true, ping.status, {}, {}});
  for (std::size_t g = 0; g < resources_.groups.size(); ++g) {
    const auto& group = resources_.groups[g];
    const bool at_work = scripts_.at_work_on(static_cast<std::uint16_t>(g));
    const auto state = claims(g) ? at_work ? core::GroupState::starting : core::GroupState::held
                       : at_work ? core::GroupState::stopping
                                 : core::GroupState::released;
    out.groups.push_back({group.key(), group.node, state, claims(g) ? "it says so" : ""});
  }
  return out;
}

}  // namespace sim
