// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/frame.h"

#include <cstring>

#include <fmt/format.h>

#include "hbd/wire/netstring.h"
#include "hbd/wire/text_form.h"

namespace hbd::api {

namespace {

constexpr std::size_t kHeader = 8;

using Decoded = tl::expected<wire::Message, wire::Refusal>;

Decoded refuse(wire::RefusalKind kind, std::string detail) {
  return tl::unexpected<wire::Refusal>(wire::Refusal{kind, std::move(detail)});
}

Decoded decode_payload(std::string_view payload) {
  if (!payload.starts_with('#')) return wire::decode_text(payload);
  auto extent = wire::netstring_extent(payload);
  if (!extent) return tl::unexpected<wire::Refusal>(std::move(extent.error()));
  return wire::decode_netstring(payload.substr(0, *extent));  // a MAC after it means nothing here
}

}  // namespace

std::string encode_frame(const wire::Message& message) {
  auto text = wire::encode_text(message);
  text += '\0';
  auto length = static_cast<std::int32_t>(text.size());
  char header[kHeader];
  std::memcpy(header, &length, 4);
  std::memcpy(header + 4, &kFrameMagic, 4);
  return std::string(header, kHeader) + text;
}

void FrameReader::feed(std::string_view bytes) {
  if (!broken_) buffer_ += bytes;
}

std::optional<Decoded> FrameReader::next() {
  if (broken_ || buffer_.size() < kHeader) return std::nullopt;
  std::int32_t length = 0;
  std::uint32_t magic = 0;
  std::memcpy(&length, buffer_.data(), 4);
  std::memcpy(&magic, buffer_.data() + 4, 4);
  std::optional<Decoded> out;
  if (magic != kFrameMagic || length < 1) {
    out = refuse(wire::RefusalKind::garbage, "not a client frame");
  } else if (static_cast<std::size_t>(length) > wire::kMaxMessage) {
    out = refuse(wire::RefusalKind::oversized, fmt::format("a frame of {} bytes", length));
  } else if (buffer_.size() < kHeader + static_cast<std::size_t>(length)) {
    return std::nullopt;
  } else {
    auto size = static_cast<std::size_t>(length);
    out = decode_payload(std::string_view(buffer_).substr(kHeader, size));
    buffer_.erase(0, kHeader + size);
  }
  if (!*out) {
    broken_ = true;
    buffer_.clear();
  }
  return out;
}

}  // namespace hbd::api
