// SPDX-License-Identifier: Apache-2.0
// IP addresses as values, both families. Text forms are the ones of inet_pton(3); no names are resolved here.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace base {

enum class Family : std::uint8_t { v4, v6 };

class IpAddress {
 public:
  IpAddress() = default;  ///< 0.0.0.0
  static IpAddress v4(std::uint32_t host_order);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);
  /// A literal of either family, without brackets, port or zone; nullopt for anything else.
  static std::optional<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::v4; }
  bool is_loopback() const;
  bool is_multicast() const;
  std::uint32_t v4_value() const;  ///< host order; 0 for IPv6
  /// Network order; IPv4 uses the first 4 bytes.
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string str() const;        ///< "10.0.0.1", "fd00::1"
  std::string bracketed() const;  ///< "10.0.0.1", "[fd00::1]"
  auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::v4;
  std::array<std::uint8_t, 16> bytes_{};
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  std::string str() const;  ///< "10.0.0.1:80", "[fd00::1]:80"
  auto operator<=>(const Endpoint&) const = default;
};

/// "127.0.0.1:9694" or "[::1]:9694": an address of this machine that no other can reach, and a port of 1 to 65535.
/// Anything else is an error that says what was expected.
Result<Endpoint> parse_loopback(std::string_view text);

}  // namespace base
