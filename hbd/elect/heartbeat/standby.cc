// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/standby.h"

#include <fmt/format.h>

#include "base/text.h"
#include "hbd/core/events.h"

namespace hbd::elect::heartbeat {

namespace {
using namespace core;
constexpr base::Duration kLong = std::chrono::hours(1);  ///< of the original, while scripts run
}  // namespace

void Standby::ask(Request request, base::Duration patience, base::Mono now, Hands& hands) {
  if (state_ == State::given) owed_by_ = request_.taker, owed_ = request_.what;
  request_ = std::move(request);
  state_ = State::asked;
  deadline_ = now + patience;
  hands.tell({kStandbyAsked, {{"node", request_.giver}, {"what", what()}}});
  hands.say("me");
}

void Standby::heard(std::string_view info, const Request& request, std::string_view from, const Facts& facts,
                    base::Mono now, Hands& hands) {
  const std::string node(from);
  const std::string set(model::word(request.what));
  if (info == "done" && node == owed_by_ && request.what == owed_) {
    owed_by_.clear();
    if (state_ == State::none || (state_ == State::expecting && (facts.overtaken || request.what != request_.what))) return;
  }
  if (info == "me") {
    hands.tell({kStandbyAsked, {{"node", node}, {"what", set}}});
    // Both asked at once: one of them gives way, the same on both sides.
    if (state_ == State::asked && node < facts.self) state_ = State::none;
    // It asks again: an answer was lost, unless it is at work already, and somebody else there asked; or it
    // has not heard our answer yet, and ignores that second wish itself.
    if (state_ == State::expecting && node == request_.giver && facts.giver_stable &&
        now - since_ >= facts.answer_patience)
      state_ = State::none;
    if (busy()) {
      const auto left = deadline_ > now ? (deadline_ - now) / base::Seconds(1) : 0;
      hands.tell({kStandbyBusy, {{"node", node}, {"seconds", std::to_string(left)}}});
    } else if (!facts.giver_stable || facts.overtaken) {  // overtaken: it refused this itself, in the midst of an earlier one
      hands.tell({kStandbyOtherFlux, {{"what", set}, {"node", node}}});
    } else if (!facts.self_stable) {
      hands.tell({kStandbyLocalFlux, {{"what", set}, {"node", node}}});
    } else {
      request_ = request;
      state_ = State::expecting;
      deadline_ = now + facts.giver_patience;
      since_ = now;
      hands.say("other");
    }
  } else if (info == "other" && state_ == State::asked) {
    state_ = State::giving;
    deadline_ = now + kLong;
    request_.taker = node;
    hands.tell({kStandbyCanTake, {{"node", node}, {"what", what()}}});
    hands.tell({kStandbyGiving, {{"what", what()}}});
    hands.yield_groups();
  } else if (info == "done" && state_ == State::expecting && node == request_.giver) {
    request_.what = request.what;  // what it gave is what it says, whatever else it was asked for
    request_.groups = request.groups;
    state_ = State::taking;
    hands.tell({kStandbyAcquire, {{"what", what()}, {"node", node}}});
    hands.tell({kStandbyTaking, {{"what", what()}}});
    hands.other_yielded();
  } else if (info == "done" && state_ == State::given && node == request_.taker) {
    state_ = State::none;
    hands.tell({kStandbyOtherDone, {{"what", what()}}});
  } else if (info != "done" || state_ != State::none) {
    hands.tell(
        {kStandbyUnexpected,
         {{"info", std::string(info)}, {"node", node}, {"state", std::to_string(static_cast<int>(state_))}}});
  }
}

void Standby::ready_again(std::string_view node, Hands& hands) {
  if (state_ == State::asked && node == request_.taker) hands.say("me");
}

void Standby::progress(Hands& hands) {
  if (state_ == State::giving && hands.kept()) {
    state_ = State::none;
    hands.tell({kStandbyCancelled});
  } else if (state_ == State::giving && hands.released()) {
    state_ = State::given;
    hands.tell({kStandbyGiven, {{"what", what()}}});
    hands.tell({kStandbyLocalDone, {{"what", what()}}});
    hands.say("done");
  } else if (state_ == State::given && hands.taken()) {
    state_ = State::none;  // the taker may have given up on us in between, and will never say "done", or late
    owed_by_ = request_.taker;
    owed_ = request_.what;
    hands.tell({kStandbyOtherDone, {{"what", what()}}});
  } else if (state_ == State::taking && hands.at_rest()) {
    state_ = State::none;
    hands.tell({kStandbyTaken, {{"what", what()}}});
    hands.tell({kStandbyDone, {{"what", what()}}});
    hands.say("done");
  }
}

void Standby::tick(base::Mono now, Hands& hands) {
  if (!busy() || now < deadline_) return;
  state_ = State::none;
  hands.tell({kStandbyNoReply});
}

void Standby::gone(std::string_view node, Hands& hands) {
  if (node == owed_by_) owed_by_.clear();
  if (!busy() || (node != request_.giver && node != request_.taker)) return;
  state_ = State::none;
  hands.tell({kStandbyCancelled});
}

void Standby::renumber(const std::vector<std::size_t>& before) {
  std::vector<bool> groups(before.size());
  for (std::size_t g = 0; g < before.size(); ++g)
    groups[g] = before[g] < request_.groups.size() && request_.groups[before[g]];
  request_.groups = std::move(groups);
}

std::string Standby::save() const {
  std::string bits;
  for (const bool b : request_.groups) bits += b ? '1' : '0';
  return fmt::format("{} {} {} {} {} {} {} {} {}", static_cast<int>(state_), deadline_.time_since_epoch().count(),
                     static_cast<int>(request_.what), request_.giver.empty() ? "-" : request_.giver,
                     request_.taker.empty() ? "-" : request_.taker, bits.empty() ? "-" : bits,
                     since_.time_since_epoch().count(), owed_by_.empty() ? "-" : owed_by_, static_cast<int>(owed_));
}

bool Standby::restore(std::string_view text, std::size_t groups) {
  const auto words = base::words(text);
  if (words.size() != 6 && words.size() != 9) return false;  // six: of an earlier version
  const auto state = base::parse_number<int>(words[0]);
  const auto deadline = base::parse_number<std::int64_t>(words[1]);
  const auto set = base::parse_number<int>(words[2]);
  if (!state || *state < 0 || *state > 5 || !deadline || !set || *set < 0 || *set > 3) return false;
  state_ = static_cast<State>(*state);
  deadline_ = base::Mono(base::Duration(*deadline));
  request_.what = static_cast<model::Holding>(*set);
  request_.giver = std::string(words[3]);
  request_.taker = std::string(words[4]);
  request_.groups.assign(groups, false);
  for (std::size_t i = 0; i < groups && i < words[5].size(); ++i) request_.groups[i] = words[5][i] == '1';
  if (words.size() == 6) return true;
  const auto since = base::parse_number<std::int64_t>(words[6]);
  const auto owed = base::parse_number<int>(words[8]);
  if (!since || !owed || *owed < 0 || *owed > 3) return false;
  since_ = base::Mono(base::Duration(*since));
  if (words[7] != "-") owed_by_ = std::string(words[7]);
  owed_ = static_cast<model::Holding>(*owed);
  return true;
}

}  // namespace hbd::elect::heartbeat
