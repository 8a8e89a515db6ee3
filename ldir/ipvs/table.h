// SPDX-License-Identifier: Apache-2.0
// What an IPVS table holds, as values: services, destinations, and the operations that change them.
// No socket here; the desired table of core/policy and the kernel's table of ipvs/netlink are the same type,
// so that reconciling is comparing.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "base/addr.h"

namespace ldir::ipvs {

enum class Protocol : std::uint8_t { tcp, udp, fwm };

/// How packets reach the real server. `local` is what the kernel reports for its own addresses.
enum class Forward : std::uint8_t { masq, local, tunnel, route, bypass };  // ip_vs.h IP_VS_CONN_F_MASQ 0 ... BYPASS 4

/// A virtual service: protocol + address + port, or a firewall mark of one family.
struct ServiceKey {
  Protocol protocol = Protocol::tcp;
  base::IpAddress address;   ///< for a mark only its family counts
  std::uint16_t port = 0;    ///< 0 for marks; 0 means "all ports" with persistence
  std::uint32_t fwmark = 0;  ///< > 0 for marks
  std::string str() const;   ///< "tcp:10.0.0.1:80", "fwm:5", "fwm6:5", as ldirectord's ids
  std::string log_name() const;  ///< "10.0.0.1:80" or "5": how log texts name it
  auto operator<=>(const ServiceKey&) const = default;
};

struct ServiceOptions {
  std::string scheduler = "wrr";
  std::uint32_t persistent_s = 0;  ///< persistence timeout in seconds; 0 = not persistent
  std::uint32_t netmask = 0;       ///< IPv4: mask in host order, 0 = 255.255.255.255; IPv6: prefix length, 0 = 128
  bool ops = false;                ///< one-packet scheduling (udp only)
  std::uint32_t sched_flags = 0;   ///< IP_VS_SVC_F_SCHED1..3 = 8, 16, 32
  auto operator<=>(const ServiceOptions&) const = default;
};

struct DestKey {
  base::IpAddress address;
  std::uint16_t port = 0;
  std::string str() const;
  auto operator<=>(const DestKey&) const = default;
};

/// What packets to a real server are wrapped in; ip_vs.h IP_VS_CONN_F_TUNNEL_TYPE_*. gue since Linux 5.3, gre since 5.4.
enum class Tunnel : std::uint8_t { ipip, gue, gre };

/// What the kernel counted, and no part of what was asked for: entries that differ in it only are equal.
struct Connections {
  std::uint32_t count = 0;
  constexpr bool operator==(const Connections&) const { return true; }
  constexpr std::strong_ordering operator<=>(const Connections&) const { return std::strong_ordering::equal; }
};

struct Dest {
  Forward forward = Forward::route;
  std::uint32_t weight = 1;
  std::uint32_t upper = 0;  ///< connection thresholds, 0 = none
  std::uint32_t lower = 0;
  // Of a tunnel only; else as they are here, so that equal entries compare equal.
  Tunnel tunnel = Tunnel::ipip;
  std::uint16_t tunnel_port = 0;   ///< gue: the port it listens on
  std::uint16_t tunnel_flags = 0;  ///< IP_VS_TUNNEL_ENCAP_FLAG_CSUM = 1, _REMCSUM = 2
  Connections connections{};       ///< active and inactive ones, which together the thresholds are about
  auto operator<=>(const Dest&) const = default;
};

struct Service {
  ServiceOptions options;
  std::map<DestKey, Dest> dests;
  auto operator<=>(const Service&) const = default;
};

using Table = std::map<ServiceKey, Service>;

struct AddService { ServiceKey service; ServiceOptions options; };
struct EditService { ServiceKey service; ServiceOptions options; };
struct DeleteService { ServiceKey service; };
struct AddDest { ServiceKey service; DestKey dest; Dest value; };
struct EditDest { ServiceKey service; DestKey dest; Dest value; };
struct DeleteDest { ServiceKey service; DestKey dest; };
using Op = std::variant<AddService, EditService, DeleteService, AddDest, EditDest, DeleteDest>;

/// gate, masq, ipip, gue or gre: as configurations write it.
inline const char* method_word(Forward forward, Tunnel tunnel = Tunnel::ipip) {
  if (forward == Forward::masq) return "masq";
  if (forward != Forward::tunnel) return "gate";
  return tunnel == Tunnel::gue ? "gue" : tunnel == Tunnel::gre ? "gre" : "ipip";
}

/// The operation as an ipvsadm command line without the program name ("-a -t 10.0.0.1:80 -r ..."): for logs.
std::string describe(const Op& op);

}  // namespace ldir::ipvs
