// SPDX-License-Identifier: Apache-2.0
// What runs on a host of the simulator and is called hbd there: ours (the engine), or a model of the one that
// it replaces. Inputs and effects are those of hbd/core; the world carries them out alike.
#pragma once

#include <memory>
#include <string>

#include "hbd/core/engine.h"

namespace sim {

class Daemon {
 public:
  virtual ~Daemon() = default;
  virtual void start(hbd::core::Now now, hbd::core::Effects& out) = 0;
  virtual void step(hbd::core::Now now, const hbd::core::Input& input, hbd::core::Effects& out) = 0;
  virtual base::Mono next_wake() const = 0;
  virtual hbd::core::Snapshot snapshot() const = 0;
  /// What its parent gives to the child that follows a killed one.
  virtual std::string memento() const = 0;
};

/// Ours.
class Engine final : public Daemon {
 public:
  explicit Engine(std::unique_ptr<hbd::core::Engine> engine) : engine_(std::move(engine)) {}
  void start(hbd::core::Now now, hbd::core::Effects& out) override { engine_->start(now, out); }
  void step(hbd::core::Now now, const hbd::core::Input& input, hbd::core::Effects& out) override {
    engine_->step(now, input, out);
  }
  base::Mono next_wake() const override { return engine_->next_wake(); }
  hbd::core::Snapshot snapshot() const override { return engine_->snapshot(); }
  std::string memento() const override { return engine_->memento(); }

 private:
  std::unique_ptr<hbd::core::Engine> engine_;
};

}  // namespace sim
