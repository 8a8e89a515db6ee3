// SPDX-License-Identifier: Apache-2.0
// Tells what the daemon is doing, by HTTP: on its Unix socket always, which only root opens, and on a loopback address
// where the configuration names one. One socket for people, for programs and for the status verbs of ldirectord itself:
// HTTP has the framing, the bounds and the error words that a protocol of our own would have to invent again.
//
//   /             the status page
//   /status.json  what the page shows, and status --json prints
//   /metrics      OpenMetrics
//   /status.txt, /explain.txt   what the other status verbs print
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/addr.h"
#include "io/http_server.h"
#include "ldir/core/status.h"

namespace ldir::shell {

/// What may be asked.
inline constexpr const char *kAskText = "status", *kAskReasons = "explain", *kAskJson = "json";

class StatusServer {
 public:
  using Now = std::function<core::Status()>;
  /// Serves at `path`, which must be nobody's. An error leaves the daemon without this service, not without its work.
  static base::Result<std::unique_ptr<StatusServer>> open(io::Loop& loop, const std::string& path, Now now);
  ~StatusServer();

  /// Serves at this loopback address, too, and at no other one any more; nullopt: at none.
  base::Result<void> serve_at(const std::optional<base::Endpoint>& address);

 private:
  StatusServer(io::Loop& loop, std::string path, Now now);
  std::optional<io::HttpReply> reply(std::string_view path) const;

  std::string path_;
  Now now_;
  std::optional<base::Endpoint> address_;
  io::HttpServer local_, tcp_;
};

/// The client's half, for the status verbs: the whole answer, or why there is none.
base::Result<std::string> ask_status(const std::string& path, const std::string& what, base::Duration limit);

}  // namespace ldir::shell
