// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/monitor.h"

#include <algorithm>
#include <cmath>

#include "io/clock.h"
#include "ldir/check/script.h"

namespace ldir::shell {
namespace {

/// Runs that are due within this time start in one wake-up: a twentieth of the shortest interval there is. With few
/// servers the wake-ups are what checking costs.
constexpr base::Duration kSlack = std::chrono::milliseconds(50);
/// So many starts, then the answers that have come meanwhile get their turn.
constexpr int kStartsPerTurn = 64;
/// Of so many checks by programs one may run, so that a tenth of them can hang at once without holding up the others; but
/// at least so many run, and at most so many: each is a process or two.
constexpr std::size_t kChecksPerProgram = 8, kLeastPrograms = 128, kMostPrograms = 1024;

/// Where in its interval the check with this id has its place: multiples of the golden ratio fill a circle evenly,
/// however many there are and whichever leave.
base::Duration phase_of(core::CheckId id, base::Duration interval) {
  double place = std::fmod(static_cast<double>(id + 1) * 0.6180339887498949, 1.0);
  return base::Duration(static_cast<std::int64_t>(place * static_cast<double>(interval.count())));
}

}  // namespace

Monitor::Monitor(io::Loop& loop, probe::Prober& prober, std::size_t most_at_once, OnVerdict on_verdict,
                 OnTrouble on_trouble)
    : loop_(loop), prober_(prober), on_verdict_(std::move(on_verdict)), on_trouble_(std::move(on_trouble)),
      alarms_(loop.context(), kSlack), alive_(std::make_shared<bool>(true)) {
  sockets_.most = most_at_once;
  limit_programs();
}

Monitor::~Monitor() { *alive_ = false; }

void Monitor::start(core::CheckId id, model::CheckSpec spec) {
  stop(id);
  auto& entry = *(entries_[id] = std::make_unique<Entry>(id, std::move(spec)));
  entry.is_program = check::transport_of(entry.spec, entry.spec.type) == check::Transport::command;
  if (entry.is_program) ++program_checks_, limit_programs();
  lane_of(entry).ready.push_back(id);
  pump();
}

void Monitor::stop(core::CheckId id) {
  auto it = entries_.find(id);
  if (it == entries_.end()) return;
  if (it->second->has_alarm) alarms_.cancel(it->second->alarm);
  if (it->second->is_running) {
    --lane_of(*it->second).running;
    leave_crowd(*it->second, std::nullopt, {});
  }
  if (it->second->is_program) --program_checks_, limit_programs();
  entries_.erase(it);
  pump();  // another one may have waited for its place
}

void Monitor::limit_programs() {
  const auto most = std::clamp(program_checks_ / kChecksPerProgram, kLeastPrograms, kMostPrograms);
  programs_.most = hanging_programs_.most = std::min(sockets_.most, most);
}

void Monitor::pump() {
  const bool sockets = !waiting_for_room_ && sockets_.has_work();
  if (pump_posted_ || !(sockets || programs_.has_work() || hanging_programs_.has_work())) return;
  pump_posted_ = true;
  loop_.post([this, alive = alive_] {
    if (!*alive) return;
    pump_posted_ = false;
    auto now = io::now_mono();
    for (auto* lane : {&sockets_, &programs_, &hanging_programs_}) {
      for (int started = 0; started < kStartsPerTurn && lane->has_work(); ++started) {
        if (lane == &sockets_ && must_wait(now)) break;
        auto it = entries_.find(lane->ready.front());
        lane->ready.pop_front();
        if (it != entries_.end() && !it->second->is_running) begin(*it->second, now);
      }
    }
    pump();
  });
}

bool Monitor::must_wait(base::Mono now) {
  if (waiting_for_room_) return true;  // the turn was for a program; the alarm is set
  if (crowd_.has_room(now, entries_.size())) return false;
  waiting_for_room_ = true;
  room_alarm_ = alarms_.add(crowd_.next(), [this] {
    waiting_for_room_ = false;
    pump();
  });
  return true;
}

void Monitor::leave_crowd(const Entry& entry, std::optional<base::Duration> took, base::Duration timeout) {
  if (entry.is_program) return;
  crowd_.ended(entry.place, took, timeout);
  if (std::exchange(waiting_for_room_, false)) alarms_.cancel(room_alarm_);
}

void Monitor::begin(Entry& entry, base::Mono now) {
  base::Duration interval = entry.spec.interval;
  // A grid of its own from the second run on; who is late by a whole interval starts a new grid.
  if (!std::exchange(entry.was_run, true)) {
    entry.due = now + phase_of(entry.id, interval);
  } else {
    entry.due += interval;
    if (entry.due <= now) entry.due = now + interval;
  }
  entry.is_running = true;
  entry.begun = now;
  ++lane_of(entry).running;
  if (!entry.is_program) entry.place = crowd_.started(now);
  entry.run = prober_.start(entry.spec, entry.sequence.next(), entry.scripts,
                            [this, id = entry.id](const probe::Outcome& outcome) { ended(id, outcome); }, now);
}

void Monitor::ended(core::CheckId id, const probe::Outcome& outcome) {
  auto it = entries_.find(id);
  if (it == entries_.end()) return;
  auto& entry = *it->second;
  entry.is_running = false;
  --lane_of(entry).running;
  const base::Duration timeout = check::timeout_of(entry.spec, entry.sequence.next());
  const bool answered = outcome && outcome->elapsed < timeout;
  leave_crowd(entry, answered ? std::optional(outcome->elapsed) : std::nullopt, timeout);
  entry.hung = outcome && !answered;  // below the count of its lane
  auto now = entry.begun;  // near enough, and a clock reading less per check
  if (outcome) {
    now += outcome->elapsed;
    entry.sequence.done(outcome->pass);
    on_verdict_(id, *outcome);
  } else {
    on_trouble_(entry.spec, outcome.error().message);
  }
  plan(entry, now);
  pump();
}

void Monitor::plan(Entry& entry, base::Mono now) {
  if (entry.due <= now) {
    lane_of(entry).ready.push_back(entry.id);
    return;
  }
  entry.has_alarm = true;
  entry.alarm = alarms_.add(entry.due, [this, id = entry.id] {
    auto it = entries_.find(id);
    if (it == entries_.end()) return;
    it->second->has_alarm = false;
    lane_of(*it->second).ready.push_back(id);
    pump();
  });
}

}  // namespace ldir::shell
