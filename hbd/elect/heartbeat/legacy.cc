// SPDX-License-Identifier: Apache-2.0
// auto_failback legacy beside a Heartbeat 3.0.6 (reference 5.6): such a node never says what it holds. It
// always has its own groups while it lives, and asks whoever may hold one for it by `ip-request`; the answer
// `ip-request-resp` comes when the group was let go. We do the same for ours.
#include "hbd/core/events.h"
#include "hbd/elect/heartbeat/seat.h"

namespace hbd::elect::heartbeat {

namespace {
using namespace std::chrono_literals;

constexpr base::Duration kAskAgain = 10s;        ///< the original asks once, and waits for ever
constexpr base::Duration kScriptsPatience = 1h;  ///< of who asked, while we stop the group
}  // namespace

/// After each status of a node that is no Upbeat: what must be assumed that it holds. Its own groups always; and ours,
/// unless it has just answered that we may have them: it takes them without a word when it hears nothing of us, and its
/// process before this one may have left them running.
void HeartbeatElector::assume_claims(Node& node, bool new_status) {
  if (cluster_.nice()) return;
  const bool running = node.status == "active";
  if (!node.known) node.known = node.by_request = true;
  if (!node.by_request) return;
  for (std::size_t g = 0; g < registry_.size(); ++g) {
    const auto own = own_claim(g).claim;
    if (registry_.preferred(g) == index_of(node)) {
      if (running && own <= Claim::asking) node.claims[g].claim = Claim::held;
      // It starts what does not run there, and asks for that; what its last process left running it keeps without a word.
      if (running && own == Claim::starting) let_go_for(node, g);
    } else if (registry_.preferred(g) == members_.self() && g < registry_.real_groups()) {
      if (!held_or_soon(own) && now_.mono >= node.answer_until[g]) node.claims[g].claim = Claim::held;
      if (new_status) own_[g].ask_at = {};
    }
  }
}

/// It was there all the time that we did not hear it, and has never let go of its own groups; if it did not hear us
/// either, it will soon start anew, and ask for them.
void HeartbeatElector::assume_kept(Node& node) {
  if (cluster_.nice()) return;
  for (std::size_t g = 0; g < registry_.size(); ++g)
    if (registry_.preferred(g) == index_of(node)) node.claims[g].claim = Claim::held;
}

void HeartbeatElector::ask_for_own() {
  if (cluster_.nice() || !comm_up_ || shutting_) return;
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
    auto& own = own_[g];
    // (Who has it asks nobody, though a Heartbeat that starts anew may still run it for its last process: should we start
    // anew as well, our next process would take the answer for its own.)
    if (registry_.preferred(g) != members_.self() || active(own_claim(g).claim) || now_.mono < own.ask_at ||
        now_.mono < own.failed_until)  // its answer is for now, not for then
      continue;
    for (const auto& node : members_.nodes()) {
      if (node.ping || !node.by_request || !node.in_game() || !active(node.claims[g].claim)) continue;
      own.ask_at = now_.mono + kAskAgain;
      wire::Message m("ip-request");
      m.add("ipaddr", registry_.key(g));
      send(std::move(m));
      break;
    }
  }
}

void HeartbeatElector::on_ip_request(Node& node, const wire::Message& m) {
  if (cluster_.nice() || node.upbeat || shutting_) return;
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
    if (registry_.key(g) != m.get("ipaddr") || registry_.preferred(g) != index_of(node)) continue;
    if (!active(own_claim(g).claim)) return answer_request(node, g, false);
    let_go_for(node, g);
  }
}

void HeartbeatElector::let_go_for(const Node& node, std::size_t group) {
  own_[group].yield = true;
  own_[group].yield_to = index_of(node);
  own_[group].yield_until = now_.mono + kScriptsPatience;
}

/// What was asked for is let go of: its owner may take it.
void HeartbeatElector::answer_requests() {
  if (cluster_.nice()) return;
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
    auto& node = members_.nodes()[own_[g].yield_to];
    if (own_[g].yield && node.by_request && !active(own_claim(g).claim)) answer_request(node, g, true);
  }
}

void HeartbeatElector::answer_request(Node& node, std::size_t group, bool was_ours) {
  wire::Message m("ip-request-resp");
  m.add("dest", node.name)
      .add("ipaddr", registry_.key(group))
      .add("weown", was_ours ? "yes" : "no")
      .add("ok", "OK");
  send(std::move(m));
  node.claims[group].claim = Claim::held;
  own_[group].yield = false;
}

void HeartbeatElector::on_ip_answer(Node& node, const wire::Message& m) {
  if (cluster_.nice() || m.get("dest") != cluster_.self || m.get("ok") != "OK") return;
  for (std::size_t g = 0; g < registry_.real_groups(); ++g) {
    if (registry_.key(g) != m.get("ipaddr") || registry_.preferred(g) != members_.self()) continue;
    publish(
        {core::kIpAnswer, {{"key", registry_.key(g)}, {"weown", m.get("weown") == "yes" ? "yes" : "no"}}});
    own_[g].ask_at = {};
    // In its dead time after that it may have called us dead, and taken the group. An answer is not for later, nor does
    // one count that lay there while we slept.
    const auto good_for = node.pulse.limit() / 2;
    if (now_.mono - awake_at_ >= good_for || own_[g].failed_until > now_.mono) continue;
    node.claims[g].claim = Claim::none;
    node.answer_until[g] = now_.mono + good_for;
  }
}

}  // namespace hbd::elect::heartbeat
