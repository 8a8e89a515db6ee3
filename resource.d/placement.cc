// SPDX-License-Identifier: Apache-2.0
#include "resource.d/placement.h"

#include <algorithm>

namespace resource {

namespace {

// The most specific route, then the one with the smaller metric, then the first: as the kernel would choose.
const Route* best_route(const base::AddressArg& arg, const Tables& tables, int only_link) {
  const Route* best = nullptr;
  for (const auto& route : tables.routes) {
    const auto* link = tables.link(route.link);
    if (!link || (only_link && route.link != only_link)) continue;
    if (!only_link && link->loopback) continue;
    if (!contains(route.network, route.bits, arg.address)) continue;
    if (!best || route.bits > best->bits || (route.bits == best->bits && route.metric < best->metric)) best = &route;
  }
  return best;
}

base::IpAddress broadcast_of(const base::IpAddress& address, int bits) {
  std::uint32_t host_part = bits == 0 ? ~0u : bits == 32 ? 0u : ~0u >> bits;
  return base::IpAddress::v4(address.v4_value() | host_part);
}

}  // namespace

const Link* Tables::link(int index) const {
  auto it = std::find_if(links.begin(), links.end(), [&](const Link& l) { return l.index == index; });
  return it == links.end() ? nullptr : &*it;
}

const Link* Tables::link(std::string_view name) const {
  auto it = std::find_if(links.begin(), links.end(), [&](const Link& l) { return l.name == name; });
  return it == links.end() ? nullptr : &*it;
}

bool contains(const base::IpAddress& network, int bits, const base::IpAddress& address) {
  if (network.family() != address.family() && bits != 0) return false;
  for (int i = 0; i < bits; ++i) {
    auto byte = static_cast<std::size_t>(i / 8);
    int mask = 0x80 >> i % 8;
    if ((network.bytes()[byte] & mask) != (address.bytes()[byte] & mask)) return false;
  }
  return true;
}

base::Result<Placement> place(const base::AddressArg& arg, const Tables& tables) {
  Placement out;
  out.label = arg.label;
  const int all_bits = arg.address.is_v4() ? 32 : 128;
  const Route* route = nullptr;
  if (!arg.device.empty()) {
    const auto* link = tables.link(std::string_view(arg.device));
    if (!link) return base::fail(arg.device + ": unknown interface: No such device");
    out.link = link->index;
    out.device = link->name;
    route = best_route(arg, tables, link->index);
  } else {
    route = best_route(arg, tables, 0);
    if (!route)
      return base::fail("No interface found: there is no route to " + arg.address.str() + "; name one, as in " +
                        arg.address.str() + (arg.address.is_v4() ? "/24/eth0" : "/64/eth0"));
    out.link = route->link;
    out.device = tables.link(route->link)->name;
  }
  // A default route says nothing about the network's size: then the address stands alone.
  out.bits = arg.bits ? *arg.bits : route && route->bits > 0 ? route->bits : all_bits;
  if (arg.broadcast)
    out.broadcast = arg.broadcast;
  else if (arg.address.is_v4() && out.bits < 31)
    out.broadcast = broadcast_of(arg.address, out.bits);
  return out;
}

std::vector<Address> holders(const base::AddressArg& arg, const Tables& tables) {
  std::vector<Address> out;
  for (const auto& entry : tables.addresses) {
    if (entry.address != arg.address) continue;
    const auto* link = tables.link(entry.link);
    if (link && link->loopback && arg.device != link->name) continue;
    out.push_back(entry);
  }
  return out;
}

}  // namespace resource
