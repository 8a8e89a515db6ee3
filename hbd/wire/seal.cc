// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/seal.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/digest.h"
#include "base/text.h"
#include "hbd/wire/netstring.h"
#include "hbd/wire/text_form.h"

namespace hbd::wire {

namespace {

tl::unexpected<Refusal> refuse(RefusalKind kind, std::string detail) {
  return tl::unexpected<Refusal>(Refusal{kind, std::move(detail)});
}

std::string mac(const model::AuthKey& key, std::string_view bytes) {
  switch (key.method) {
    case model::AuthKey::Method::crc: return fmt::format("{:x}", base::crc32_msb(bytes));  // not zero padded
    case model::AuthKey::Method::md5: return base::hmac_md5_hex(key.key, bytes);
    case model::AuthKey::Method::sha1: return base::hmac_sha1_hex(key.key, bytes);
    case model::AuthKey::Method::sha256: return base::hmac_sha256_hex(key.key, bytes);
  }
  return {};
}

constexpr std::size_t kLongestTrailer = sizeof "67:15 ," + 64;

/// "1 8dac69b2"
std::string signature(const model::AuthKeys& keys, std::string_view bytes) {
  auto key = keys.keys.find(keys.sign_with);
  BASE_CHECK(key != keys.keys.end());  // conf never lets such a model through
  return fmt::format("{} {}", keys.sign_with, mac(key->second, bytes));
}

std::optional<Refusal> verify(std::string_view signature, std::string_view bytes, const model::AuthKeys& keys) {
  auto blank = signature.find(' ');
  auto number = base::parse_number<int>(signature.substr(0, blank));
  if (blank == std::string_view::npos || !number)
    return Refusal{RefusalKind::garbage, "a MAC without key number"};
  auto key = keys.keys.find(*number);
  if (key == keys.keys.end())
    return Refusal{RefusalKind::wrong_key_number, fmt::format("signed with key {}, which authkeys does not list", *number)};
  if (!base::equal_in_constant_time(signature.substr(blank + 1), mac(key->second, bytes)))
    return Refusal{RefusalKind::wrong_mac, fmt::format("not signed with our key {}", *number)};
  return std::nullopt;
}

tl::expected<Message, Refusal> open_netstring(std::string_view packet, const model::AuthKeys& keys) {
  auto extent = netstring_extent(packet);
  if (!extent) return tl::unexpected<Refusal>(std::move(extent.error()));
  auto body = packet.substr(0, *extent);
  auto rest = packet.substr(*extent);
  if (rest.empty()) return refuse(RefusalKind::no_mac, "no MAC after %%%");
  auto trailer = take_netstring(rest);
  if (!trailer) return tl::unexpected<Refusal>(std::move(trailer.error()));
  if (!rest.empty()) return refuse(RefusalKind::garbage, "bytes after the MAC");
  // No field is looked at before its sender is known to hold the key.
  if (auto refusal = verify(*trailer, body, keys)) return tl::unexpected<Refusal>(std::move(*refusal));
  return decode_netstring(body);
}

tl::expected<Message, Refusal> open_text(std::string_view packet, const model::AuthKeys& keys) {
  auto message = decode_text(packet);
  if (!message) return message;
  if (!message->has("auth")) return refuse(RefusalKind::no_mac, "no auth field");
  if (auto refusal = verify(message->get("auth"), text_lines(*message), keys))
    return tl::unexpected<Refusal>(std::move(*refusal));
  return message;
}

}  // namespace

Packing packing_of(const model::Cluster& cluster) {
  Packing out;
  out.method = compressor(cluster.compression).value_or(Compressor::zlib);
  if (cluster.traditional_compression)
    out.threshold = std::min(kMaxDatagram, static_cast<std::size_t>(cluster.compression_threshold_kib) * 1024);
  return out;
}

std::string seal(const Message& message, const model::AuthKeys& keys, model::MessageFormat format, const Packing& packing) {
  Message copy = message;
  copy.remove("auth");
  if (format == model::MessageFormat::classic) copy.add("auth", signature(keys, text_lines(copy)));
  auto body = encode_netstring(copy);
  // As the original's: the inner `auth` goes along, the outer message has none but the trailer.
  if (body.size() + kLongestTrailer > packing.threshold) {
    auto packed = encode_netstring(pack_message(packing.method, body));
    if (packed.size() < body.size()) body = std::move(packed);
  }
  auto trailer = signature(keys, body);
  return fmt::format("{}{}:{},", body, trailer.size(), trailer);
}

std::string seal_text(const Message& message, const model::AuthKeys& keys) {
  Message copy = message;
  copy.remove("auth");
  copy.add("auth", signature(keys, text_lines(copy)));
  return encode_text(copy);
}

tl::expected<Message, Refusal> open(std::string_view packet, const model::AuthKeys& keys) {
  if (packet.size() > kMaxMessage) return refuse(RefusalKind::oversized, fmt::format("{} bytes", packet.size()));
  auto message = packet.starts_with('>') ? open_text(packet, keys) : open_netstring(packet, keys);
  if (message && is_packed(*message)) message = unpack_message(*message);
  if (message) message->remove("auth");
  return message;
}

}  // namespace hbd::wire
