// SPDX-License-Identifier: Apache-2.0
#include "ldir/ipvs/genl_codec.h"

#include <linux/ip_vs.h>

#include <array>
#include <cstring>

namespace ldir::ipvs {

namespace {

// Values of the kernel's interface that other headers hold: sys/socket.h, netinet/in.h, linux/netlink.h.
constexpr std::uint16_t kAfInet = 2, kAfInet6 = 10;
constexpr std::uint16_t kTcp = 6, kUdp = 17;
constexpr std::uint16_t kNested = 0x8000, kTypeMask = 0x3fff;
constexpr std::uint32_t kAllBits = 0xffffffff;

// --- writing

template <class T>
void put(std::string& out, std::uint16_t type, const T& value) {
  const std::uint16_t head[2] = {static_cast<std::uint16_t>(4 + sizeof value), type};
  out.append(reinterpret_cast<const char*>(head), sizeof head);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
  out.append((4 - sizeof value % 4) % 4, '\0');
}

void put_text(std::string& out, std::uint16_t type, std::string_view text) {
  const std::uint16_t head[2] = {static_cast<std::uint16_t>(5 + text.size()), type};
  out.append(reinterpret_cast<const char*>(head), sizeof head);
  out.append(text);
  out.append(4 - text.size() % 4, '\0');  // its terminator and the padding
}

void put_nested(std::string& out, std::uint16_t type, std::string_view inner) {
  const std::uint16_t head[2] = {static_cast<std::uint16_t>(4 + inner.size()), static_cast<std::uint16_t>(type | kNested)};
  out.append(reinterpret_cast<const char*>(head), sizeof head);
  out.append(inner);
}

std::uint16_t swap16(std::uint16_t v) { return __builtin_bswap16(v); }
std::uint16_t net16(std::uint16_t v) { return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? swap16(v) : v; }
std::uint32_t net32(std::uint32_t v) { return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(v) : v; }

std::uint16_t af(const base::IpAddress& a) { return a.is_v4() ? kAfInet : kAfInet6; }

std::string service_key(const ServiceKey& key) {
  std::string out;
  put(out, IPVS_SVC_ATTR_AF, af(key.address));
  if (key.protocol == Protocol::fwm) {
    put(out, IPVS_SVC_ATTR_FWMARK, key.fwmark);
  } else {
    put(out, IPVS_SVC_ATTR_PROTOCOL, key.protocol == Protocol::udp ? kUdp : kTcp);
    put(out, IPVS_SVC_ATTR_ADDR, key.address.bytes());
    put(out, IPVS_SVC_ATTR_PORT, net16(key.port));
  }
  return out;
}

// The kernel wants all of these for a new service and for a changed one.
std::string full_service(const ServiceKey& key, const ServiceOptions& o) {
  std::string out = service_key(key);
  put_text(out, IPVS_SVC_ATTR_SCHED_NAME, o.scheduler);
  ip_vs_flags flags{};
  flags.flags = o.sched_flags | (o.persistent_s ? IP_VS_SVC_F_PERSISTENT : 0) | (o.ops ? IP_VS_SVC_F_ONEPACKET : 0);
  flags.mask = kAllBits;
  put(out, IPVS_SVC_ATTR_FLAGS, flags);
  put(out, IPVS_SVC_ATTR_TIMEOUT, o.persistent_s);
  const bool v4 = key.address.is_v4();
  const std::uint32_t mask = o.persistent_s && o.netmask ? o.netmask : v4 ? kAllBits : 128;
  put(out, IPVS_SVC_ATTR_NETMASK, v4 ? net32(mask) : mask);
  return out;
}

std::string dest_key(const DestKey& key) {
  std::string out;
  put(out, IPVS_DEST_ATTR_ADDR_FAMILY, af(key.address));
  put(out, IPVS_DEST_ATTR_ADDR, key.address.bytes());
  put(out, IPVS_DEST_ATTR_PORT, net16(key.port));
  return out;
}

std::string full_dest(const DestKey& key, const Dest& d) {
  std::string out = dest_key(key);
  put(out, IPVS_DEST_ATTR_FWD_METHOD, static_cast<std::uint32_t>(d.forward));
  put(out, IPVS_DEST_ATTR_WEIGHT, d.weight);
  put(out, IPVS_DEST_ATTR_U_THRESH, d.upper);
  put(out, IPVS_DEST_ATTR_L_THRESH, d.lower);
  if (d.forward != Forward::tunnel || d.tunnel == Tunnel::ipip) return out;  // which old kernels understand, too
  put(out, IPVS_DEST_ATTR_TUN_TYPE, static_cast<std::uint8_t>(d.tunnel));
  put(out, IPVS_DEST_ATTR_TUN_PORT, net16(d.tunnel_port));
  put(out, IPVS_DEST_ATTR_TUN_FLAGS, d.tunnel_flags);
  return out;
}

Request request(std::uint8_t command, std::string_view service, std::string_view dest = {}) {
  Request out{command, {}};
  put_nested(out.attributes, IPVS_CMD_ATTR_SERVICE, service);
  if (!dest.empty()) put_nested(out.attributes, IPVS_CMD_ATTR_DEST, dest);
  return out;
}

struct Encode {
  Request operator()(const AddService& op) const { return request(IPVS_CMD_NEW_SERVICE, full_service(op.service, op.options)); }
  Request operator()(const EditService& op) const { return request(IPVS_CMD_SET_SERVICE, full_service(op.service, op.options)); }
  Request operator()(const DeleteService& op) const { return request(IPVS_CMD_DEL_SERVICE, service_key(op.service)); }
  Request operator()(const AddDest& op) const {
    return request(IPVS_CMD_NEW_DEST, service_key(op.service), full_dest(op.dest, op.value));
  }
  Request operator()(const EditDest& op) const {
    return request(IPVS_CMD_SET_DEST, service_key(op.service), full_dest(op.dest, op.value));
  }
  Request operator()(const DeleteDest& op) const {
    return request(IPVS_CMD_DEL_DEST, service_key(op.service), dest_key(op.dest));
  }
};

// --- reading

constexpr std::size_t kMaxAttribute = 16;  // above the highest type that we read
using Attributes = std::array<std::optional<std::string_view>, kMaxAttribute>;

// The attributes of `bytes` by type; stops at the first that does not fit.
Attributes parse(std::string_view bytes) {
  Attributes out;
  while (bytes.size() >= 4) {
    std::uint16_t head[2];
    std::memcpy(head, bytes.data(), sizeof head);
    if (head[0] < 4 || head[0] > bytes.size()) break;
    const std::size_t type = head[1] & kTypeMask;
    if (type < kMaxAttribute) out[type] = bytes.substr(4, head[0] - 4u);
    bytes.remove_prefix(std::min<std::size_t>((head[0] + 3u) & ~3u, bytes.size()));
  }
  return out;
}

template <class T>
bool get(const std::optional<std::string_view>& attribute, T& value) {
  if (!attribute || attribute->size() < sizeof value) return false;
  std::memcpy(&value, attribute->data(), sizeof value);
  return true;
}

bool get_address(const std::optional<std::string_view>& attribute, bool v4, base::IpAddress& out) {
  std::array<std::uint8_t, 16> bytes{};
  if (!attribute || attribute->size() < (v4 ? 4u : 16u)) return false;
  std::memcpy(bytes.data(), attribute->data(), std::min<std::size_t>(attribute->size(), 16));
  if (v4) {
    std::uint32_t value;
    std::memcpy(&value, bytes.data(), sizeof value);
    out = base::IpAddress::v4(net32(value));
  } else {
    out = base::IpAddress::v6(bytes);
  }
  return true;
}

}  // namespace

Request list_services() { return {IPVS_CMD_GET_SERVICE, {}}; }
Request list_dests(const ServiceKey& service) { return request(IPVS_CMD_GET_DEST, service_key(service)); }
Request encode(const Op& op) { return std::visit(Encode{}, op); }

std::optional<std::pair<ServiceKey, ServiceOptions>> decode_service(std::string_view attributes) {
  const auto outer = parse(attributes);
  if (!outer[IPVS_CMD_ATTR_SERVICE]) return std::nullopt;
  const auto a = parse(*outer[IPVS_CMD_ATTR_SERVICE]);

  ServiceKey key;
  std::uint16_t family = 0, protocol = 0, port = 0;
  if (!get(a[IPVS_SVC_ATTR_AF], family) || (family != kAfInet && family != kAfInet6)) return std::nullopt;
  const bool v4 = family == kAfInet;
  if (get(a[IPVS_SVC_ATTR_FWMARK], key.fwmark) && key.fwmark) {
    key.protocol = Protocol::fwm;
    key.address = v4 ? base::IpAddress{} : base::IpAddress::v6({});
  } else {
    key.fwmark = 0;
    if (!get(a[IPVS_SVC_ATTR_PROTOCOL], protocol) || (protocol != kTcp && protocol != kUdp)) return std::nullopt;
    key.protocol = protocol == kUdp ? Protocol::udp : Protocol::tcp;
    if (!get_address(a[IPVS_SVC_ATTR_ADDR], v4, key.address) || !get(a[IPVS_SVC_ATTR_PORT], port)) return std::nullopt;
    key.port = net16(port);
  }

  ServiceOptions o;
  ip_vs_flags flags{};
  if (!a[IPVS_SVC_ATTR_SCHED_NAME] || !get(a[IPVS_SVC_ATTR_FLAGS], flags)) return std::nullopt;
  o.scheduler = a[IPVS_SVC_ATTR_SCHED_NAME]->substr(0, a[IPVS_SVC_ATTR_SCHED_NAME]->find('\0'));
  o.ops = flags.flags & IP_VS_SVC_F_ONEPACKET;
  o.sched_flags = flags.flags & (IP_VS_SVC_F_SCHED1 | IP_VS_SVC_F_SCHED2 | IP_VS_SVC_F_SCHED3);
  if (flags.flags & IP_VS_SVC_F_PERSISTENT) {
    get(a[IPVS_SVC_ATTR_TIMEOUT], o.persistent_s);
    if (std::uint32_t mask = 0; get(a[IPVS_SVC_ATTR_NETMASK], mask)) {
      if (v4) mask = net32(mask);
      o.netmask = mask == (v4 ? kAllBits : 128) ? 0 : mask;  // the default has one spelling: 0
    }
  }
  return std::pair(key, o);
}

std::optional<std::pair<DestKey, Dest>> decode_dest(std::string_view attributes, base::Family family) {
  const auto outer = parse(attributes);
  if (!outer[IPVS_CMD_ATTR_DEST]) return std::nullopt;
  const auto a = parse(*outer[IPVS_CMD_ATTR_DEST]);

  std::uint16_t own_family = 0, port = 0;
  bool v4 = family == base::Family::v4;
  if (get(a[IPVS_DEST_ATTR_ADDR_FAMILY], own_family)) v4 = own_family == kAfInet;
  DestKey key;
  if (!get_address(a[IPVS_DEST_ATTR_ADDR], v4, key.address) || !get(a[IPVS_DEST_ATTR_PORT], port)) return std::nullopt;
  key.port = net16(port);

  Dest d;
  std::uint32_t forward = 0;
  if (!get(a[IPVS_DEST_ATTR_FWD_METHOD], forward) || !get(a[IPVS_DEST_ATTR_WEIGHT], d.weight)) return std::nullopt;
  forward &= IP_VS_CONN_F_FWD_MASK;
  if (forward > IP_VS_CONN_F_BYPASS) return std::nullopt;
  d.forward = static_cast<Forward>(forward);
  get(a[IPVS_DEST_ATTR_U_THRESH], d.upper);
  get(a[IPVS_DEST_ATTR_L_THRESH], d.lower);
  std::uint32_t active = 0, inactive = 0;
  get(a[IPVS_DEST_ATTR_ACTIVE_CONNS], active);
  get(a[IPVS_DEST_ATTR_INACT_CONNS], inactive);
  d.connections.count = active + inactive;
  std::uint8_t tunnel = 0;
  if (d.forward != Forward::tunnel || !get(a[IPVS_DEST_ATTR_TUN_TYPE], tunnel) || tunnel == 0) return std::pair(key, d);
  if (tunnel > static_cast<std::uint8_t>(Tunnel::gre)) return std::nullopt;
  d.tunnel = static_cast<Tunnel>(tunnel);
  if (get(a[IPVS_DEST_ATTR_TUN_PORT], d.tunnel_port)) d.tunnel_port = net16(d.tunnel_port);
  get(a[IPVS_DEST_ATTR_TUN_FLAGS], d.tunnel_flags);
  return std::pair(key, d);
}

}  // namespace ldir::ipvs
