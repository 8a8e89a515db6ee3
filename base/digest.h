// SPDX-License-Identifier: Apache-2.0
// The message digests of the cluster protocol and of file comparison. Pure functions over bytes (libcrypto inside).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace base {

/// CRC-32, polynomial 0x04C11DB7, most significant bit first, start 0, final complement: POSIX cksum without the
/// appended length. The `crc` method of authkeys (reference: heartbeat wire format, section MACs).
std::uint32_t crc32_msb(std::string_view bytes);

/// HMAC (RFC 2104) in lower-case hex: 32, 40 and 64 digits.
std::string hmac_md5_hex(std::string_view key, std::string_view bytes);
std::string hmac_sha1_hex(std::string_view key, std::string_view bytes);
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);

/// MD5 as 16 bytes; for protocols that are built on it (RADIUS, APOP).
std::string md5(std::string_view bytes);
/// `bytes` in lower-case hex.
std::string to_hex(std::string_view bytes);

/// SHA-256 as 32 bytes.
std::string sha256(std::string_view bytes);
/// SHA-256 in lower-case hex, 64 digits.
std::string sha256_hex(std::string_view bytes);

/// Equality whose time depends on the lengths only, for MACs.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace base
