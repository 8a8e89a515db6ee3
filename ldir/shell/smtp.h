// SPDX-License-Identifier: Apache-2.0
// One mail through an SMTP server, with libcurl. It waits: for a thread of its own. A build without libcurl has none.
#pragma once

#include <string>
#include <vector>

#include "base/instant.h"
#include "base/result.h"

namespace ldir::shell {

struct Envelope {
  std::string server;
  std::uint16_t port = 25;
  std::string hello;  ///< our name
  std::string from;
  std::vector<std::string> to;
};

bool smtp_built_in();
/// Takes at most `limit`, whatever the server does. `text` has lines that end with '\n'.
base::Result<void> send_by_smtp(const Envelope& envelope, const std::string& text, base::Duration limit);

}  // namespace ldir::shell
