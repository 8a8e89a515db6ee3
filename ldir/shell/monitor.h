// SPDX-License-Identifier: Apache-2.0
// Keeps every check going: the first run at once, the later ones spread evenly over the interval, never two runs of
// one check at a time, a bounded number at once. It judges nothing; verdicts go to the director.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "io/timer.h"
#include "ldir/check/sequence.h"
#include "ldir/core/director.h"
#include "ldir/probe/prober.h"
#include "ldir/shell/crowd.h"

namespace ldir::shell {

class Monitor {
 public:
  using OnVerdict = std::function<void(core::CheckId, const check::Verdict&)>;
  /// A run that failed for reasons of our own; the check goes on at its next time.
  using OnTrouble = std::function<void(const model::CheckSpec&, const std::string&)>;

  Monitor(io::Loop& loop, probe::Prober& prober, std::size_t most_at_once, OnVerdict on_verdict,
          OnTrouble on_trouble);
  ~Monitor();
  void start(core::CheckId id, model::CheckSpec spec);
  void stop(core::CheckId id);
  std::size_t size() const { return entries_.size(); }
  std::size_t running() const { return sockets_.running + programs_.running + hanging_programs_.running; }

 private:
  struct Entry {
    Entry(core::CheckId i, model::CheckSpec s) : id(i), spec(std::move(s)), sequence(spec) {}
    core::CheckId id;
    model::CheckSpec spec;
    check::Sequence sequence;
    check::Scripts scripts;
    probe::Running run;  // behind what it uses
    base::Mono due{}, begun{};
    Crowd::Ticket place = 0;  // of the run, in the crowd
    io::DeadlineQueue::Id alarm{};
    bool has_alarm = false, is_running = false, was_run = false, is_program = false;
    bool hung = false;  // the last run took all the time there is; changes only while it neither runs nor waits
  };

  void pump();
  /// Programs at once: as many as their number asks for.
  void limit_programs();
  /// Sockets only: whether the next one has to wait until some are answered, or known to hang.
  bool must_wait(base::Mono now);
  void leave_crowd(const Entry& entry, std::optional<base::Duration> took, base::Duration timeout);
  void begin(Entry& entry, base::Mono now);
  void ended(core::CheckId id, const probe::Outcome& outcome);
  void plan(Entry& entry, base::Mono now);

  io::Loop& loop_;
  probe::Prober& prober_;
  OnVerdict on_verdict_;
  OnTrouble on_trouble_;
  io::DeadlineQueue alarms_;
  std::map<core::CheckId, std::unique_ptr<Entry>> entries_;
  /// Programs are heavier than sockets, and one of the operator's may hang: they have a bound and a queue of their own.
  /// Those that hung the last time have another one, so that however many of them there are the others are checked in time.
  struct Lane {
    std::size_t most = 0, running = 0;
    std::deque<core::CheckId> ready;  // due, waiting for their turn; may hold ids that are gone
    bool has_work() const { return !ready.empty() && running < most; }
  };
  Lane& lane_of(const Entry& entry) {
    return !entry.is_program ? sockets_ : entry.hung ? hanging_programs_ : programs_;
  }
  Lane sockets_, programs_, hanging_programs_;
  std::size_t program_checks_ = 0;
  Crowd crowd_;  // of the sockets
  bool waiting_for_room_ = false;
  io::DeadlineQueue::Id room_alarm_{};  // while it waits
  bool pump_posted_ = false;
  std::shared_ptr<bool> alive_;
};

}  // namespace ldir::shell
