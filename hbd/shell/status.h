// SPDX-License-Identifier: Apache-2.0
// The status server: /metrics, /status.json and the page, read only, for whoever may open the sockets that the parent
// has opened (a Unix socket, and a loopback TCP one if ha.cf says so). The child serves it, so that what strangers send
// ends where the network's bytes end; what it may cost is bounded by io/http_server.h.
#pragma once

#include <vector>

#include "hbd/model/cluster.h"
#include "hbd/shell/driver.h"
#include "io/fd.h"
#include "io/http_server.h"

namespace hbd::shell {

class Status {
 public:
  Status(io::Context& context, const model::Cluster& cluster, Driver& driver);
  void serve(std::vector<io::Fd> listening);

 private:
  std::optional<io::HttpReply> reply(std::string_view path) const;

  const model::Cluster& cluster_;
  Driver& driver_;
  io::HttpServer server_;
};

}  // namespace hbd::shell
