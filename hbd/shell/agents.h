// SPDX-License-Identifier: Apache-2.0
// The only place of hbd that runs resource scripts, and only those that haresources names: a job is a place
// in that file and a verb, never a path. The jobs of one group run one after the other, those of different
// groups at the same time. A result is kept until the child has acknowledged it, so that the death of the
// child loses none; a job whose id is known already is not run twice.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hbd/core/time_limits.h"
#include "hbd/model/resource.h"
#include "hbd/shell/ipc.h"
#include "hbd/shell/paths.h"
#include "hbd/shell/report.h"
#include "io/process.h"
#include "io/timer.h"

namespace hbd::shell {

class Agents {
 public:
  using OnDone = std::function<void(const ipc::JobDone&)>;
  Agents(io::Context& context, Report& report, Paths paths, OnDone on_done);

  /// haresources as of `table`; earlier tables stay valid for jobs that name them.
  void set_table(std::uint32_t table, model::Haresources resources);
  void set_environment(std::vector<std::string> environment, std::string debug_log);
  void set_limits(core::Limits limits) { limits_ = std::move(limits); }

  /// False when it is not a job that haresources allows: then the child lies.
  bool run(const ipc::RunJob& job);
  void cancel(std::uint64_t id);
  void acknowledge(std::uint64_t id);
  /// A new child: everything finished and not acknowledged once more. Jobs that still run report when they
  /// end.
  void redeliver();
  /// Stops every resource of the newest table, last to first, whatever the child thought; then calls back.
  void release_all(std::function<void()> done);
  std::size_t running() const { return runner_.running(); }
  /// How long a script may run before the log says so, and says so again in growing steps of at most a
  /// minute.
  void warn_after(base::Duration patience) { patience_ = patience; }

 private:
  struct Job {
    ipc::RunJob what;
    enum class State : unsigned char { waiting, running, done } state = State::waiting;
    io::ProcessRunner::Id process = 0;
    ipc::JobDone result{};
    std::string command{};
    base::Mono started{}, warn_at = base::kNever;
  };
  const model::Resource* find(const ipc::RunJob& job) const;
  void start_waiting();
  void start(Job& job);
  void finish(std::uint64_t id, ipc::JobDone result);
  void release_next();
  void warn_of_slow_ones();
  std::string end_of(const Job& job) const;

  Report& report_;
  Paths paths_;
  OnDone on_done_;
  std::map<std::uint32_t, model::Haresources> tables_;
  std::vector<std::string> environment_;
  std::string debug_log_;
  core::Limits limits_;
  std::map<std::uint64_t, Job> jobs_;
  std::deque<model::Resource> to_release_;
  std::function<void()> released_;
  base::Duration patience_{std::chrono::seconds(10)};
  io::Timer slow_;
  io::ProcessRunner runner_;  // last: its callbacks use the rest
};

/// NAME=VALUE for resource scripts: our own environment plus what Heartbeat gave them (reference,
/// section 5.4). `alone`: no other node is active, so that there is nobody to ask.
std::vector<std::string> script_environment(const model::Cluster& cluster, const Paths& paths, bool alone = false);

}  // namespace hbd::shell
