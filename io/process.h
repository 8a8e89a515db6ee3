// SPDX-License-Identifier: Apache-2.0
// Runs programs without waiting for them: own process group, time limit, bounded output. The only place that forks
// and execs. Waits for its own children by pidfd, never with wait(-1), so other forks of the process are left alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "io/loop.h"

namespace io {

struct ProcessSpec {
  std::vector<std::string> argv;  ///< argv[0] is the path (searched in PATH when it has no slash)
  std::optional<std::vector<std::string>> env;  ///< NAME=VALUE, the whole environment; absent = ours
  std::string cwd;                              ///< empty = ours
  std::optional<uid_t> uid;                     ///< with the user's primary and further groups
  std::string input;                            ///< what it reads on stdin; empty = /dev/null
  int stdin_fd = -1;                            ///< its stdin instead, when >= 0; the caller's to close
  int death_signal = 0;                         ///< sent to it when our thread dies, however; 0 = none
  bool capture = true;                          ///< stdout and stderr into ProcessResult::output; else /dev/null
  int stderr_fd = -1;                           ///< where stderr goes instead, when >= 0; the caller's to close
  std::size_t max_output = 64 * 1024;           ///< what comes after is read and dropped
  /// Called with each line (without its newline) as it arrives, whatever max_output says.
  std::function<void(std::string_view)> on_line;
  std::function<void(std::string_view)> on_output;  ///< called with all that it prints, in whatever pieces it comes
  base::Duration limit{};     ///< then SIGTERM to the group; zero = none
  base::Duration grace{std::chrono::seconds(5)};  ///< from SIGTERM to SIGKILL
};

struct ProcessResult {
  int exit_code = -1;   ///< -1 when it did not exit by itself
  int signal = 0;       ///< the signal that ended it
  int spawn_error = 0;  ///< errno: it could not be started at all (exit_code is 127 then)
  bool timed_out = false;
  bool truncated = false;
  std::string output;
  base::Duration elapsed{};
  bool ok() const { return exit_code == 0; }
  std::string str() const;  ///< "exit code 1", "killed by signal 9", "timed out after 3000 ms", ...
};

class ProcessRunner {
 public:
  using Id = std::uint64_t;
  explicit ProcessRunner(Context& context);
  /// Children that still run are left alone (and their callbacks dropped): whoever wants them gone calls stop_all().
  ~ProcessRunner();
  /// `done` is called exactly once, later, never from within start(). A program that leaves a daemon behind with its
  /// stdout open does not delay `done`: the end of the program itself counts.
  Id start(ProcessSpec spec, std::function<void(const ProcessResult&)> done);
  /// SIGTERM to the group now, SIGKILL after its grace; `done` still comes. Unknown ids are ignored.
  void stop(Id id);
  /// Any signal to the group.
  void signal(Id id, int number);
  void stop_all();
  std::size_t running() const;
  pid_t pid(Id id) const;  ///< 0 when it has ended

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace io
