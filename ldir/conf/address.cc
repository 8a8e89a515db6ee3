// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/address.h"

#include <algorithm>

#include "base/text.h"

namespace ldir::conf {

namespace {

constexpr std::size_t kLongestName = 253;  // RFC 1035, 2.3.4, as text

// As inet_aton(3) has it: of two or three numbers the last one fills the rest, 10.1 is 10.0.0.1. It reads a number with a
// leading zero as octal: where that makes no difference we follow; else nobody can know what was meant. A lone number is
// refused: whoever writes one has left something out.
base::Result<base::IpAddress> dotted(std::string_view text) {
  std::uint32_t value = 0;
  auto numbers = base::split(text, '.');
  if (numbers.size() < 2 || numbers.size() > 4) return base::fail("this is not an IPv4 address");
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const int bits = i + 1 < numbers.size() ? 8 : 8 * static_cast<int>(5 - numbers.size());
    auto decimal = base::parse_number<std::uint32_t>(numbers[i]);
    if (!decimal || *decimal >> bits != 0) return base::fail("this is not an IPv4 address");
    if (numbers[i].size() > 1 && numbers[i].front() == '0' && base::parse_number<std::uint32_t>(numbers[i], 8) != decimal)
      return base::fail("an octet with a leading zero is octal for some programs: leave the zeros out");
    value = value << bits | *decimal;
  }
  return base::IpAddress::v4(value);
}

}  // namespace

base::Result<base::IpAddress> resolve_host(const Resolver& resolver, std::string_view text,
                                           base::Family family) {
  if (text.empty()) {
    std::array<std::uint8_t, 16> loopback{};
    loopback[15] = 1;
    return family == base::Family::v4 ? base::IpAddress::v4(0x7f000001) : base::IpAddress::v6(loopback);
  }
  bool bracketed = text.starts_with('[') && text.ends_with(']');
  auto literal = base::IpAddress::parse(bracketed ? text.substr(1, text.size() - 2) : text);
  if (literal && literal->family() == family) return *literal;
  if (literal)
    return base::fail(literal->is_v4() ? "an IPv6 address is required" : "an IPv4 address is required");
  if (bracketed) return base::fail("this is not an IPv6 address");
  if (text.find_first_not_of("0123456789.") == std::string_view::npos) {
    auto address = dotted(text);
    if (address && family == base::Family::v6) return base::fail("an IPv6 address is required");
    return address;
  }
  if (text.size() > kLongestName) return base::fail("the name is too long");
  auto found = resolver.host({std::string(text), family});
  for (const auto& address : found.addresses)
    if (address.family() == family) return address;
  if (found.silent) return base::fail("no name server has answered for this name");
  return base::fail(family == base::Family::v4 ? "no IPv4 address is known for this name"
                                               : "no IPv6 address is known for this name");
}

std::vector<base::IpAddress> further_addresses(const Resolver& resolver, std::string_view text,
                                               const base::IpAddress& first) {
  if (text.empty() || text.starts_with('[') || text.size() > kLongestName ||
      text.find_first_not_of("0123456789.") == std::string_view::npos)
    return {};
  auto all = resolver.host({std::string(text), first.family()}).addresses;
  std::erase_if(all, [&](const auto& a) { return a == first || a.family() != first.family(); });
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

base::Result<std::uint16_t> resolve_port(const Resolver& resolver, std::string_view text,
                                         std::string_view protocol) {
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    auto n = base::parse_number<std::uint16_t>(text);
    if (!n) return base::fail("a port is a number from 0 to 65535");
    return *n;
  }
  if (text.size() > kLongestName) return base::fail("the name is too long");
  auto found = resolver.service(std::string(text), std::string(protocol));
  if (!found && !protocol.empty()) found = resolver.service(std::string(text), "");
  if (!found) return base::fail("no service of this name is known");
  return *found;
}

}  // namespace ldir::conf
