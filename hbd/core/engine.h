// SPDX-License-Identifier: Apache-2.0
// The core of hbd: inputs in, effects out. It owns an Elector (who should hold what) and the jobs that make
// it so. It never reads a clock, opens a socket or logs. The same inputs give the same effects.
//
// The shell's duties: call start() once; then, for ever: drain every link (non-blocking) into Datagrams,
// deliver them, then deliver Tick if next_wake() has come; carry out the effects of each call in order.
#pragma once

#include <memory>
#include <string_view>

#include "hbd/core/effect.h"
#include "hbd/core/elector.h"
#include "hbd/core/input.h"
#include "hbd/core/record.h"
#include "hbd/core/snapshot.h"

namespace hbd::core {

class Engine {
 public:
  /// A Remember with every step that changed anything, or memento() whenever somebody wants it.
  enum class Remembering { each_step, on_request };

  /// `memento`: what the last Remember of this generation held, or empty at a fresh start. A damaged one is
  /// ignored.
  Engine(model::Cluster cluster, model::Haresources resources, std::unique_ptr<Elector> elector,
         std::string_view memento = {}, Remembering remembering = Remembering::each_step);
  ~Engine();

  void start(Now now, Effects& out);
  void step(Now now, const Input& input, Effects& out);
  /// When the next Tick is due; kNever when nothing is awaited.
  base::Mono next_wake() const;
  Snapshot snapshot() const;
  /// What has happened since start().
  const Record& record() const;
  /// What the last Remember held or, on_request, would hold.
  std::string memento() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hbd::core
