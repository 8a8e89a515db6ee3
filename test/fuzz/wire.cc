// SPDX-License-Identifier: Apache-2.0
// Packets, netstrings and text messages from anybody.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "hbd/wire/compression.h"
#include "hbd/wire/netstring.h"
#include "hbd/wire/seal.h"
#include "hbd/wire/text_form.h"

using namespace hbd;

namespace {

const model::AuthKeys kKeys = {1,
                               {{1, {model::AuthKey::Method::crc, ""}},
                                {2, {model::AuthKey::Method::sha1, "k2"}},
                                {3, {model::AuthKey::Method::md5, "KeyOne"}}}};

void check_message(const wire::Message& message) {
  auto bytes = wire::encode_netstring(message);
  if (bytes.size() > wire::kMaxMessage) return;
  auto again = wire::decode_netstring(bytes);
  BASE_CHECK(again && *again == message);
  auto unsigned_message = message;
  unsigned_message.remove("auth");
  for (auto format : {model::MessageFormat::classic, model::MessageFormat::netstring}) {
    // A message that looks like a packed one is taken for it, and is then what was in it, or nothing.
    if (wire::is_packed(message)) {
      (void)wire::open(wire::seal(message, kKeys, format), kKeys);
      continue;
    }
    for (std::size_t threshold : {std::size_t{0}, wire::kMaxDatagram}) {
      auto packet = wire::seal(message, kKeys, format, {wire::Compressor::zlib, threshold});
      auto opened = wire::open(packet, kKeys);
      bool refused_for_size = !opened && opened.error().kind == wire::RefusalKind::oversized;
      BASE_CHECK(refused_for_size || (opened && *opened == unsigned_message));
    }
  }
  (void)wire::decode_text(wire::encode_text(message));
  for (const auto& field : message.fields()) (void)wire::nested_message(message, field.name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto message = wire::open(bytes, kKeys)) BASE_CHECK(!message->has("auth"));
  if (auto message = wire::decode_netstring(bytes)) {
    BASE_CHECK(wire::netstring_extent(bytes).value_or(0) == size);
    check_message(*message);
  }
  if (auto message = wire::decode_text(bytes)) check_message(*message);
  (void)wire::decode_list(bytes);
  // What comes out is bounded, whatever goes in, also where no MAC stands before it.
  for (auto method : {wire::Compressor::zlib, wire::Compressor::bz2}) {
    if (auto out = wire::inflate(method, bytes, 100'000)) BASE_CHECK(out->size() <= 100'000);
    BASE_CHECK(size > wire::kMaxMessage || wire::inflate(method, wire::deflate(method, bytes), size) == bytes);
  }
  if (auto extent = wire::netstring_extent(bytes)) BASE_CHECK(*extent <= size);
  return 0;
}
