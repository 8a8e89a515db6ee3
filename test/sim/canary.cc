// SPDX-License-Identifier: Apache-2.0
#include "test/sim/canary.h"

#include <utility>
#include <vector>

namespace sim {

using namespace hbd::core;

namespace {

/// What a life must not depend on: how many were lived before it in this process.
std::uint64_t mood = 0;
/// Ids of scripts that the engine knows nothing of.
constexpr JobId kSecond = 1ull << 62;

/// Hands everything on, except what the bug keeps back or turns round.
class BadCouncil final : public Council {
 public:
  BadCouncil(Bug bug, std::uint64_t ticks, std::vector<JobId>& fences, Council& real)
      : bug_(bug), ticks_(ticks), fences_(fences), real_(real) {}
  void emit(Effect effect) override {
    const auto* fence = std::get_if<Fence>(&effect);
    if (bug_ == Bug::hasty && fence != nullptr) fences_.push_back(fence->id);
    real_.emit(std::move(effect));
  }
  void want(std::size_t index, bool hold, std::string reason) override {
    if ((bug_ == Bug::deaf || bug_ == Bug::stubborn) && !hold && reason.find("as well") != std::string::npos)
      return;
    if ((bug_ == Bug::greedy || bug_ == Bug::usurping) && !hold &&
        (reason.starts_with("held by") ||
         (real_.untouched(index) && reason.find("as well") != std::string::npos)))
      hold = true;  // the second look, before the first script is told to start, must not save it
    if (bug_ == Bug::restless && hold) hold = ticks_ % 2 != 0;
    if (bug_ == Bug::lazy) hold = false;
    if (bug_ == Bug::fidgety && ticks_ % 16 == 0) hold = false;
    if (bug_ == Bug::moody && ++mood % 997 == 0) hold = !hold;
    real_.want(index, hold, std::move(reason));
  }
  void announce(std::size_t index) override { real_.announce(index); }
  GroupState state(std::size_t index) const override { return real_.state(index); }
  bool untouched(std::size_t index) const override { return real_.untouched(index); }
  int stuck(std::size_t index) const override { return real_.stuck(index); }

 private:
  Bug bug_;
  std::uint64_t ticks_;
  std::vector<JobId>& fences_;
  Council& real_;
};

class Canary final : public Elector {
 public:
  Canary(Bug bug, std::unique_ptr<Elector> inner) : bug_(bug), inner_(std::move(inner)) {}
  void start(Now now, Council& council) override {
    BadCouncil bad(bug_, ticks_, fences_, council);
    inner_->start(now, bad);
  }
  void step(Now now, const Input& input, Council& council) override {
    if (std::holds_alternative<Tick>(input)) ++ticks_;
    now_ = now.mono;
    BadCouncil bad(bug_, ticks_, fences_, council);
    if (bug_ == Bug::twice && std::holds_alternative<Tick>(input) && council.state(0) == GroupState::starting)
      council.emit(RunJob{kSecond + ticks_, 0, 0, Verb::status, base::Seconds(1)});
    for (const auto id : std::exchange(fences_, {}))
      inner_->step(now, JobDone{id, JobDone::End::exited, 0, {}}, bad);
    inner_->step(now, input, bad);
  }
  void settled(Now now, std::size_t index, Council& council) override {
    BadCouncil bad(bug_, ticks_, fences_, council);
    inner_->settled(now, index, bad);
  }
  base::Mono next_wake() const override {
    return bug_ == Bug::sleepless && ticks_ >= 100 ? now_ : inner_->next_wake();
  }
  void describe(Snapshot& out) const override { inner_->describe(out); }
  std::string save() const override { return inner_->save(); }
  bool restore(std::string_view memento) override { return inner_->restore(memento); }

 private:
  Bug bug_;
  std::uint64_t ticks_ = 0;
  base::Mono now_{};
  std::vector<JobId> fences_;  ///< asked for, and not answered by ourselves yet
  std::unique_ptr<Elector> inner_;
};

}  // namespace

std::optional<Bug> parse_bug(std::string_view name) {
  if (name == "deaf") return Bug::deaf;
  if (name == "greedy") return Bug::greedy;
  if (name == "nervous") return Bug::nervous;
  if (name == "blind") return Bug::blind;
  if (name == "restless") return Bug::restless;
  if (name == "hasty") return Bug::hasty;
  if (name == "lazy") return Bug::lazy;
  if (name == "fidgety") return Bug::fidgety;
  if (name == "sleepless") return Bug::sleepless;
  if (name == "twice") return Bug::twice;
  if (name == "moody") return Bug::moody;
  if (name == "stubborn") return Bug::stubborn;
  if (name == "usurping") return Bug::usurping;
  return std::nullopt;
}

std::string_view found_by(Bug bug) {
  static constexpr std::string_view kChecks[] = {
      "S1:", "S2:", "S6:", "S7:", "S5:", "L1:", "L1:", "L2:", "L3:", "S3:", "S4:", "C1:", "C2:"};
  static_assert(std::size(kChecks) == static_cast<std::size_t>(Bug::usurping) + 1);
  return kChecks[static_cast<int>(bug)];
}

std::unique_ptr<Elector> with_canary(Bug bug, std::unique_ptr<Elector> inner) {
  return std::make_unique<Canary>(bug, std::move(inner));
}

}  // namespace sim
