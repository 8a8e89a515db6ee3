// SPDX-License-Identifier: Apache-2.0
// Readiness of the sockets of checks. An epoll set of its own inside the loop's: a socket is registered once,
// edge-triggered, and its end is its close(); Asio's reactor would take three more system calls per check.
#pragma once

#include <cstdint>
#include <vector>

#include "base/instant.h"
#include "io/fd.h"
#include "io/loop.h"

namespace ldir::probe {

class Poller {
 public:
  class Client {
   public:
    /// Something happened since the last call: read and write until the kernel says EAGAIN. `events` as epoll_wait(2).
    virtual void on_event(std::uint32_t events) = 0;

   protected:
    ~Client() = default;
  };
  /// A registration; ends with remove(). 0 is none.
  using Ticket = std::uint64_t;

  explicit Poller(io::Context& context);
  /// 0 leaves errno. The fd stays the caller's, who closes it after remove().
  Ticket add(int fd, Client& client);
  void remove(Ticket ticket);
  /// The same for an fd that stays open.
  void forget(Ticket ticket, int fd);
  /// The time; within on_event() that of the beginning of the round of events. Where reading the clock is a system call
  /// (User-Mode Linux, some virtual machines) two readings more per check would be a third of all calls.
  base::Mono now() const;

 private:
  struct Slot {
    Client* client = nullptr;
    std::uint32_t generation = 0;  // tells a late event for a former client of the slot
  };
  void drain();

  base::Mono round_ = base::kNever;  // when it began; kNever outside of one

  io::Fd set_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  io::Watch watch_;
};

}  // namespace ldir::probe
