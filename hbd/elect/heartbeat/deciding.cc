// SPDX-License-Identifier: Apache-2.0
// Who should hold what: puts what was heard before arbitrate.h, carries its verdicts out, and hands groups
// over.
#include <algorithm>

#include "hbd/core/events.h"
#include "hbd/elect/heartbeat/seat.h"

namespace hbd::elect::heartbeat {

namespace {
using namespace std::chrono_literals;
using core::GroupState;

constexpr base::Duration kAnswerPatienceUpbeat = 3s;
constexpr base::Duration kGiverSilence = 2s;
constexpr base::Duration kYieldPatience = 10s;  ///< an Upbeat says "starting" at once
/// A Heartbeat says nothing until its scripts are through.
constexpr base::Duration kYieldPatienceHistoric = 1h;
constexpr base::Duration kDonePatience = 60s;  ///< its scripts may still be at it
constexpr int kAsks = 3;
constexpr base::Duration kAskAgain = 8s;
constexpr base::Duration kDeafPatience = 500ms;  ///< at least; or three keepalives
}  // namespace

GroupState HeartbeatElector::group_state(std::size_t g) const {
  if (g < registry_.real_groups()) return council_ != nullptr ? council_->state(g) : known_state_[g];
  return own_[g].phantom_held ? GroupState::held : GroupState::released;
}

GroupClaim HeartbeatElector::own_claim(std::size_t g) const {
  const auto& own = own_[g];
  switch (group_state(g)) {
    case GroupState::starting:
      return {council_ != nullptr && g < registry_.real_groups() && council_->untouched(g) ? Claim::asking
                                                                                           : Claim::starting,
              own.term};
    case GroupState::held:
      return {Claim::held, own.term};
    case GroupState::stopping:
      return {Claim::stopping, own.term};
    case GroupState::released:
    case GroupState::failed:
      if (own.waiting) return {Claim::asking, own.term};
      break;
  }
  if (own.failed_until > now_.mono || (own.failed && claimed_elsewhere(g))) return {Claim::failed, own.term};
  return {own.yield || shutting_ ? Claim::yielded : Claim::none, own.term};
}

bool HeartbeatElector::stable() const {
  using State = Standby::State;
  const auto standby = standby_.state();
  if (!comm_up_ || shutting_ || standby == State::giving || standby == State::given ||
      standby == State::taking)
    return false;
  bool waiting = false;
  if (!fences_.empty()) return false;
  for (const auto& node : members_.nodes())
    waiting = waiting || (!node.ping && node.in_game() && !node.known);
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    const auto state = group_state(g);
    if (state == GroupState::starting || state == GroupState::stopping || own_[g].waiting) return false;
    // What is not held anywhere may be taken as soon as the silent node has spoken.
    if (waiting && state != GroupState::held && !claimed_elsewhere(g)) return false;
  }
  return true;
}

/// For so long a word of this node is taken for the present: two of its heartbeats.
base::Duration HeartbeatElector::freshness(const Node& node) const {
  const auto keepalive = std::max<base::Duration>(cluster_.timing.keepalive, node.keepalive);
  // A Heartbeat 3.0.6 does not say what its keepalive is, but its dead time is several of them.
  return std::max<base::Duration>(2 * keepalive, node.upbeat ? base::Duration{} : node.said_limit / 4);
}

/// Who is silent may be taking a group just now, where we can not hear it; so may who does not hear us. And a Heartbeat
/// says only once what it takes: perhaps in what is missing.
bool HeartbeatElector::in_touch(const Node& node) const {
  if (!node.upbeat && !transport_.complete(node.name)) return false;
  return node.hears_us && node.spoke_at && now_.mono - *node.spoke_at < freshness(node);
}

/// Two that are cut off from each other at the same moment would both take what nobody holds. So each begins only when
/// whoever lives knows that it does. (A Heartbeat can not tell.)
bool HeartbeatElector::all_know(const Own& own) const {
  const auto& nodes = members_.nodes();
  return std::all_of(nodes.begin(), nodes.end(), [&](const Node& node) {
    return node.ping || &node == &nodes[members_.self()] || !node.in_game() || !node.upbeat ||
           (own.said_in != 0 && node.knows_through >= own.said_in);
  });
}

/// Who is no node of the cluster any more has a seat here, and is not there.
std::size_t HeartbeatElector::preferred_seat(Bench& bench, std::size_t g) const {
  if (registry_.preferred(g) != Registry::kNowhere) return registry_.preferred(g);
  const auto& name = registry_.preferred_name(g);
  for (std::size_t i = members_.normal_nodes(); i < bench.seats.size(); ++i)
    if (bench.seats[i].name == name) return i;
  bench.seats.push_back({});
  bench.seats.back().name = name;
  bench.seats.back().claims.resize(registry_.size());
  return bench.seats.size() - 1;
}

Bench HeartbeatElector::bench() const {
  Bench out;
  out.self = members_.self();
  out.failback = cluster_.failback != model::Failback::off;
  const auto deaf_after = std::max<base::Duration>(3 * cluster_.timing.keepalive, kDeafPatience);
  for (std::size_t i = 0; i < members_.normal_nodes(); ++i) {
    const auto& node = members_.nodes()[i];
    Seat seat{node.name,
              node.in_game() || node.fencing,
              node.ready(),
              node.known,
              node.upbeat,
              false,
              false,
              node.claims,
              node.by_request && node.in_game(),
              node.fencing,
              i == out.self || in_touch(node)};
    seat.deaf = node.deaf_since != base::kNever && now_.mono - node.deaf_since >= deaf_after;
    seat.stubborn = node.conflict_since != base::kNever &&
                    now_.mono - node.conflict_since >=
                        kDropPatience + (node.asked_to_give > 0 ? kGivePatience : base::Duration{});
    if (i == out.self) {
      seat.ready = comm_up_;
      for (std::size_t g = 0; g < registry_.size(); ++g) seat.claims[g] = own_claim(g);
    }
    out.seats.push_back(std::move(seat));
  }
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    out.preferred.push_back(preferred_seat(out, g));
    const auto& own = own_[g];
    const bool over =
        own.unclaimed_since != base::kNever && now_.mono - own.unclaimed_since >= cluster_.timing.deadtime;
    out.standing.push_back({own.yield || shutting_, own.pinned, over, !own.wanted || own.waiting});
  }
  return out;
}

bool HeartbeatElector::claimed_elsewhere(std::size_t g) const {
  for (std::size_t i = 0; i < members_.normal_nodes(); ++i) {
    const auto& node = members_.nodes()[i];
    if (i != members_.self() && (node.in_game() || node.fencing) && active(node.claims[g].claim)) return true;
  }
  return false;
}

/// Standing intentions end when what they were for has happened, or can not happen any more.
void HeartbeatElector::refresh_own() {
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    auto& own = own_[g];
    const bool elsewhere = claimed_elsewhere(g);
    const bool claimed_here = active(own_claim(g).claim);
    if (own.yield) {
      const auto& taker = members_.nodes()[own.yield_to];
      const bool hopeless =
          !taker.in_game() || taker.claims[g].claim == Claim::failed || now_.mono >= own.yield_until;
      if (hopeless || (elsewhere && !claimed_here)) own.yield = false;
    }
    if (elsewhere || claimed_here || !comm_up_)
      own.unclaimed_since = base::kNever;
    else if (own.unclaimed_since == base::kNever)
      own.unclaimed_since = now_.mono;
    if (!claimed_here) own.conflict = false;
    if (own.wanted && !claimed_here && group_state(g) == GroupState::failed) own.wanted = false;
  }
}

void HeartbeatElector::refresh_conflicts() {
  for (std::size_t i = 0; i < members_.normal_nodes(); ++i) {
    auto& node = members_.nodes()[i];
    bool same = false;
    for (std::size_t g = 0; g < registry_.size(); ++g)
      same = same || (node.claims[g].claim == Claim::held && own_claim(g).claim == Claim::held);
    if (i == members_.self() || node.upbeat || !node.in_game() || !same)
      node.conflict_since = base::kNever;
    else if (node.conflict_since == base::kNever)
      node.conflict_since = now_.mono;
    if (node.conflict_since == base::kNever || !both_hold_ours(node)) node.asked_to_give = 0;
  }
}

/// We and `node` hold a group that prefers us: all that a Heartbeat can be asked for.
bool HeartbeatElector::both_hold_ours(const Node& node) const {
  for (std::size_t g = 0; g < registry_.real_groups(); ++g)
    if (registry_.preferred(g) == members_.self() && own_claim(g).claim == Claim::held &&
        node.claims[g].claim == Claim::held)
      return true;
  return false;
}

/// A Heartbeat takes the end of any third node for ours, and says from then on that it holds our groups, too
/// (reference 12); or it has them, from the other side of a partition that only we know of. Either way, to be
/// asked by an operator of ours makes it give them up in order.
void HeartbeatElector::contradict() {
  if (!comm_up_ || shutting_ || !cluster_.nice() || standby_.busy()) return;
  for (std::size_t i = 0; i < members_.normal_nodes(); ++i) {
    auto& node = members_.nodes()[i];
    if (node.conflict_since == base::kNever || node.returned || node.asked_to_give >= kAsks ||
        now_.mono < node.conflict_since + kAskPatience + node.asked_to_give * kAskAgain)
      continue;
    if (!both_hold_ours(node)) continue;  // what prefers it is not waited for either
    ++node.asked_to_give;
    ask_for_local();
  }
}

/// As hb_takeover does at an operator's wish.
void HeartbeatElector::ask_for_local() {
  wire::Message m("hb_takeover");
  m.add("rsc_hold", model::word(model::Holding::local));
  send(std::move(m));
}

/// After our start, our groups come back by themselves where auto_failback is on; but a Heartbeat with
/// `msgfmt netstring` does not hear the end of its own takeover, and never thinks of it: it loses each word
/// of a script that comes next after one of its own processes. That is why it is asked more than once.
void HeartbeatElector::ask_home() {
  if (now_.mono < ask_home_at_) return;
  ask_home_at_ = base::kNever;
  if (shutting_ || cluster_.failback != model::Failback::on) return;
  for (const auto& node : members_.nodes()) {
    if (node.ping || node.upbeat || !node.in_game()) continue;
    bool ours = false;
    for (std::size_t g = 0; g < registry_.real_groups(); ++g)
      ours = ours || (registry_.preferred(g) == members_.self() && own_claim(g).claim == Claim::none &&
                      node.claims[g].claim == Claim::held);
    if (!ours) continue;
    ask_home_at_ = now_.mono + kAskAgain;
    if (!calm() || standby_.busy() || !node.ready()) return;
    ask_for_local();
    if (--asks_home_ <= 0) ask_home_at_ = base::kNever;
    return;
  }
}

/// The last word of a handover may find a Heartbeat asleep, which then calls us dead and forgets what it was about to take;
/// nobody would have it for an hour. To be asked once more harms nobody: who is still at it ignores that.
void HeartbeatElector::give_again() {
  const bool can = standby_.state() == Standby::State::none || standby_.state() == Standby::State::given;
  if (!comm_up_ || shutting_ || !cluster_.nice() || !can || gives_again_ <= 0 || now_.mono < give_again_at_) return;
  std::vector<bool> groups(registry_.size());
  auto what = model::Holding::none;
  std::size_t to = members_.self();
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
    const auto& own = own_[g];
    if (!own.yield || active(own_claim(g).claim)) continue;
    const auto& taker = members_.nodes()[own.yield_to];
    if (taker.upbeat || !taker.ready() || active(taker.claims[g].claim)) continue;
    groups[g] = true;
    what = what | (registry_.preferred(g) == members_.self() ? model::Holding::local : model::Holding::foreign);
    to = own.yield_to;
  }
  // It takes whole sets: not one of which we hold a part.
  for (std::size_t g = 0; g < registry_.real_groups(); ++g)
    if (registry_.in_set(g, what, members_.self()) && active(own_claim(g).claim)) return;
  if (what == model::Holding::none) return;
  give_again_at_ = now_.mono + kDonePatience;
  --gives_again_;
  give(what, to, std::move(groups));
}

void HeartbeatElector::take(const Bench& bench, std::size_t g, const Verdict& verdict) {
  auto& own = own_[g];
  own.term = std::max(own.term, own.seen_term) + 1;
  own.wanted = true;
  own.waiting = g < registry_.real_groups();
  own.said_in = 0;
  own.failed_until = {};
  for (auto& node : members_.nodes())
    if (!node.ping) node.answer_until[g] = {};
  const auto home = bench.preferred[g];
  const auto& owner = bench.seats[home];
  const auto claim = owner.claims[g].claim;
  own.pinned = home != bench.self && owner.alive && (claim == Claim::yielded || claim == Claim::failed);
  if (g >= registry_.real_groups()) return;
  if (home != bench.self)
    publish({core::kTakingGroup, {{"key", registry_.key(g)}}});
  else if (!was_stable_ && cluster_.nice() && claim == Claim::none)
    // Heartbeat's req_resource gave itself the answer that it would have got by asking.
    publish({core::kIpAnswer, {{"key", registry_.key(g)}, {"weown", "yes"}}});
  else if (was_stable_ && standby_.state() == Standby::State::none)
    publish({core::kOrphan, {{"key", registry_.key(g)}, {"why", verdict.reason}}});
}

void HeartbeatElector::note_conflict(const Bench& bench, std::size_t g, const Verdict& verdict) {
  auto& own = own_[g];
  if (!verdict.hold) own.announce_due = false;
  if (verdict.rival) {
    if (own.conflict || g >= registry_.real_groups()) return;
    // Heartbeat's words for it, once for each of its two sets.
    const auto ours = [&](std::size_t group) { return registry_.preferred(group) == members_.self(); };
    bool said = false;
    for (std::size_t k = 0; k < registry_.real_groups(); ++k)
      said = said || (own_[k].conflict && ours(k) == ours(g));
    if (!said) publish({core::kBothOwn, {{"whose", ours(g) ? "our" : "foreign"}}});
    own.conflict = true;
    const auto& rival = bench.seats[*verdict.rival].name;
    publish({core::kConflict,
             {{"key", registry_.key(g)},
              {"node", rival},
              {"keeper", verdict.hold ? cluster_.self : rival},
              {"why", verdict.reason}}});
  } else if ((own.conflict || own.announce_due) && verdict.hold && !verdict.offer && !claimed_elsewhere(g)) {
    // The other has let go: the network may still look for the addresses there.
    own.conflict = own.announce_due = false;
    flush();
    council_->announce(g);
  }
}

void HeartbeatElector::evaluate() {
  if (finished_) return;
  // Twice at most: what is yielded by word alone (phantoms, offers) is settled in the second round.
  for (int round = 0; round < 2; ++round) {
    refresh_own();
    refresh_conflicts();
    const auto table = bench();
    std::vector<bool> offered(registry_.size());
    std::size_t offered_to = members_.self();
    for (std::size_t g = 0; g < registry_.size(); ++g) {
      const auto verdict = decide(table, g);
      note_conflict(table, g, verdict);
      auto& own = own_[g];
      if (verdict.hold && !own.wanted) take(table, g, verdict);
      const bool asking = table.seats[table.self].claims[g].claim == Claim::asking;
      if (own.wanted && !verdict.hold && asking && !table.standing[g].yield) {
        publish({core::kCalledOff, {{"key", registry_.key(g)}, {"why", verdict.reason}}});
        taking_over_from_.clear();
      }
      if (!verdict.hold) own.wanted = own.pinned = own.waiting = false;
      if (g < registry_.real_groups()) {
        if (own.waiting && all_know(own)) own.waiting = false;
        flush();
        council_->want(g, verdict.hold && !own.waiting, own.waiting ? "telling the other nodes first" : verdict.reason);
      } else {
        own.phantom_held = verdict.hold;
      }
      if (verdict.offer && (offered_to == members_.self() || offered_to == *verdict.offer)) {
        offered_to = *verdict.offer;
        offered[g] = true;
      }
    }
    if (offered_to == members_.self()) break;
    hand_over(offered_to, offered);
  }
  if (announce_all_) {
    announce_all_ = false;
    flush();
    for (std::size_t g = 0; g < registry_.real_groups(); ++g) council_->announce(g);
  }
  note_progress();
}

void HeartbeatElector::hand_over(std::size_t to, const std::vector<bool>& groups) {
  const auto& node = members_.nodes()[to];
  auto with_scripts = groups;
  if (node.upbeat) {
    // A phantom changes hands without a word.
    for (std::size_t g = registry_.real_groups(); g < registry_.size(); ++g) {
      if (groups[g])
        own_[g].yield = true, own_[g].yield_to = to, own_[g].yield_until = now_.mono + kYieldPatience;
      with_scripts[g] = false;
    }
  }
  const bool any = std::find(with_scripts.begin(), with_scripts.end(), true) != with_scripts.end();
  // An Upbeat that is still busy with its scripts would not answer, and asking again takes seconds.
  const bool listens = !node.upbeat || node.stable;
  if (any && listens && !standby_.busy() && stable() && cluster_.nice())
    give(model::Holding::foreign, to, std::move(with_scripts));
  if (any && !cluster_.nice())
    for (std::size_t g = 0; g < registry_.size(); ++g)
      if (with_scripts[g])
        own_[g].yield = true, own_[g].yield_to = to, own_[g].yield_until = now_.mono + kYieldPatience;
}

void HeartbeatElector::give(model::Holding what, std::size_t to, std::vector<bool> groups) {
  const auto& node = members_.nodes()[to];
  Standby::Request request{cluster_.self, node.name, what, std::move(groups)};
  standby_.ask(std::move(request), node.upbeat ? kAnswerPatienceUpbeat : kHistoricAnswerPatience, now_.mono, *this);
}

/// Somebody wants these to be here: what was remembered against it no longer counts, unless it is quite
/// fresh.
void HeartbeatElector::forgive(const std::vector<bool>& groups) {
  for (std::size_t g = 0; g < registry_.size(); ++g)
    if (groups[g]) own_[g].failed = false;
}

/// `on_request`: of the operator, who may know that what failed there will now work; not of a policy.
/// `patient`: what cannot be done just now, because something is at work here or there, is done after that;
/// the original says that something is in flux, and forgets the request.
void HeartbeatElector::operator_standby(model::Holding what, bool on_request, bool patient) {
  if (!cluster_.nice()) return publish({core::kStandbyLegacy});
  if (shutting_) return;
  if (on_request) ask_home_at_ = base::kNever;  // what is given away on purpose is not asked back
  const auto to = partner();
  std::vector<bool> groups(registry_.size());
  bool any = false, anybody = false;
  for (const auto& node : members_.nodes())
    anybody = anybody || (!node.ping && &node != &me() && node.in_game());
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    const auto claim = own_claim(g).claim;
    groups[g] = registry_.in_set(g, what, members_.self()) && held_or_soon(claim);
    // What could not be started there is better kept.
    if (to && !on_request && members_.nodes()[*to].claims[g].claim == Claim::failed) groups[g] = false;
    any = any || groups[g];
  }
  const std::string set(model::word(what));
  if (on_request && patient && (standby_.busy() || !stable() || (!to && anybody))) {
    wish_ = what;
    wish_until_ = now_.mono + kHistoricAnswerPatience;
  } else if (standby_.busy()) {
    const auto left = std::max<base::Duration>(standby_.next_wake() - now_.mono, 0s) / base::Seconds(1);
    publish({core::kStandbyBusy, {{"node", cluster_.self}, {"seconds", std::to_string(left)}}});
  } else if (!stable()) {
    publish({core::kStandbyLocalFlux, {{"what", set}, {"node", cluster_.self}}});
  } else if (!to) {
    publish({core::kStandbyAsked, {{"node", cluster_.self}, {"what", set}}});
    publish({core::kStandbyNoReply});
  } else if (any) {
    give(what, *to, std::move(groups));
  } else {
    publish({core::kStandbyLocalDone, {{"what", set}}});
  }
}

void HeartbeatElector::grant_wish() {
  if (!wish_) return;
  const bool can = stable() && partner() && !standby_.busy();
  if (!can && !shutting_ && now_.mono < wish_until_) return;
  const auto what = *wish_;
  wish_.reset();
  operator_standby(what, true, false);
}

void HeartbeatElector::note_progress() {
  const bool given = standby_.state() == Standby::State::given;
  standby_.progress(*this);
  if (!given && standby_.state() == Standby::State::given) {
    if (now_.mono >= give_again_at_ + kDonePatience) gives_again_ = kAsks;  // the first time
    give_again_at_ = now_.mono + kDonePatience;
  }
  grant_wish();
  if (standby_.state() == Standby::State::expecting && now_.mono - standby_.since() >= kGiverSilence) {
    // Our answer came too late, or the giver has changed its mind: it is at rest, and will not say "done".
    const auto* giver = members_.find(standby_.request().giver);
    if (giver != nullptr && giver->upbeat && giver->stable) standby_.gone(giver->name, *this);
  }
  if (standby_.state() == Standby::State::expecting) {
    // The word of its script is lost.
    const auto* giver = members_.find(standby_.request().giver);
    if (giver != nullptr && !giver->upbeat && giver->denied_at != base::kNever &&
        giver->denied_at >= standby_.since() && now_.mono - giver->denied_at >= kDonePatience)
      standby_.heard("done", standby_.request(), giver->name, {}, now_.mono, *this);
  }
  answer_requests();
  progress_shutdown();
  if (!stable()) return;
  if (!was_stable_) {
    bool any_local = false;
    for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
      if (registry_.preferred(g) != members_.self()) continue;
      any_local = true;
      bool placed = own_claim(g).claim != Claim::none;
      for (const auto& node : members_.nodes())
        placed = placed || (!node.ping && node.in_game() && held_or_soon(node.claims[g].claim));
      if (!placed) return;
    }
    was_stable_ = true;
    publish({any_local ? core::kLocalAcquired : core::kNoLocal});
    publish({core::kLocalStable});
    publish({core::kInitialDone, {{"cause", taking_over_from_.empty() ? "T_RESOURCES" : "mach_down"}}});
  }
  if (!taking_over_from_.empty()) {
    publish({core::kMachDownScript, {{"node", taking_over_from_}}});
    publish({core::kMachDown});
    taking_over_from_.clear();
  }
  // A Heartbeat takes a group that failed here only when it is given the whole set.
  const auto to = partner();
  if (!to || members_.nodes()[*to].upbeat || standby_.busy()) return;
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
    auto& own = own_[g];
    if (own_claim(g).claim != Claim::failed || own.offered || active(members_.nodes()[*to].claims[g].claim))
      continue;
    own.offered = true;
    const auto set =
        registry_.preferred(g) == members_.self() ? model::Holding::local : model::Holding::foreign;
    std::vector<bool> groups(registry_.size());
    for (std::size_t k = 0; k < registry_.size(); ++k) groups[k] = registry_.in_set(k, set, members_.self());
    return give(set, *to, std::move(groups));
  }
}

std::optional<std::size_t> HeartbeatElector::partner() const {
  for (std::size_t i = 0; i < members_.normal_nodes(); ++i)
    if (i != members_.self() && members_.nodes()[i].ready()) return i;
  return std::nullopt;
}

void HeartbeatElector::say(std::string_view info) {
  const auto& request = standby_.request();
  wire::Message m("ask_resources");
  m.add("rsc_hold", model::word(request.what))
      .add("info", info)
      .add("ubgroups", registry_.list(request.groups));
  if (members_.normal_nodes() > 2)
    m.add("dest", request.giver == cluster_.self ? request.taker : request.giver);
  send(std::move(m));
}

void HeartbeatElector::yield_groups() {
  const auto& request = standby_.request();
  const auto* taker = members_.find(request.taker);
  if (taker == nullptr) return;
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    if (!request.groups[g]) continue;
    auto& own = own_[g];
    const bool again = own.yield && own.yield_to == index_of(*taker);  // its time does not begin anew
    if (!again) own.yield_until = now_.mono + (taker->upbeat ? kYieldPatience : kYieldPatienceHistoric);
    own.yield = true;
    own.yield_to = index_of(*taker);
  }
}

void HeartbeatElector::other_yielded() {
  const auto& request = standby_.request();
  auto* giver = members_.find(request.giver);
  if (giver == nullptr) return;
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    // An Upbeat's own word on each group counts more, and is on its way.
    const bool open =
        !giver->upbeat || giver->claims[g].claim == Claim::none || giver->claims[g].claim == Claim::stopping;
    if (request.groups[g] && open) giver->claims[g].claim = Claim::yielded;
    if (request.groups[g]) own_[g].yield = false;  // whoever was to have it before
  }
}

bool HeartbeatElector::kept() const {
  for (std::size_t g = 0; g < registry_.size(); ++g)
    if (standby_.request().groups[g] && !own_[g].yield && active(own_claim(g).claim)) return true;
  return false;
}

bool HeartbeatElector::released() const {
  for (std::size_t g = 0; g < registry_.size(); ++g)
    if (standby_.request().groups[g] && active(own_claim(g).claim)) return false;
  return true;
}

bool HeartbeatElector::taken() const {
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    if (!standby_.request().groups[g]) continue;
    if (own_[g].yield) return false;
    for (const auto& node : members_.nodes())
      if (!node.ping && node.in_game() &&
          (node.claims[g].claim == Claim::asking || node.claims[g].claim == Claim::starting))
        return false;
  }
  return true;
}

bool HeartbeatElector::at_rest() const {
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    if (!standby_.request().groups[g]) continue;
    const auto state = group_state(g);
    if (state == GroupState::starting || state == GroupState::stopping || own_[g].waiting) return false;
    if (own_[g].wanted && state != GroupState::held && state != GroupState::failed) return false;
  }
  return true;
}

Ipfail::Facts HeartbeatElector::ipfail_facts() const {
  Ipfail::Facts out;
  out.self = cluster_.self;
  if (const auto to = partner()) out.peer = members_.nodes()[*to].name;
  out.count = members_.ping_count();
  out.failback = cluster_.failback == model::Failback::on;
  out.stable = stable() && !standby_.busy();
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
    if (!active(own_claim(g).claim)) continue;
    out.holds_any = true;
    if (registry_.preferred(g) != members_.self()) out.holds_foreign = true;
  }
  return out;
}

void HeartbeatElector::ipfail_work(Ipfail::Work& work) {
  for (auto& event : work.events) publish(std::move(event));
  for (auto& m : work.send) send(std::move(m));
  if (work.give) operator_standby(*work.give, false);
}

void HeartbeatElector::ipfail_changed() {
  if (!cluster_.uses_ipfail() || !comm_up_ || shutting_) return;
  Ipfail::Work work;
  ipfail_.something_changed(ipfail_facts(), work);
  ipfail_work(work);
}

}  // namespace hbd::elect::heartbeat
