// SPDX-License-Identifier: Apache-2.0
// Tells the neighbours that an address lives here now: gratuitous ARP for IPv4, unsolicited neighbour advertisements
// for IPv6. One packet at once, so that the switch of traffic does not wait for anything; repeats come later.
#pragma once

#include "base/addr.h"
#include "base/result.h"
#include "resource.d/placement.h"

namespace resource {

/// The bytes after the Ethernet header; `reply` chooses between the two forms in use, of which some hosts heed only one.
std::array<std::uint8_t, 28> gratuitous_arp(const base::IpAddress& address, const std::array<std::uint8_t, 6>& mac, bool reply);
/// ICMPv6 type 136 with the override flag and our link-layer address; the kernel fills in the checksum.
std::array<std::uint8_t, 32> neighbour_advertisement(const base::IpAddress& address, const std::array<std::uint8_t, 6>& mac);

/// Keeps its socket from one packet to the next: the kernel takes milliseconds to close a packet socket, which start
/// must not wait for. The process that sends the repeats inherits it and closes it last.
class Announcer {
 public:
  Announcer(base::IpAddress address, Link link) : address_(std::move(address)), link_(std::move(link)) {}
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;
  ~Announcer();
  base::Result<void> send();

 private:
  base::Result<void> open();

  base::IpAddress address_;
  Link link_;
  int fd_ = -1;
};

}  // namespace resource
