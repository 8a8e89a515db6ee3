// SPDX-License-Identifier: Apache-2.0
// Runs checks against real servers: the only code that talks to them. One run = one Script (or ping, or
// program) under one deadline; the verdict comes by callback. Thousands of runs may be under way at once;
// nothing here waits. It moves bytes and keeps time; what the bytes mean is ldir/check's business.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "io/loop.h"
#include "io/process.h"
#include "ldir/check/script.h"
#include "ldir/model/service.h"

namespace ldir::probe {

class Run;
struct Tools;

/// Whether the programs that `spec` needs are there: sqlplus for oracle, perl for external-perl. For whoever
/// accepts configurations; check::validate tells the rest.
base::Result<void> installed(const model::CheckSpec& spec);

/// A verdict on the server; or, as an error, trouble of our own (no descriptors, no memory, no free port, no
/// privilege for ping) that says nothing about it.
using Outcome = base::Result<check::Verdict>;

/// A run under way; letting go of it cancels it, and its callback never comes.
class Running {
 public:
  Running() = default;
  explicit Running(std::shared_ptr<Run> run) : run_(std::move(run)) {}
  Running(Running&&) noexcept = default;
  Running& operator=(Running&& other) noexcept;
  ~Running();
  explicit operator bool() const { return static_cast<bool>(run_); }

 private:
  std::shared_ptr<Run> run_;
};

class Prober {
 public:
  Prober(io::Context& context, io::ProcessRunner& programs);
  ~Prober();

  /// `as` is what check::Sequence says for a combined check, else spec.type. `spec` and `scripts` must
  /// outlive the run, and serve one run at a time. `done` comes exactly once unless the run is let go, never
  /// from within this call, and may let go of the run itself. `now`: the time, where the caller has read the clock
  /// just now.
  Running start(const model::CheckSpec& spec, model::CheckType as, check::Scripts& scripts,
                std::function<void(const Outcome&)> done, std::optional<base::Mono> now = {});

 private:
  std::unique_ptr<Tools> tools_;
};

}  // namespace ldir::probe
