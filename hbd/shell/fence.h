// SPDX-License-Identifier: Apache-2.0
// Power over machines, which only the parent has: resets other nodes with the stonith devices of ha.cf, by
// the `stonith` program of cluster-glue, and this machine when it cannot let go of a resource. Devices are
// tried in their order, the first that works is enough. A result is kept until the child has acknowledged it;
// an order whose id is known already resets nobody twice. It decides nothing: who is to be reset, and when
// again, is the core's business.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hbd/model/cluster.h"
#include "hbd/shell/ipc.h"
#include "hbd/shell/report.h"
#include "io/process.h"

namespace hbd::shell {

class Fencer {
 public:
  using OnDone = std::function<void(const ipc::JobDone&)>;
  Fencer(io::Context& context, Report& report, OnDone on_done, std::string program = "/usr/sbin/stonith");

  /// Takes devices, nodes, and `env REBOOT=` from ha.cf: a command to run instead of /sbin/reboot, or "no".
  void configure(const model::Cluster& cluster);
  /// The nodes of the cluster, where they are not those of ha.cf any more, by the child's word: what hb_addnode would not
  /// take for a name is left out, and more than kMaxNodes change nothing.
  void set_nodes(std::vector<std::string> names);
  /// False when it is not another node of the cluster: then the child lies.
  bool fence(const ipc::Fence& order);
  void acknowledge(std::uint64_t id);
  /// A new child: everything finished and not acknowledged once more.
  void redeliver();
  void reboot(const std::string& reason);

 private:
  struct Order {
    std::string node;
    std::size_t device = 0;
    bool done = false;
    ipc::JobDone result;
    std::string last_line;
  };
  void try_device(std::uint64_t id);
  void ended(std::uint64_t id, const io::ProcessResult& result);
  void finish(std::uint64_t id, ipc::JobDone result);
  void try_reboot(std::size_t way);

  Report& report_;
  OnDone on_done_;
  std::string program_;
  std::vector<model::StonithDevice> devices_;
  std::string self_;
  std::vector<std::string> listed_;  ///< of ha.cf
  std::vector<std::string> others_;  ///< the other nodes
  std::string reboot_command_;
  std::map<std::uint64_t, Order> orders_;
  bool reboot_off_ = false, rebooting_ = false;
  io::ProcessRunner runner_;  // last: its callbacks use the rest
};

/// The words of one attempt.
std::vector<std::string> stonith_command(const std::string& program, const model::StonithDevice& device,
                                         const std::string& node);

}  // namespace hbd::shell
