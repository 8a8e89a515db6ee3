// SPDX-License-Identifier: Apache-2.0
// The form of messages on UDP and ICMP: "###\n", one netstring per field, "%%%\n" (heartbeat 3.0.6 reference, 1.2).
// Framing and fields only; the trailing MAC belongs to seal.h. Decoding is bounded and total: every byte sequence
// gives a message or a refusal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "hbd/wire/message.h"
#include "hbd/wire/refusal.h"

namespace hbd::wire {

inline constexpr std::size_t kMaxMessage = 262144;  ///< MAXMSG of the original: final size on any wire
inline constexpr int kMaxDepth = 16;                ///< of nested messages
inline constexpr std::size_t kMaxFields = 512;      ///< of one message; the original's longest has about 20

/// Whether `name` can be carried by both forms: printable ASCII without blanks and '=', not starting with '('.
bool valid_field_name(std::string_view name);

/// "###\n...%%%\n", without trailer. Names must be valid.
std::string encode_netstring(const Message& message);

/// The length of the "###\n...%%%\n" at the start of `bytes`. Looks at lengths and commas only, at no field, so that
/// it may be called on bytes that are not yet authenticated.
tl::expected<std::size_t, Refusal> netstring_extent(std::string_view bytes);

/// `bytes` is exactly one "###\n...%%%\n".
tl::expected<Message, Refusal> decode_netstring(std::string_view bytes);

/// One netstring ("3:abc,") at the start of `bytes`, which is moved behind it.
tl::expected<std::string_view, Refusal> take_netstring(std::string_view& bytes);

/// The items of a list field's value ("3:abc,1:x,"), and back.
tl::expected<std::vector<std::string>, Refusal> decode_list(std::string_view value);
std::string encode_list(const std::vector<std::string>& items);

}  // namespace hbd::wire
