// SPDX-License-Identifier: Apache-2.0
#include "test/sim/canary.h"

namespace sim {

using namespace hbd::core;

namespace {

/// Hands everything on, except the bad news.
class DeafCouncil final : public Council {
 public:
  explicit DeafCouncil(Council& real) : real_(real) {}
  void emit(Effect effect) override { real_.emit(std::move(effect)); }
  void want(std::size_t index, bool hold, std::string reason) override {
    if (!hold && reason.find("as well") != std::string::npos) return;
    real_.want(index, hold, std::move(reason));
  }
  void announce(std::size_t index) override { real_.announce(index); }
  GroupState state(std::size_t index) const override { return real_.state(index); }

 private:
  Council& real_;
};

class Canary final : public Elector {
 public:
  explicit Canary(std::unique_ptr<Elector> inner) : inner_(std::move(inner)) {}
  void start(Now now, Council& council) override {
    DeafCouncil deaf(council);
    inner_->start(now, deaf);
  }
  void step(Now now, const Input& input, Council& council) override {
    DeafCouncil deaf(council);
    inner_->step(now, input, deaf);
  }
  void settled(Now now, std::size_t index, Council& council) override {
    DeafCouncil deaf(council);
    inner_->settled(now, index, deaf);
  }
  base::Mono next_wake() const override { return inner_->next_wake(); }
  void describe(Snapshot& out) const override { inner_->describe(out); }
  std::string save() const override { return inner_->save(); }
  bool restore(std::string_view memento) override { return inner_->restore(memento); }

 private:
  std::unique_ptr<Elector> inner_;
};

}  // namespace

std::unique_ptr<Elector> with_canary(std::unique_ptr<Elector> inner) {
  return std::make_unique<Canary>(std::move(inner));
}

}  // namespace sim
