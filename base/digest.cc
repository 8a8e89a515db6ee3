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
/// kCrcTables[k][b]: what the byte b is worth k bytes later, so that eight are taken at once.
constexpr std::array<std::array<std::uint32_t, 256>, 8> make_crc_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{make_crc_table()};
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (std::size_t i = 0; i < 256; ++i) {
      const auto before = tables[k - 1][i];
      tables[k][i] = before << 8 ^ tables[0][before >> 24];
    }
  return tables;
}
constexpr auto kCrcTables = make_crc_tables();

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
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    crc ^= at(0) << 24 | at(1) << 16 | at(2) << 8 | at(3);
    crc = kCrcTables[7][crc >> 24] ^ kCrcTables[6][crc >> 16 & 0xff] ^ kCrcTables[5][crc >> 8 & 0xff] ^
          kCrcTables[4][crc & 0xff] ^ kCrcTables[3][at(4)] ^ kCrcTables[2][at(5)] ^ kCrcTables[1][at(6)] ^
          kCrcTables[0][at(7)];
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) crc = crc << 8 ^ kCrcTables[0][(crc >> 24 ^ at(i)) & 0xff];
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

std::string sha256(std::string_view bytes) {
  std::string out(32, '\0');
  unsigned size = 0;
  BASE_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size, EVP_sha256(), nullptr) == 1);
  return out;
}

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
