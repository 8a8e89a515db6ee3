// SPDX-License-Identifier: Apache-2.0
// Becoming a daemon and being found again: the command that starts one returns only when it works or has failed,
// pid files, who runs under a pid, readiness for systemd.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"
#include "io/fd.h"

namespace io {

/// The daemon's line to the command that started it.
class Starter {
 public:
  Starter() = default;  ///< nobody waits: reports go nowhere
  explicit Starter(Fd to_parent) : to_parent_(std::move(to_parent)) {}
  /// The command ends with `code`; `text` goes to its stderr. Only the first report counts.
  void report(int code, std::string_view text = {});
  void ready() { report(0); }

 private:
  Fd to_parent_;
};

/// Forks into the background (new session, cwd /, stdio /dev/null, umask 022). Returns only in the daemon. The
/// calling process waits for the report and exits with its code; with `lost_code` when the daemon dies without one;
/// with `late_code` when `limit` has passed (the daemon lives on; zero = no limit). No threads may run yet.
base::Result<Starter> daemonise(base::Duration limit, int late_code, int lost_code);

/// A pid file held by its process: a lock on it tells a live owner from a stale file.
class PidFile {
 public:
  PidFile() = default;
  /// Writes "PID\n". Fails when another process holds the lock; a stale file is taken over.
  static base::Result<PidFile> create(const std::string& path);
  PidFile(PidFile&&) = default;
  PidFile& operator=(PidFile&&) = default;
  /// Removes the file (only if it is still the one we made) and drops the lock.
  void remove();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  Fd fd_;
};

/// The number in a pid file; nullopt when there is no file, it cannot be read, or holds no number.
std::optional<pid_t> read_pid_file(const std::string& path);
/// Is there a process `pid` whose command line contains `word`? (What the historic tools ask.)
bool process_named(pid_t pid, std::string_view word);
/// Does this very file carry the lock of a living PidFile?
bool pid_file_locked(const std::string& path);

/// sd_notify(3): does nothing outside systemd. "READY=1", "STOPPING=1", "STATUS=...".
void notify_service_manager(std::string_view state);

}  // namespace io
