// SPDX-License-Identifier: Apache-2.0
// One end of the socketpair between the two processes: typed messages, descriptors riding along. Sending never waits:
// what the socket has no room for is kept in order and sent when there is room (send), or given up (offer).
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include "hbd/shell/ipc.h"
#include "io/fd.h"
#include "io/loop.h"

namespace hbd::shell {

class Channel {
 public:
  using OnMessage = std::function<void(ipc::Message, std::vector<io::Fd>)>;
  Channel(io::Context& context, io::Fd socket);
  ~Channel();
  /// `on_closed` comes once, when the other end is gone or talks nonsense (`why`); both may destroy the Channel.
  void start(OnMessage on_message, std::function<void(std::string_view why)> on_closed);
  /// In order, for certain as long as the other end lives and reads; descriptors are duplicated for the wait.
  void send(const ipc::Message& message, std::initializer_list<int> descriptors = {});
  /// Now or not at all. False when it had to be given up.
  bool offer(const ipc::Message& message);
  bool drained() const;  ///< nothing of ours waits any more

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Connected SOCK_SEQPACKET ends, close-on-exec, non-blocking, with roomy buffers; false leaves errno.
bool make_channel(io::Fd& one, io::Fd& other);
/// A single message over a connected seqpacket socket; blocks at most as the socket's own timeouts say.
bool send_one(int socket, const ipc::Message& message, std::initializer_list<int> descriptors);
std::optional<std::pair<ipc::Message, std::vector<io::Fd>>> receive_one(int socket);

}  // namespace hbd::shell
