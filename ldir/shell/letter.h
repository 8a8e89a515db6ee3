// SPDX-License-Identifier: Apache-2.0
// An alert as a mail: the original's subject and text, with the headers that a mail needs. Text only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "ldir/core/director.h"

namespace ldir::shell {

/// Who sends: the host's name, and the user at it.
struct Sender {
  std::string host, user;
  std::string address() const { return user + "@" + host; }
};

/// Lines end with '\n'; a newline in any value is a blank, so that no value can add a header.
std::string letter(const core::SendMail& mail, const Sender& sender, base::Wall when, std::uint64_t serial);

/// "a@x, B <b@x>" -> a@x and b@x: for the envelope.
std::vector<std::string> recipients(std::string_view to);

}  // namespace ldir::shell
