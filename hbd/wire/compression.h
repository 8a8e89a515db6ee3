// SPDX-License-Identifier: Apache-2.0
// Heartbeat's two ways to send long things short (reference, 1.8): a whole message inside
// `_compressed_payload`, and single fields of type 4 that hold a nested message. Both name their method in
// `_compression_algorithm`. Inflating is bounded by what may come out, whatever goes in; seal.h does it after
// the MAC was verified, never before.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "hbd/wire/message.h"
#include "hbd/wire/refusal.h"

namespace hbd::wire {

enum class Compressor : std::uint8_t { zlib, bz2 };
std::string_view word(Compressor method);  ///< "zlib" "bz2"
std::optional<Compressor> compressor(std::string_view word);

std::string deflate(Compressor method, std::string_view bytes);
/// At most `limit` bytes come out; more is a refusal, found out after `limit` bytes and not later.
tl::expected<std::string, Refusal> inflate(Compressor method, std::string_view bytes, std::size_t limit);

/// Is this what pack_message() makes?
bool is_packed(const Message& message);
/// `body` is the unauthenticated form of a message, "###\n...%%%\n".
Message pack_message(Compressor method, std::string_view body);
/// The message inside, which itself must not be packed.
tl::expected<Message, Refusal> unpack_message(const Message& packed);

/// Adds field `name` as type 4 holding `nested`, and says how. All such fields of a message share one method.
void add_compressed(Message& message, std::string_view name, const Message& nested, Compressor method);
/// The message in field `name`, of type 2 or 4.
tl::expected<Message, Refusal> nested_message(const Message& message, std::string_view name);

}  // namespace hbd::wire
