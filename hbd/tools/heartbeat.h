// SPDX-License-Identifier: Apache-2.0
// The running daemon as cl_status sees it: ask, and get messages or the reason why not. The real one is
// connection.h; tests have one that answers from a snapshot.
#pragma once

#include <chrono>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "hbd/wire/message.h"

namespace hbd::tools {

struct Failure {
  enum class Kind {
    stopped,   ///< nobody listens
    refused,   ///< it does not take us for a client
    bad,       ///< it does not know what we ask for; `reason` is its word
    no_answer, ///< not in time
    late,      ///< the five seconds of the whole run are over
  } kind = Kind::stopped;
  std::string reason;
};

using Replies = tl::expected<std::vector<wire::Message>, Failure>;

class Heartbeat {
 public:
  virtual ~Heartbeat() = default;
  /// The reply to signon, or why there is none. Once, before all else.
  virtual Replies sign_on() = 0;
  /// `request` has reqtype and its own fields only. All replies, the last of which says OK.
  virtual Replies ask(const wire::Message& request, std::chrono::milliseconds limit) = 0;
};

}  // namespace hbd::tools
