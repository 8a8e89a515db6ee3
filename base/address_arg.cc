// SPDX-License-Identifier: Apache-2.0
#include "base/address_arg.h"

#include <bit>

#include "base/text.h"

namespace base {

namespace {

constexpr std::size_t kMaxDevice = 15;  // IFNAMSIZ without its NUL

bool starts_with_digit(std::string_view s) { return !s.empty() && s[0] >= '0' && s[0] <= '9'; }

std::optional<int> parse_mask(std::string_view text, Family family) {
  if (auto bits = parse_number<int>(text)) {
    if (*bits < 0 || *bits > (family == Family::v4 ? 32 : 128)) return std::nullopt;
    return bits;
  }
  auto dotted = IpAddress::parse(text);
  if (family != Family::v4 || !dotted || !dotted->is_v4()) return std::nullopt;
  auto mask = dotted->v4_value();
  int ones = std::countl_one(mask);
  if (ones < 32 && mask << ones != 0) return std::nullopt;  // holes in the mask
  return ones;
}

Result<void> take_device(std::string_view part, AddressArg& arg) {
  auto colon = part.find(':');
  arg.device = part.substr(0, colon);
  if (colon != std::string_view::npos) arg.label = part;
  if (part.size() > kMaxDevice || arg.device.empty() || (colon != std::string_view::npos && colon + 1 == part.size()))
    return fail("[" + printable(part, 40) + "] is not the name of an interface");
  return {};
}

}  // namespace

Result<AddressArg> parse_address_arg(std::string_view text) {
  // Runs of slashes count as one and trailing ones for nothing: "//8/eth0", "/24/eth0/".
  auto parts = words(text, "/");
  AddressArg arg;
  auto address = parts.empty() ? std::nullopt : IpAddress::parse(parts[0]);
  if (!address) return fail("[" + printable(parts.empty() ? text : parts[0], 60) + "] not an IP address");
  arg.address = *address;

  std::size_t next = 1;
  if (next < parts.size()) {
    if (starts_with_digit(parts[next])) {
      arg.bits = parse_mask(parts[next], arg.address.family());
      if (!arg.bits) return fail("Invalid netmask specification [" + printable(parts[next], 40) + "]");
      ++next;
    }
    // A device in the mask's place is taken as one: "10.0.0.1/eth0".
  }
  if (next < parts.size() && !starts_with_digit(parts[next]))
    if (auto taken = take_device(parts[next++], arg); !taken) return tl::unexpected(taken.error());
  if (next < parts.size()) {
    arg.broadcast = IpAddress::parse(parts[next]);
    if (!arg.broadcast || !arg.broadcast->is_v4() || !arg.address.is_v4())
      return fail("Invalid broadcast address [" + printable(parts[next], 40) + "]");
    ++next;
  }
  if (next < parts.size()) return fail("[" + printable(parts[next], 40) + "] is one part too many");
  return arg;
}

}  // namespace base
