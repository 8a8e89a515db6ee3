// SPDX-License-Identifier: Apache-2.0
// The director: which real servers work, and so what the kernel's IPVS table should hold. Inputs in, effects out;
// no socket, no clock, no log. Same inputs, same effects.
//
// What the shell must do, and all it must do:
//  1. Read the kernel's table, give step(Load{config, table}). Later, on SIGHUP or ReloadConfig: parse, and only if
//     there was no error read the table and give another Load. After an error keep going: the director is untouched.
//     A kernel that could not be read is Load with no table: the director asks for one (ReadTable) until it gets it
//     and changes nothing before.
//  2. Give every input that is waiting with step(), then call settle() once: verdicts are judged one by one, but
//     the policy runs once per batch and only for the services whose state changed.
//  3. Carry out the effects in the order given, to the end, before the next step():
//       StartCheck   run this check from now on, every spec.interval, the first time at once (bounded concurrency);
//                    check/sequence.h says which kind a combined check runs next. Spread later runs over the
//                    interval. Each finished run is one step(CheckDone). An id is never used twice, and an
//                    unchanged check keeps its id and keeps running over a reload.
//       StopCheck    stop it; results already on their way may still be delivered, they are ignored.
//       ApplyOp      backend.apply(op); answer each with exactly one step(OpDone). Ops of one batch are applied in
//                    order; one that failed does not stop the next ones. Call settle() after the last of them.
//       ReadTable    backend.read(); answer with step(TableRead), good or bad, then settle().
//       Publish      write the event to the log.
//       RunCommand   run it (see there), those of one queue one after the other in order, never waiting for it here.
//       ReloadConfig as on SIGHUP: see 1.
//       SendMail     deliver or drop; never wait.
//       WriteMonitor append the text as a line, with time and pid in front; never wait.
//       RunInstance  run the verb for another configuration (directive execute); never wait.
//       Finished     nothing is left to do after Stop: remove the pid file and exit.
//  4. Arm one timer for next_wake(); when it is due give step(Tick), then settle().
//  5. SIGTERM and friends: step(Stop{signal}), settle(), and carry on as above until Finished (bound it: 5 s).
//  6. When the configuration file's content has changed on disk: step(FileChanged), settle().
//  7. With a maintenance directory: step(Maintenance{...}) in front of each Load, and whenever it has changed.
// The start has succeeded once standing() is true (sd_notify READY, the parent's exit status).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "base/instant.h"
#include "ldir/check/verdict.h"
#include "ldir/core/explain.h"
#include "ldir/core/maintenance.h"
#include "ldir/core/tally.h"
#include "ldir/ipvs/table.h"
#include "ldir/model/service.h"

namespace ldir::core {

using CheckId = std::uint32_t;
using OpId = std::uint64_t;

// Inputs.
struct Load {
  model::Config config;
  std::optional<ipvs::Table> kernel;  ///< read just now; nullopt when it could not be read
  /// Services, by ServiceKey::str(), of one that died before us: those that are not configured any more go.
  std::set<std::string> left_over{};
};
struct CheckDone {
  CheckId check = 0;
  check::Verdict verdict;
};
struct TableRead {
  base::Result<ipvs::Table> table;
  base::Duration took{};  ///< how long the reading held up everything else
};
struct OpDone {
  OpId op = 0;
  base::Result<void> result;
};
struct Maintenance { MaintenanceFiles found; };
struct FileChanged {};
struct Tick {};
struct Stop {
  std::string signal = "TERM";  ///< without "SIG", for the log
  /// A successor adopts the table: what is configured stays in it, whatever cleanstop says.
  bool hand_over = false;
};
using Input = std::variant<Load, CheckDone, TableRead, OpDone, Maintenance, FileChanged, Tick, Stop>;

// Effects.
struct StartCheck {
  CheckId check = 0;
  model::CheckSpec spec;
};
struct StopCheck { CheckId check = 0; };
struct ApplyOp {
  OpId id = 0;
  ipvs::Op op;
};
struct ReadTable {};
struct Publish { base::Event event; };
/// A command of the operator. `argument` empty: `command` is a line for /bin/sh -c (fallbackcommand); else
/// `command` is a program run with that one argument (callback).
struct RunCommand {
  std::string command;
  std::string argument;
  std::string queue{};    ///< commands of one queue wait for each other
  std::string service{};  ///< whose word it is: a later one of the same service makes one that still waits untrue
};
struct ReloadConfig {};
struct SendMail {
  std::string to, from, smtp;  ///< from and smtp may be empty
  std::string subject;         ///< the log text; the service name is not yet in front of it
  std::string daemon_status;   ///< starting, running, reloading, stopping
  std::string service_name, comment;
};
struct WriteMonitor {
  std::string file;
  std::string text;  ///< "connect tcp 10.9.9.2 80 2 gate /  [up] connected"
};
/// Another ldirectord: `verb` is start, stop, or reload (which starts one that does not run).
struct RunInstance {
  std::string config;
  std::string verb;
};
struct Finished {};
using Effect = std::variant<StartCheck, StopCheck, ApplyOp, ReadTable, Publish, RunCommand, ReloadConfig, SendMail,
                            WriteMonitor, RunInstance, Finished>;
using Effects = std::vector<Effect>;

class Director {
 public:
  Director();
  ~Director();
  Director(Director&&) noexcept;
  Director& operator=(Director&&) noexcept;

  /// Takes in one input. Only appends to `out`.
  void step(base::Mono now, Input input, Effects& out);
  /// Brings the desired table up to date with what step() was told and emits what is to be done about it.
  void settle(base::Mono now, Effects& out);
  /// When to give a Tick at the latest; kNever before the first Load.
  base::Mono next_wake() const;

  /// True once the first configuration stands in the kernel as well as can be known: the table was read, every
  /// service was written (or refused), and every real server has its first verdict or its time for one is over.
  bool standing() const;
  const char* phase() const;  ///< starting, running, reloading, stopping
  /// Per service and entry: what is in the table, why, and what happened. For the status verbs and the page.
  std::vector<ServiceExplanation> explain() const;
  /// The table that we want, services of ours only. For status and tests.
  const ipvs::Table& desired() const;
  /// What is counted but belongs to no service; theirs is in explain().
  const Tally& tally() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ldir::core
