// SPDX-License-Identifier: Apache-2.0
// The framing of the client socket (reference, section 9), as bytes in and messages out.
// A frame is a native int32 length, 0x0000abcd, and that many bytes: a message in text form and a NUL (netstring form
// is taken too). The control FIFO has no framing of its own; the shell finds its messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "hbd/wire/message.h"
#include "hbd/wire/refusal.h"

namespace hbd::api {

inline constexpr std::uint32_t kFrameMagic = 0x0000abcd;

std::string encode_frame(const wire::Message& message);

/// Feed what was read, then call next() until it gives nothing. A refusal is final: the stream has lost its place.
class FrameReader {
 public:
  void feed(std::string_view bytes);
  std::optional<tl::expected<wire::Message, wire::Refusal>> next();
  bool broken() const { return broken_; }

 private:
  std::string buffer_;
  bool broken_ = false;
};

}  // namespace hbd::api
