// SPDX-License-Identifier: Apache-2.0
// Where an address belongs: which interface, how many bits, which broadcast. Decided from the kernel's tables as
// values, so that every case can be tested without an interface. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/addr.h"
#include "base/result.h"
#include "base/address_arg.h"

namespace resource {

struct Link {
  int index = 0;
  std::string name;
  bool up = false, loopback = false, ethernet = false;
  std::array<std::uint8_t, 6> mac{};
};

struct Address {
  int link = 0;
  base::IpAddress address;
  int bits = 0;
  bool secondary = false;
  bool unusable = false;  ///< duplicate address detection failed
};

struct Route {
  base::IpAddress network;  ///< of the family asked for
  int bits = 0;
  int link = 0;
  std::uint32_t metric = 0;
};

struct Tables {
  std::vector<Link> links;
  std::vector<Address> addresses;  ///< of the family asked for
  std::vector<Route> routes;       ///< main table, unicast, of the family asked for
  const Link* link(int index) const;
  const Link* link(std::string_view name) const;
};

struct Placement {
  int link = 0;
  std::string device;
  int bits = 0;
  std::string label;
  std::optional<base::IpAddress> broadcast;
};

bool contains(const base::IpAddress& network, int bits, const base::IpAddress& address);

base::Result<Placement> place(const base::AddressArg& arg, const Tables& tables);

/// The entries that hold the address. Loopback does not count unless it was named: a director or real server may
/// have the VIP there for good.
std::vector<Address> holders(const base::AddressArg& arg, const Tables& tables);

}  // namespace resource
