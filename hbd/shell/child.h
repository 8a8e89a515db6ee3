// SPDX-License-Identifier: Apache-2.0
// The unprivileged process. It holds the links, the core and the client socket; everything that strangers send ends
// here. It has no file system rights to speak of, opens nothing but /proc/loadavg, and never blocks.
//
// Life and death of the two processes, and why no kill -9 leaves two holders:
//
// - The child dies. The parent has everything that matters: the media's descriptors, the client socket, the FIFO, the
//   journal (memento and unanswered jobs) in shared memory, running scripts and their unacknowledged results. It
//   starts a new child at once, which continues the generation in the middle: same sequence numbers, same holdings.
//   Peers see at most one heartbeat late. What the old child had done before it died is in the journal, because the
//   journal is committed before an effect becomes visible; what is not in the journal nobody has seen.
// - The child hangs (SIGSTOP, endless loop). Its sign of life stays away for half a deadtime; the parent kills and
//   replaces it, before the peers miss it.
// - The parent dies, the child lives. Scripts cannot be run any more, but resources stay as they are, and they are
//   ours as long as the peers hear us: so a child that holds something goes on sending. It promises nothing new: jobs
//   wait in the journal, groups stay "starting" or "stopping". A child that holds nothing says goodbye (shutdone) and
//   ends: the peers need not wait. A new parent (started by systemd, the guard, an operator) finds the child by
//   its successor socket, gets journal and generation, and continues with a child of its own; the old one ends the
//   moment it has handed over, so two never send. Jobs whose scripts ended unseen are run again; start and stop of a
//   resource may be repeated by their nature. Without a new parent the watchdog, where configured, resets the machine:
//   nobody pats it any more; the peers hear silence only when the resources are gone with it.
// - Both die. Heartbeats stop while resources run, until systemd or the guard (guard.h) has started a new parent. Where that
//   was killed as well, only the watchdog (or fencing by the peer) can help. A new start finds what still runs by its
//   status and stops it before it speaks for any group (core: sweep).
// - The parent hangs. The child goes on; scripts are not started until it moves. A peer that asks for a group waits:
//   nothing is called released before its stop has ended.
#pragma once

#include "hbd/shell/config.h"
#include "io/fd.h"

namespace hbd::shell {

/// Speaks over descriptor 3 until finished; returns the exit code.
int run_child(io::Fd channel, const Parse& parse);

}  // namespace hbd::shell
