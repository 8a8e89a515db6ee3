// SPDX-License-Identifier: Apache-2.0
// The resource manager of Heartbeat 3.0.6 (reference 5.5 to 5.8). What it holds is what it means to hold.
#include "test/sim/classic_events.h"
#include "test/sim/classic_node.h"

namespace sim {

using namespace hbd;
using namespace std::chrono_literals;
using Kind = ClassicStep::Kind;

namespace {
constexpr base::Duration kRequestDelay = 10s;  ///< RQSTDELAY
constexpr base::Duration kStandbyAnswer = 10s, kStandbyScripts = 1h;
constexpr base::Duration kAgain = 1s;
constexpr base::Duration kLastSteps = 2s;  ///< clients, then children: a second each
constexpr base::Duration kFenceAgain = 5s;

bool has(model::Holding set, model::Holding bit) {
  return (set & bit) == bit;
}
}  // namespace

bool ClassicNode::ours(std::size_t g) const {
  return resources_.groups[g].node == self_;
}

bool ClassicNode::claims(std::size_t g) const {
  if (!comm_up_ || state_ == State::shutdown) return false;
  if (!nice()) return ours(g) || taken_[g];
  return has(holds_, ours(g) ? Holding::local : Holding::foreign);
}

ClassicScript ClassicNode::each(Kind kind, Holding set) const {
  ClassicScript out;
  for (std::size_t g = 0; g < resources_.groups.size(); ++g)
    if (has(set, ours(g) ? Holding::local : Holding::foreign))
      out.push_back({kind, static_cast<std::uint16_t>(g)});
  return out;
}

void ClassicNode::send_resource(std::string_view info) {
  Message m("resource");
  m.add("rsc_hold", model::word(holds_))
      .add("rtype", "full")
      .add("isstable", state_ == State::stable ? "1" : "0");
  if (info == "standby") m.set("isstable", "0");
  if (!info.empty()) m.add("info", info);
  for (std::size_t g = 0; g < said_free_.size(); ++g)
    said_free_[g] = m.get("isstable") == "1" && !has(holds_, ours(g) ? Holding::local : Holding::foreign);
  say(std::move(m));
}

void ClassicNode::on_starting() {
  if (state_ == State::starting)
    state_ = State::both_starting;
  else if (state_ == State::init || state_ == State::both_starting)
    return;
  peer_stable_ = false;
  send_resource();
}

void ClassicNode::on_resource(const Message& m, bool from_us) {
  const auto said = model::parse_holding(m.get("rsc_hold"));
  if (!said) return;
  if (state_ == State::init) return;
  if (state_ == State::starting || state_ == State::both_starting) {
    state_ = State::received;
    rsc_at_ = now_.mono + kRequestDelay;
  }
  const bool full = m.get("rtype") == "full";
  auto& set = from_us ? holds_ : peer_holds_;
  set = full || *said == Holding::none ? *said : set | *said;
  if (from_us) {
    if (m.get("info") == "mach_down") {
      takeover_ = false;
      holds_ = holds_ | Holding::foreign;
      failback_due_ = peer_stable_ = true;
      tell(kClassicMachDown);
    } else if (m.get("info") == "shutdown") {
      state_ = State::shutdown;
    }
  } else {
    peer_told_ = true;
    if (m.get("isstable") == "1" && !peer_stable_) {
      peer_stable_ = true;
      tell(kClassicState, "remote resource transition completed");
      if (state_ != State::shutdown) {
        send_resource();
        try_failback();
      }
    } else if (m.get("isstable") == "0") {
      peer_stable_ = false;
    }
    if (peer_stable_ && state_ != State::stable && state_ != State::shutdown) {
      request_ours(false);
      state_ = State::stable;
      tell(kClassicState, "stable, as the other is");
      send_resource();
      try_failback();
    }
  }
  for (const auto bit : {Holding::local, Holding::foreign})
    if (has(holds_, bit) && has(model::mirrored(peer_holds_), bit) && state_ == State::stable)
      tell(kClassicBothOwn, bit == Holding::local ? "our" : "foreign");
}

/// The bit first, the scripts after it.
void ClassicNode::request_ours(bool forced) {
  if (nice() && !forced && (has(peer_holds_, Holding::foreign) || has(holds_, Holding::local))) return;
  const bool ask = !nice() && peer_status_ != "dead";
  holds_ = holds_ | Holding::local;
  for (std::size_t g = 0; !nice() && g < unasked_.size(); ++g) unasked_[g] = ours(g) && !ask;
  auto script = each(ask ? Kind::petition : Kind::request, Holding::local);
  if (nice()) {
    Message word("resource");
    word.add("rsc_hold", "local").add("info", "req_our_resources()");
    script.push_back({Kind::say, 0, std::move(word)});
  }
  scripts_.run_beside(std::move(script), now_.mono);
}

void ClassicNode::take_over() {
  tell(kClassicTakes, peer_);
  takeover_ = true;
  holds_ = holds_ | Holding::foreign;
  peer_holds_ = Holding::none;
  peer_stable_ = true;
  mach_down();
  request_ours(true);
}

void ClassicNode::mach_down() {
  auto script = each(Kind::take, Holding::foreign);
  for (std::size_t g = 0; !nice() && g < taken_.size(); ++g) taken_[g] = !ours(g);
  if (nice()) {
    Message word("resource");
    word.add("rsc_hold", "foreign").add("info", "mach_down");
    script.push_back({Kind::say, 0, std::move(word)});
  }
  scripts_.run_in_turn(std::move(script), now_.mono);
}

void ClassicNode::on_fence_done(const core::JobDone& done) {
  if (done.id != fence_) return;
  fence_ = 0;
  if (peer_status_ != "dead" || state_ == State::shutdown || leaving_) return;
  if (done.ok())
    take_over();
  else
    fence_at_ = now_.mono + kFenceAgain;
}

void ClassicNode::on_ip_request(const Message& m) {
  for (std::size_t g = 0; g < resources_.groups.size(); ++g)
    if (resources_.groups[g].key() == m.get("ipaddr")) {
      scripts_.run_in_turn({{Kind::release, static_cast<std::uint16_t>(g)}}, now_.mono);
      taken_[g] = false;
    }
}

void ClassicNode::on_ip_answer(const Message& m) {
  if (m.get("dest") != self_ || m.get("ok") != "OK" || state_ == State::shutdown) return;
  for (std::size_t g = 0; g < resources_.groups.size(); ++g)
    if (resources_.groups[g].key() == m.get("ipaddr"))
      scripts_.run_in_turn({{Kind::take, static_cast<std::uint16_t>(g)}}, now_.mono);
}

void ClassicNode::hb_standby(Holding what) {
  Message m("ask_resources");
  m.add("rsc_hold", model::word(what)).add("info", "me");
  inbox_.push_back(std::move(m));
  read_at_ = std::min(read_at_, now_.mono + base::Duration(rng_.between(base::Duration(2ms).count(),
                                                                        base::Duration(500ms).count())));
}

void ClassicNode::try_failback() {
  failback_at_ = base::kNever;
  if (cluster_.failback != model::Failback::on || !failback_due_ || !has(holds_, Holding::foreign)) return;
  if (peer_status_ == "dead" || state_ == State::shutdown) return;
  if (state_ != State::stable || !peer_stable_ || standby_ != Standby::none || takeover_) {
    failback_at_ = now_.mono + kAgain;
    return;
  }
  failback_due_ = false;
  tell(kClassicFailback);
  Message m("ask_resources");
  m.add("rsc_hold", "foreign").add("info", "me");
  say(std::move(m));
}

void ClassicNode::on_ask(const Message& m, bool from_us) {
  const auto set = model::parse_holding(m.get("rsc_hold"));
  const auto info = m.get("info");
  if (!set) return;
  const auto step = [&](std::string_view next) {
    Message word("ask_resources");
    word.add("rsc_hold", model::word(*set)).add("info", next);
    return word;
  };
  if (info == "me") {
    if (state_ != State::stable || !peer_stable_ || standby_ != Standby::none)
      return tell(kClassicStandby, "ignored");
    tell(kClassicStandby, "me [" + std::string(model::word(*set)) + "]");
    standby_ = from_us ? Standby::me : Standby::other;
    standby_until_ = now_.mono + (from_us ? kStandbyAnswer : kStandbyScripts);
    if (!from_us) say(step("other"));
  } else if (info == "other" && !from_us && standby_ == Standby::me) {
    standby_until_ = now_.mono + kStandbyScripts;
    holds_ = model::without(holds_, *set);
    send_resource("standby");
    auto script = each(Kind::give, *set);
    script.push_back({Kind::say, 0, step("done")});
    scripts_.run_beside(std::move(script), now_.mono);
  } else if (info == "done" && from_us && standby_ == Standby::me) {
    standby_ = Standby::done;
  } else if (info == "done" && !from_us && standby_ == Standby::other) {
    standby_ = Standby::done;
    auto script = each(Kind::take, model::mirrored(*set));
    script.push_back({Kind::say, 0, step("done")});
    scripts_.run_beside(std::move(script), now_.mono);
  } else if (info == "done" && standby_ == Standby::done) {
    standby_ = Standby::none;
    if (from_us) holds_ = holds_ | model::mirrored(*set);
    tell(kClassicStandby, "done");
    send_resource();
  }
}

void ClassicNode::on_shutdone(bool from_us) {
  if (from_us) {
    exit_at_ = now_.mono + kLastSteps;
    return;
  }
  if (!nice()) return;
  tell(kClassicNotice, peer_);
  peer_holds_ = Holding::none;
  peer_stable_ = true;
  if (state_ == State::shutdown || leaving_ || holds_ == Holding::all) return;
  // Both of its ways to take what is missing, side by side.
  const auto missing = model::without(Holding::all, holds_);
  standby_ = Standby::done;
  standby_until_ = now_.mono + kStandbyScripts;
  auto script = each(Kind::take, missing);
  Message word("ask_resources");
  word.add("rsc_hold", model::word(model::mirrored(missing))).add("info", "done");
  script.push_back({Kind::say, 0, std::move(word)});
  scripts_.run_beside(std::move(script), now_.mono);
  mach_down();
}

void ClassicNode::try_shutdown() {
  leave_at_ = base::kNever;
  if (state_ == State::shutdown) return;
  if (!comm_up_ || takeover_ || standby_ != Standby::none || (nice() && state_ != State::stable)) {
    tell(kClassicDelayed);
    leave_at_ = now_.mono + kAgain;
    return;
  }
  tell(kClassicShutdown);
  holds_ = Holding::none;
  state_ = State::shutdown;
  if (nice()) send_resource("shutdown");
  auto script = each(Kind::give, Holding::all);
  Message word("shutdone");
  word.add("st", "dead");
  script.push_back({Kind::say, 0, std::move(word)});
  scripts_.run_beside(std::move(script), now_.mono);
}

}  // namespace sim
