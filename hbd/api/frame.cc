// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/frame.h"

#include <cstring>

#include <fmt/format.h>

#include "hbd/wire/netstring.h"
#include "hbd/wire/text_form.h"

namespace hbd::api {

namespace {

constexpr std::size_t kHeader = 8;
constexpr std::string_view kBegin = ">>>\n";
constexpr std::string_view kEnd = "<<<\n";

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

void FifoReader::feed(std::string_view bytes) {
  buffer_ += bytes;
  // What cannot become a message any more is forgotten before it grows.
  if (buffer_.size() > 4 * kMaxBytes && buffer_.find(kEnd) == std::string::npos) buffer_.clear();
}

std::optional<Decoded> FifoReader::next() {
  auto begin = buffer_.find(kBegin);
  if (begin == std::string::npos) {
    if (buffer_.size() >= kBegin.size()) buffer_.erase(0, buffer_.size() - (kBegin.size() - 1));
    return std::nullopt;
  }
  buffer_.erase(0, begin);
  auto end = buffer_.find(kEnd);
  if (end == std::string::npos) {
    if (buffer_.size() <= kMaxBytes) return std::nullopt;
    buffer_.erase(0, kBegin.size());
    return refuse(wire::RefusalKind::oversized, "a message without end on the FIFO");
  }
  // A script that was killed half-way leaves a beginning without end: the last ">>>" before the end counts.
  auto start = buffer_.rfind(kBegin, end);
  auto message = wire::decode_text(std::string_view(buffer_).substr(start, end + kEnd.size() - start));
  buffer_.erase(0, end + kEnd.size());
  return message;
}

}  // namespace hbd::api
