// SPDX-License-Identifier: Apache-2.0
// A message as an authenticated packet and back (heartbeat 3.0.6 reference, 1.4). Each key number is verified with its
// own key (the original takes the receiver's signing key). Comparison is in constant time, and no MAC that
// would have been right ever leaves this file except on a packet of ours.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "hbd/model/cluster.h"
#include "hbd/wire/compression.h"
#include "hbd/wire/message.h"
#include "hbd/wire/refusal.h"

namespace hbd::wire {

/// Longest payload of a UDP datagram over IPv4.
inline constexpr std::size_t kMaxDatagram = 65507;

/// When a whole message is compressed: from `threshold` bytes of body on (traditional_compression), or, whatever the
/// threshold, when it would fit into no datagram otherwise. Receivers of every version understand it.
struct Packing {
  Compressor method = Compressor::zlib;
  std::size_t threshold = kMaxDatagram;
};
Packing packing_of(const model::Cluster& cluster);

/// The packet for UDP and ICMP: netstring form with trailing MAC; `classic` adds the `auth` field as last one.
/// Signs with keys.sign_with, which must be in keys.keys. An `auth` field of `message` is replaced.
std::string seal(const Message& message, const model::AuthKeys& keys, model::MessageFormat format,
                 const Packing& packing = {});

/// The packet for serial lines: text form with `auth` field, no NUL.
std::string seal_text(const Message& message, const model::AuthKeys& keys);

/// Verifies, then inflates and decodes, a packet of either form. The message comes without its `auth` field.
tl::expected<Message, Refusal> open(std::string_view packet, const model::AuthKeys& keys);

}  // namespace hbd::wire
