// SPDX-License-Identifier: Apache-2.0
// The packets of checktype=ping: ICMP echo (RFC 792, RFC 4443) with 64 data bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/addr.h"

namespace ldir::check {

/// Who asks, and for the how manieth time: what makes an answer ours.
struct EchoId {
  std::uint16_t id = 0, sequence = 0;
};

/// What is sent. The checksum is there for IPv4 only: for IPv6 the kernel does it.
std::string echo_request(base::Family family, EchoId mine);

/// Whether `packet`, as a raw socket of this family delivers it, answers that request: any bytes may come. Over IPv4 it
/// begins with the IP header.
bool is_echo_reply(base::Family family, EchoId mine, std::string_view packet);

}  // namespace ldir::check
