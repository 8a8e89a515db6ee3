// SPDX-License-Identifier: Apache-2.0
// The argument of IPaddr, IPaddr2 and IPv6addr: address[/mask[/device[:label][/broadcast]]], in every spelling that
// files in the field use. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/addr.h"
#include "base/result.h"

namespace base {

struct AddressArg {
  IpAddress address;
  std::optional<int> bits;                     ///< of "24" or "255.255.255.0"
  std::string device;                          ///< empty = found by route
  std::string label;                           ///< "eth0:0" when an alias was asked for, else empty
  std::optional<IpAddress> broadcast;
  bool operator==(const AddressArg&) const = default;
};

Result<AddressArg> parse_address_arg(std::string_view text);

}  // namespace base
