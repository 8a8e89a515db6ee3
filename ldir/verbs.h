// SPDX-License-Identifier: Apache-2.0
// The verbs that speak to a running daemon through its pid file: stop, status, reload, and the waiting of restart.
// None of them needs a readable configuration, and none ever removes a pid file.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/instant.h"
#include "io/log_sink.h"
#include "ldir/options.h"

namespace ldir {

/// What the pid file says. `running` when the process is an ldirectord; a file without one is stale.
struct Found {
  bool has_file = false;
  std::optional<pid_t> running;
};
Found look_for_daemon(const std::string& pid_file);

struct Situation {
  const Options& options;
  std::string config_path;  ///< for texts
  std::string pid_file;
  Found found;
  io::LogSink& log;
  std::string status_socket{};
};

/// Where this program lies: what execute starts.
std::string own_program();
/// The status of the other instances, printed by themselves.
void run_instances_status(const Situation& s, const std::vector<std::string>& configs);

/// Exit codes of the commands, with the historic texts.
int run_status(const Situation& s);
int run_stop(const Situation& s);
int run_reload(const Situation& s);

/// Ends a daemon of ours but leaves its table to a successor. One that does not know the signal dies of it, and leaves
/// its table, too.
inline constexpr int kHandOver = SIGUSR1;

enum class Ended { yes, late, refused, killed };
/// Sends `signal`, then waits until the process has gone.
Ended end_daemon(pid_t pid, base::Duration limit, int signal = SIGTERM);

/// For restart, whose new daemon adopts the table: not one connection is lost. A daemon of another make is stopped in
/// its own way. One of ours that does not go in time is killed, which leaves the table, too: else it would go when the
/// verb has given up, and leave nobody.
Ended replace_daemon(pid_t pid, base::Duration limit);

}  // namespace ldir
