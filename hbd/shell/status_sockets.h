// SPDX-License-Identifier: Apache-2.0
// The parent's side of the status server: it opens the listening sockets, keeps them, so that a new child goes on
// serving where the old one stopped, and goes on trying to open what does not open. The cluster never waits for that.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/addr.h"
#include "hbd/shell/channel.h"
#include "hbd/shell/report.h"
#include "hbd/shell/user.h"
#include "io/fd.h"
#include "io/timer.h"

namespace hbd::shell {

class StatusSockets {
 public:
  /// `path`: of the Unix socket, for `user` and its group. `on_change`: there is more than before; tell the child.
  StatusSockets(io::Context& context, Report& report, std::string path, const ChildUser& user, std::function<void()> on_change);
  ~StatusSockets();  ///< removes the path it made
  /// `tcp`: what ha.cf asks for beside it.
  void configure(const std::optional<base::Endpoint>& tcp);
  void send_to(Channel& channel) const;

 private:
  void open();

  Report& report_;
  std::string path_;
  ChildUser user_;
  std::function<void()> on_change_;
  io::Fd unix_, tcp_;
  std::optional<base::Endpoint> endpoint_;
  bool said_ = false;
  io::Timer retry_;
};

}  // namespace hbd::shell
