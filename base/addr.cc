// SPDX-License-Identifier: Apache-2.0
#include "base/addr.h"

#include <arpa/inet.h>  // inet_pton and inet_ntop: pure functions over text

#include <algorithm>

#include "base/text.h"

namespace base {

IpAddress IpAddress::v4(std::uint32_t value) {
  IpAddress a;
  for (int i = 0; i < 4; ++i) a.bytes_[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
  return a;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) {
  IpAddress a;
  a.family_ = Family::v6;
  a.bytes_ = bytes;
  return a;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  // inet_pton would stop at a NUL and accept what stands before it.
  if (text.empty() || text.size() > 45 || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::string copy(text);
  IpAddress a;
  if (inet_pton(AF_INET, copy.c_str(), a.bytes_.data()) == 1) return a;
  a.family_ = Family::v6;
  if (inet_pton(AF_INET6, copy.c_str(), a.bytes_.data()) == 1) return a;
  return std::nullopt;
}

std::uint32_t IpAddress::v4_value() const {
  if (!is_v4()) return 0;
  return std::uint32_t{bytes_[0]} << 24 | std::uint32_t{bytes_[1]} << 16 | std::uint32_t{bytes_[2]} << 8 | bytes_[3];
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; }) && bytes_[15] == 1;
}

bool IpAddress::is_multicast() const { return is_v4() ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff; }

std::string IpAddress::str() const {
  char out[INET6_ADDRSTRLEN] = "";
  inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), out, sizeof out);
  return out;
}

std::string IpAddress::bracketed() const { return is_v4() ? str() : "[" + str() + "]"; }

std::string Endpoint::str() const { return address.bracketed() + ":" + std::to_string(port); }

Result<Endpoint> parse_loopback(std::string_view text) {
  const auto colon = text.rfind(':');
  auto host = text.substr(0, colon);
  auto port = parse_number<std::uint16_t>(colon == text.npos ? std::string_view() : text.substr(colon + 1));
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  if (!address || address->is_v4() == bracketed || !port || *port == 0)
    return fail("expected a loopback address and a port, such as 127.0.0.1:9694 or [::1]:9694");
  if (!address->is_loopback())
    return fail(address->bracketed() + " is not a loopback address: other machines could read it; expected such as 127.0.0.1:" +
                std::to_string(*port));
  return Endpoint{*address, *port};
}

}  // namespace base
