// SPDX-License-Identifier: Apache-2.0
// The client socket /var/run/heartbeat/register: accepts local programs, knows who they are by their credentials, cuts
// off those that do not read or talk too much. What the frames say and what is answered is hbd/api's business; what is
// to be sent to the cluster goes to the driver.
#pragma once

#include <map>
#include <memory>

#include "hbd/model/cluster.h"
#include "hbd/shell/driver.h"
#include "hbd/wire/message.h"
#include "io/fd.h"
#include "io/loop.h"
#include "io/unix_server.h"

namespace hbd::shell {

class Api {
 public:
  /// `socket` is bound; it is listened to from open() on, which is comm-up.
  Api(io::Context& context, io::Fd socket, const model::Cluster& cluster, Driver& driver);
  ~Api();
  void open();
  /// For the clients that want it.
  void deliver(const wire::Message& message);
  /// What clients want to say to the cluster waits, and is not read, until the opposite is said.
  void pause(bool on);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hbd::shell
