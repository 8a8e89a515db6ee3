// SPDX-License-Identifier: Apache-2.0
// The kernel's IPVS table through generic netlink. The only place that talks to the kernel about IPVS; needs
// CAP_NET_ADMIN. Synchronous: a call is answered within microseconds. A broken socket is reopened at the next call.
#pragma once

#include <memory>

#include "ldir/ipvs/backend.h"

namespace ldir::ipvs {

class Netlink final : public Backend {
 public:
  Netlink();
  ~Netlink() override;
  /// Opens the socket, and loads the module ip_vs where the kernel does not have it yet, as ipvsadm does. The
  /// other calls open by themselves; this one is for finding out early, while there is the privilege to load.
  base::Result<void> open();
  base::Result<Table> read() override;
  base::Result<void> apply(const Op& op) override;

 private:
  struct Socket;
  std::unique_ptr<Socket> socket_;
  bool module_tried_ = false;
};

}  // namespace ldir::ipvs
