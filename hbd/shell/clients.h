// SPDX-License-Identifier: Apache-2.0
// Programs of ha.cf's respawn and failfast lines: started at comm-up as the user they name, restarted when they end,
// unless they exit with 100 or die too fast (reference, section 7). Run by the parent; they know nothing of us.
// An ipfail line starts nothing: its policy is part of the core.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "hbd/model/cluster.h"
#include "hbd/shell/report.h"
#include "io/process.h"
#include "io/timer.h"

namespace hbd::shell {

class Clients {
 public:
  static constexpr base::Duration kPause = std::chrono::seconds(1);
  /// `reboot` is asked for when a failfast program ends abnormally, with the reason; it may refuse. `pause`: before
  /// one that died soon is started again.
  Clients(io::Context& context, Report& report, std::function<void(const std::string&)> reboot,
          base::Duration pause = kPause);
  ~Clients();
  /// From now on these run, with this environment. What runs already goes on if its line and the environment are as
  /// they were; with another environment it is started anew; what no line names any more is stopped. Those that were
  /// given up or wanted no other start get one.
  void run(const std::vector<model::Respawn>& lines, std::vector<std::string> environment);
  /// SIGTERM one by one, in reverse order, each waited for (at most a few seconds); then calls back.
  void stop(std::function<void()> done);
  /// They are about to lose their connections, on purpose: who ends because of that is started anew without complaint.
  void cut_off();

 private:
  struct Client;
  bool begin(Client& client);
  void launch(Client& client);
  void update(Client& client, const model::Respawn& line, bool other_environment);
  void ended(Client& client, const io::ProcessResult& result);
  void stop_next();
  io::Context& context_;
  Report& report_;
  std::function<void(const std::string&)> reboot_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::string> environment_;
  std::function<void()> stopped_;
  base::Duration pause_;
  bool stopping_ = false;
  io::ProcessRunner runner_;
};

}  // namespace hbd::shell
