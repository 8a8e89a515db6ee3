// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/check.h"

namespace base {

namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i << 24;
    for (int bit = 0; bit < 8; ++bit) value = value & 0x80000000u ? value << 1 ^ 0x04C11DB7u : value << 1;
    table[i] = value;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

std::string to_hex(const unsigned char* bytes, unsigned size) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) out += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
  return out;
}

const unsigned char* as_uchar(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

std::string hmac_hex(const EVP_MD* method, std::string_view key, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  BASE_CHECK(HMAC(method, key.data(), static_cast<int>(key.size()), as_uchar(bytes), bytes.size(), out, &size));
  return to_hex(out, size);
}

}  // namespace

std::uint32_t crc32_msb(std::string_view bytes) {
  std::uint32_t crc = 0;
  for (char c : bytes) crc = crc << 8 ^ kCrcTable[(crc >> 24 ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::string hmac_md5_hex(std::string_view key, std::string_view bytes) { return hmac_hex(EVP_md5(), key, bytes); }
std::string hmac_sha1_hex(std::string_view key, std::string_view bytes) {
  return hmac_hex(EVP_sha1(), key, bytes);
}
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  return hmac_hex(EVP_sha256(), key, bytes);
}

std::string md5(std::string_view bytes) {
  std::string out(16, '\0');
  unsigned size = 0;
  BASE_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size, EVP_md5(), nullptr));
  return out;
}
std::string to_hex(std::string_view bytes) { return to_hex(as_uchar(bytes), static_cast<unsigned>(bytes.size())); }

std::string sha256_hex(std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  BASE_CHECK(EVP_Digest(bytes.data(), bytes.size(), out, &size, EVP_sha256(), nullptr) == 1);
  return to_hex(out, size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace base
