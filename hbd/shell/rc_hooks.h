// SPDX-License-Identifier: Apache-2.0
// Hooks of operators: rc.d/TYPE is called, through harc, when a message of that type has come or a node or
// link has changed, with the message's fields as HA_NAME (reference, section 5.4). hbd needs none of them:
// they run after the resource scripts, one at a time, with a limit, and nothing waits for them.
//
// A message cannot choose what is run: its type must be the name of an executable file in rc.d, and no field
// replaces a variable that scripts use to find their programs.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hbd/shell/ipc.h"
#include "hbd/shell/paths.h"
#include "hbd/shell/report.h"
#include "hbd/wire/message.h"
#include "io/process.h"
#include "io/timer.h"

namespace hbd::shell {

/// What the child asks for on a message that clients hear; none for the types that Heartbeat kept to itself.
std::optional<ipc::RunHook> hook_for(const wire::Message& message, const std::string& own_status);

class RcHooks {
 public:
  /// `busy`: resource scripts are running.
  RcHooks(io::Context& context, Report& report, Paths paths, std::function<bool()> busy);
  void set_environment(std::vector<std::string> environment) { environment_ = std::move(environment); }
  void add(ipc::RunHook hook);
  /// Nothing new any more; what runs is left to itself.
  void stop();
  std::size_t waiting() const { return waiting_.size(); }

 private:
  void look();
  void run(const ipc::RunHook& hook);

  Report& report_;
  Paths paths_;
  std::function<bool()> busy_;
  std::vector<std::string> environment_;
  std::deque<ipc::RunHook> waiting_;
  int looks_ = 0;  ///< how often resource scripts were in the way
  bool stopped_ = false, dropping_ = false;
  io::Timer timer_;
  io::ProcessRunner runner_;
};

}  // namespace hbd::shell
