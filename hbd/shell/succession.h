// SPDX-License-Identifier: Apache-2.0
// How a new master finds the child of a dead one: a socket in /var/run/heartbeat that the child serves once it is an
// orphan. Also the pid file, which says whether there is a master at all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "hbd/shell/memory.h"
#include "hbd/shell/paths.h"
#include "io/daemon.h"
#include "io/fd.h"

namespace hbd::shell {

struct Inheritance {
  std::uint64_t generation = 0;
  Memory journal;
};
/// Asks an orphan for what it holds; it ends by that. Waits for its answer a second at most.
std::optional<Inheritance> claim_succession(const std::string& path);
/// Would somebody answer there?
bool orphan_alive(const std::string& path);

/// The listening socket for our own child's possible orphanhood; false leaves errno.
bool succession_socket(const std::string& path, io::Fd& out);
/// A bound local socket, in place of a stale one; not listening yet.
bool bind_socket(const std::string& path, int type, unsigned mode, io::Fd& out);

/// Locked, in the original's format: the pid right-aligned in ten columns.
base::Result<io::PidFile> make_pid_file(const std::string& path);
/// Another number into it; false leaves errno.
bool write_pid(const std::string& path, pid_t pid);
/// The pid of the running master, if there is one; a stale file is none.
std::optional<pid_t> running_master(const Paths& paths);

}  // namespace hbd::shell
