// SPDX-License-Identifier: Apache-2.0
// Answers the status verbs over a Unix socket of the daemon: one word in, the text out, and away.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "io/unix_server.h"
#include "ldir/core/status.h"

namespace ldir::shell {

/// What may be asked; each is followed by a newline.
inline constexpr const char *kAskText = "status", *kAskReasons = "explain", *kAskJson = "json";

class StatusServer {
 public:
  using Now = std::function<core::Status()>;
  /// An error leaves the daemon without this service, not without its work.
  static base::Result<std::unique_ptr<StatusServer>> open(io::Loop& loop, const std::string& path, Now now);

 private:
  explicit StatusServer(Now now) : now_(std::move(now)) {}
  void accept(std::unique_ptr<io::UnixConnection> connection);
  void answer(io::UnixConnection& connection, std::string_view word);

  struct Client {
    std::unique_ptr<io::UnixConnection> connection;
    std::string asked;
  };
  Now now_;
  std::map<std::uint64_t, Client> clients_;
  std::uint64_t next_ = 0;
  std::unique_ptr<io::UnixServer> server_;
};

/// The client's half: the whole answer, or why there is none.
base::Result<std::string> ask_status(const std::string& path, const std::string& word, base::Duration limit);

}  // namespace ldir::shell
