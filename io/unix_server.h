// SPDX-License-Identifier: Apache-2.0
// Local stream sockets: a listening one that says who connects, and connections with a bounded send queue. Bytes only;
// framing is the caller's.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/fd.h"
#include "io/loop.h"

namespace io {

/// One end of a connected stream socket (accepted, or half of a socketpair).
class UnixConnection {
 public:
  UnixConnection(Context& context, Fd socket, std::size_t max_unsent = 1024 * 1024);
  ~UnixConnection();  ///< closes at once; allowed from within its own callbacks

  struct Peer {
    pid_t pid = 0;
    uid_t uid = 0;
    gid_t gid = 0;
  };
  const Peer& peer() const;  ///< SO_PEERCRED

  /// Starts reading. `on_bytes` gets what arrived; `on_closed` comes once, when the peer has gone or broke a limit,
  /// and is the last callback.
  void start(std::function<void(std::string_view)> on_bytes, std::function<void()> on_closed);
  /// Never waits. False, once, when the peer lets more than max_unsent pile up; on_closed follows. Of a peer that has gone
  /// only on_closed tells: that is no offence.
  bool send(std::string_view bytes);
  /// Nothing is read between the two, so what the peer writes piles up with the peer; its going is noticed afterwards.
  void pause();
  void resume();
  /// Closes once everything queued is sent; on_closed follows.
  void finish();
  bool is_open() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

class UnixServer {
 public:
  using OnConnection = std::function<void(std::unique_ptr<UnixConnection>)>;
  /// Listens at `path`, replacing a stale socket there. `group` may be given to owner:group; -1 leaves them.
  static base::Result<std::unique_ptr<UnixServer>> listen(Context& context, const std::string& path, unsigned mode,
                                                          uid_t owner, gid_t group, OnConnection on_connection);
  /// Serves a listening socket that somebody with more privilege has opened; the path stays his.
  static std::unique_ptr<UnixServer> adopt(Context& context, Fd listening, OnConnection on_connection,
                                           std::size_t max_unsent = 1024 * 1024);
  ~UnixServer();  ///< stops listening and removes the path it made

 private:
  UnixServer() = default;
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Only opens, binds and listens: for handing the socket to another process.
base::Result<Fd> listen_unix(const std::string& path, unsigned mode, uid_t owner, gid_t group);
/// A connected socket to `path`.
base::Result<Fd> connect_unix(const std::string& path);

}  // namespace io
