// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/compression.h"

#include <bzlib.h>
#include <zlib.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "hbd/wire/netstring.h"
#include "hbd/wire/text_form.h"

namespace hbd::wire {

namespace {

// Names of the original's cl_compress.
constexpr std::string_view kPayload = "_compressed_payload";
constexpr std::string_view kMethod = "_compression_algorithm";
constexpr int kBlockSize = 3;          // of bzip2, in 100 kB: no message is longer
constexpr std::size_t kPiece = 16384;  // what one step may put out

tl::unexpected<Refusal> refuse(RefusalKind kind, std::string detail) {
  return tl::unexpected<Refusal>(Refusal{kind, std::move(detail)});
}
tl::unexpected<Refusal> damaged(Compressor method) {
  return refuse(RefusalKind::garbage, fmt::format("a {} payload that is damaged", word(method)));
}
tl::unexpected<Refusal> too_long(std::size_t limit) {
  return refuse(RefusalKind::oversized, fmt::format("a payload of more than {} bytes when inflated", limit));
}

// Both libraries take `char*` where they only read.
template <class Byte>
Byte* bytes_of(std::string_view bytes) {
  return reinterpret_cast<Byte*>(const_cast<char*>(bytes.data()));
}

/// `step` fills a piece and says how much of it, and whether that was the end; nullopt when the input is bad.
struct Step {
  std::size_t produced = 0;
  bool end = false, bad = false;
};
template <class F>
tl::expected<std::string, Refusal> collect(Compressor method, std::size_t limit, F step) {
  std::string out;
  char piece[kPiece];
  for (;;) {
    Step one = step(piece);
    if (one.bad) return damaged(method);
    out.append(piece, one.produced);
    if (out.size() > limit) return too_long(limit);
    if (one.end) return out;
    if (one.produced == 0) return damaged(method);  // no end in sight, and nothing left to read
  }
}

tl::expected<std::string, Refusal> inflate_zlib(std::string_view bytes, std::size_t limit) {
  z_stream stream{};
  if (::inflateInit(&stream) != Z_OK) return damaged(Compressor::zlib);
  stream.next_in = bytes_of<Bytef>(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  auto out = collect(Compressor::zlib, limit, [&stream](char* piece) {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = kPiece;
    int code = ::inflate(&stream, Z_NO_FLUSH);
    return Step{kPiece - stream.avail_out, code == Z_STREAM_END, code != Z_OK && code != Z_STREAM_END};
  });
  bool rest = stream.avail_in != 0;
  ::inflateEnd(&stream);
  if (out && rest) return damaged(Compressor::zlib);
  return out;
}

tl::expected<std::string, Refusal> inflate_bz2(std::string_view bytes, std::size_t limit) {
  bz_stream stream{};
  if (::BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) return damaged(Compressor::bz2);
  stream.next_in = bytes_of<char>(bytes);
  stream.avail_in = static_cast<unsigned>(bytes.size());
  auto out = collect(Compressor::bz2, limit, [&stream](char* piece) {
    stream.next_out = piece;
    stream.avail_out = kPiece;
    int code = ::BZ2_bzDecompress(&stream);
    return Step{kPiece - stream.avail_out, code == BZ_STREAM_END, code != BZ_OK && code != BZ_STREAM_END};
  });
  bool rest = stream.avail_in != 0;
  ::BZ2_bzDecompressEnd(&stream);
  if (out && rest) return damaged(Compressor::bz2);
  return out;
}

tl::expected<Compressor, Refusal> method_of(const Message& message) {
  auto name = message.get(kMethod);
  if (auto method = compressor(name)) return *method;
  return refuse(RefusalKind::garbage, name.empty()
                                          ? "a compressed payload that does not say how"
                                          : fmt::format("compressed by \"{}\", which is neither zlib nor bz2",
                                                        base::printable(name, 40)));
}

tl::expected<Message, Refusal> decode_body(std::string_view body) {
  if (body.starts_with('>')) return decode_text(body);
  return decode_netstring(body);
}

tl::expected<Message, Refusal> unpack(const Message& holder, std::string_view bytes) {
  auto method = method_of(holder);
  if (!method) return tl::unexpected<Refusal>(std::move(method.error()));
  auto body = inflate(*method, bytes, kMaxMessage);
  if (!body) return tl::unexpected<Refusal>(std::move(body.error()));
  return decode_body(*body);
}

}  // namespace

std::string_view word(Compressor method) {
  return method == Compressor::bz2 ? "bz2" : "zlib";
}

std::optional<Compressor> compressor(std::string_view word) {
  if (word == "zlib") return Compressor::zlib;
  if (word == "bz2") return Compressor::bz2;
  return std::nullopt;
}

std::string deflate(Compressor method, std::string_view bytes) {
  if (method == Compressor::bz2) {
    // The bound is the library's own (its manual, on BZ2_bzBuffToBuffCompress).
    std::string out(bytes.size() + bytes.size() / 100 + 600, '\0');
    auto length = static_cast<unsigned>(out.size());
    ::BZ2_bzBuffToBuffCompress(out.data(), &length, bytes_of<char>(bytes),
                               static_cast<unsigned>(bytes.size()), kBlockSize, 0, 0);
    out.resize(length);
    return out;
  }
  std::string out(::compressBound(bytes.size()), '\0');
  auto length = static_cast<uLongf>(out.size());
  ::compress(reinterpret_cast<Bytef*>(out.data()), &length, bytes_of<const Bytef>(bytes), bytes.size());
  out.resize(length);
  return out;
}

tl::expected<std::string, Refusal> inflate(Compressor method, std::string_view bytes, std::size_t limit) {
  if (bytes.size() > kMaxMessage)
    return refuse(RefusalKind::oversized, fmt::format("a payload of {} bytes", bytes.size()));
  return method == Compressor::bz2 ? inflate_bz2(bytes, limit) : inflate_zlib(bytes, limit);
}

bool is_packed(const Message& message) {
  return message.has(kPayload);
}

Message pack_message(Compressor method, std::string_view body) {
  Message packed;
  packed.add(kPayload, deflate(method, body), FieldType::binary);
  packed.add(kMethod, word(method));
  return packed;
}

tl::expected<Message, Refusal> unpack_message(const Message& packed) {
  auto inner = unpack(packed, packed.get(kPayload));
  if (inner && is_packed(*inner))
    return refuse(RefusalKind::garbage, "a compressed message inside a compressed one");
  return inner;
}

void add_compressed(Message& message, std::string_view name, const Message& nested, Compressor method) {
  message.add(name, deflate(method, encode_netstring(nested)), FieldType::compressed);
  message.set(kMethod, word(method));
}

tl::expected<Message, Refusal> nested_message(const Message& message, std::string_view name) {
  const auto& fields = message.fields();
  auto field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  if (field != fields.end() && field->type == FieldType::nested) return decode_netstring(field->value);
  if (field != fields.end() && field->type == FieldType::compressed) return unpack(message, field->value);
  return refuse(RefusalKind::garbage, fmt::format("no message in field {}", base::printable(name, 40)));
}

}  // namespace hbd::wire
