// SPDX-License-Identifier: Apache-2.0
// The framing of the client socket (reference, section 9) and of the control FIFO, as bytes in and messages out.
// A frame is a native int32 length, 0x0000abcd, and that many bytes: a message in text form and a NUL (netstring form
// is taken too). Both readers keep no more than one message of the greatest size, whatever is fed.
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

/// Lines of the FIFO: ">>>", fields, "<<<". Anything outside is skipped and a bad message is dropped with a refusal;
/// the next ">>>" starts afresh, for several scripts write to one FIFO.
class FifoReader {
 public:
  static constexpr std::size_t kMaxBytes = 16384;  ///< of one message; the originals fit in 512
  void feed(std::string_view bytes);
  std::optional<tl::expected<wire::Message, wire::Refusal>> next();

 private:
  std::string buffer_;
};

}  // namespace hbd::api
