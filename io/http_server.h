// SPDX-License-Identifier: Apache-2.0
// A small read-only HTTP/1.1 server for status: GET and HEAD, answers made in memory, no files. For daemons that have
// better things to do: it never waits, everything a client can take is bounded, and it works in small steps of which all
// together take at most a tenth of the process's time, however many ask how often. Slow readers, half requests and
// idle connections are cut off by deadlines that sending single bytes does not move.
//
// It does not know who asks: what it serves is public to whoever may open the socket. On TCP it serves loopback
// addresses only, and only requests that name one in Host: a web page elsewhere must not reach it by a name of its own
// that it lets point here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/addr.h"
#include "base/result.h"
#include "io/fd.h"
#include "io/loop.h"

namespace io {

struct HttpReply {
  std::string type;  ///< Content-Type
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< more of them; no line ends inside
};

/// What GET `path` gives ("/metrics"; what follows a question mark is cut off); nullopt: 404. Called on the loop, and at
/// most once per path and HttpLimits::fresh. What it answers is kept for that long: the paths it knows must be few.
using HttpHandler = std::function<std::optional<HttpReply>(std::string_view path)>;

struct HttpLimits {
  std::size_t connections = 16;    ///< per listening socket; more wait in the kernel's queue, idle ones make room
  std::size_t request = 8 * 1024;  ///< bytes of a request's header
  std::size_t reply = 8 * 1024 * 1024;
  base::Duration request_time = std::chrono::seconds(5);  ///< from the connection or the first byte to the whole header
  base::Duration idle_time = std::chrono::seconds(30);    ///< between two requests of a connection
  base::Duration reply_time = std::chrono::seconds(10);   ///< until the client has read the whole answer
  base::Duration fresh = std::chrono::milliseconds(100);  ///< an answer is given again for this long
  int share = 10;  ///< one part in so many of the process's time, at most
};

class HttpServer {
 public:
  HttpServer(Context& context, HttpHandler handler, HttpLimits limits = {});
  ~HttpServer();  ///< stops listening and closes all connections
  HttpServer(const HttpServer&) = delete;

  /// Serves a listening socket (listen_unix, listen_loopback, or from somebody with more privilege) until the end. A path
  /// stays whose it is. May be called again for more of them.
  void serve(Fd listening);
  /// Closes all listening sockets and connections; serve() may follow.
  void close();

  struct Counts {
    std::uint64_t accepted = 0;  ///< connections
    std::uint64_t answered = 0;  ///< requests, with 200
    std::uint64_t refused = 0;   ///< requests, with an error
    std::uint64_t cut = 0;       ///< connections that took too long
  };
  const Counts& counts() const;
  std::size_t connections() const;  ///< open at the moment

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// A listening TCP socket. Refuses (EINVAL) any address but a loopback one.
base::Result<Fd> listen_loopback(const base::Endpoint& endpoint);

}  // namespace io
