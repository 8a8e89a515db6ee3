// SPDX-License-Identifier: Apache-2.0
// The parent's collection of opened media. It keeps every descriptor, so that a new child has its links back at once,
// and goes on trying to open what does not work. Trying again happens on a thread: a name server that does not answer
// must not hold up scripts and the watchdog.
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
  /// `on_change`: medium `index` has new descriptors; tell the child.
  Media(io::Context& context, Report& report, std::function<void(std::size_t index)> on_change);
  ~Media();
  /// Opens all; what fails is said and tried again every second. Closes what was open before.
  void open_all(const std::vector<model::MediumEntry>& entries, std::uint16_t echo_id);
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
  };
  void take(Slot& slot, base::Result<OpenedMedium> opened);
  void retry();
  void open_aside(std::size_t index);
  io::Context& context_;
  Report& report_;
  std::function<void(std::size_t)> on_change_;
  std::uint16_t echo_id_ = 0;
  std::shared_ptr<int> round_;  ///< of open_all; what a thread of an earlier one brings is dropped
  std::vector<Slot> slots_;
  io::Timer timer_;
};

}  // namespace hbd::shell
