// SPDX-License-Identifier: Apache-2.0
// The line form of messages: ">>>\n", "name=value\n" per field, "<<<\n" (heartbeat 3.0.6 reference, 1.3): serial
// lines, the client API, the control FIFO, packets of peers older than 2012, and the bytes under the `auth` MAC.
// Newlines in strings and in nested messages travel as control characters; nested values are kept in netstring form
// in a Message and are converted here. Decoding is bounded and total.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "hbd/wire/message.h"
#include "hbd/wire/refusal.h"

namespace hbd::wire {

/// ">>>\n...<<<\n", without a NUL after it.
std::string encode_text(const Message& message);

/// The "name=value\n" lines of every field but `auth`: what the MAC in the `auth` field covers.
std::string text_lines(const Message& message);

/// One ">>>\n...<<<\n"; a NUL after it and extra newlines between the lines are tolerated, nothing else is.
tl::expected<Message, Refusal> decode_text(std::string_view bytes);

}  // namespace hbd::wire
