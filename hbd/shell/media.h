// SPDX-License-Identifier: Apache-2.0
// The parent's collection of opened media. It keeps every descriptor, so that a new child has its links back at once,
// and goes on trying to open what does not work. Whatever names a host is opened on a thread: a name server that does
// not answer must not hold up scripts, the child and the watchdog.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "hbd/model/cluster.h"
#include "hbd/shell/channel.h"
#include "hbd/shell/links/link.h"
#include "hbd/shell/report.h"
#include "io/timer.h"

namespace hbd::shell {

class Media {
 public:
  using Opener = std::function<base::Result<OpenedMedium>(const model::MediumEntry&)>;
  /// `on_change`: medium `index` has new descriptors; tell the child. `open` is called on any thread.
  Media(io::Context& context, Report& report, std::function<void(std::size_t index)> on_change,
        Opener open = open_medium);
  ~Media();
  /// Opens all; what fails is said and tried again every second. Closes what was open before, but for media that name
  /// hosts: the same line goes on with the addresses known until its names are looked up again. These lookups are
  /// waited for at most `patience` in all; what comes later is told by `on_change`.
  void open_all(const std::vector<model::MediumEntry>& entries, std::uint16_t echo_id, base::Duration patience = {});
  /// The child finds its socket useless. At most one try per second and medium.
  void reopen(std::size_t index);
  void send_to(Channel& channel, std::size_t index) const;
  std::size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    model::MediumEntry entry;
    OpenedMedium opened;
    std::string problem = "not open yet";
    bool works = false, wanted = false, said = false, busy = false;
    bool review = false;   ///< works; opened once more only to see whether its names mean other addresses now
    bool partial = false;  ///< works without some of its members, which has been said
  };
  struct Round;
  bool take(Slot& slot, base::Result<OpenedMedium> opened);
  void retry();
  void open_aside(std::size_t index);
  void take_finished(bool tell);
  void close_round();
  io::Context& context_;
  Report& report_;
  std::function<void(std::size_t)> on_change_;
  Opener open_;
  std::uint16_t echo_id_ = 0;
  std::shared_ptr<Round> round_;  ///< of open_all; what a thread of an earlier one brings is dropped
  std::vector<Slot> slots_;
  io::Timer timer_;
};

}  // namespace hbd::shell
