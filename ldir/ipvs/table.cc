// SPDX-License-Identifier: Apache-2.0
#include "ldir/ipvs/table.h"

#include <fmt/format.h>

namespace ldir::ipvs {

namespace {

std::string host_port(const base::IpAddress& address, unsigned port) {
  return fmt::format("{}:{}", address.bracketed(), port);
}

// ipvsadm's spelling of a service: -t and -u with an address, -f with a mark and -6 for its IPv6 half.
std::string service_option(const ServiceKey& key) {
  if (key.protocol == Protocol::fwm) return fmt::format("-f {}{}", key.fwmark, key.address.is_v4() ? "" : " -6");
  return fmt::format("{} {}", key.protocol == Protocol::udp ? "-u" : "-t", host_port(key.address, key.port));
}

// The two schedulers that name their flags; the others have flag-1 to flag-3 (ipvsadm(8), --sched-flags).
std::string flag_names(const std::string& scheduler, std::uint32_t flags) {
  const bool named = scheduler == "sh" || scheduler == "mh";
  std::string out;
  for (int i = 0; i < 3; ++i) {
    if (!(flags & 8u << i)) continue;
    if (!out.empty()) out += ',';
    out += named && i < 2 ? scheduler + (i == 0 ? "-fallback" : "-port") : fmt::format("flag-{}", i + 1);
  }
  return out;
}

std::string options(const ServiceKey& key, const ServiceOptions& o) {
  std::string out = " -s " + o.scheduler;
  if (o.persistent_s) {
    out += fmt::format(" -p {}", o.persistent_s);
    if (o.netmask) out += " -M " + (key.address.is_v4() ? base::IpAddress::v4(o.netmask).str() : fmt::to_string(o.netmask));
  }
  if (o.ops) out += " -o";
  if (o.sched_flags) out += " -b " + flag_names(o.scheduler, o.sched_flags);
  return out;
}

std::string dest_value(const Dest& d) {
  const char* method = d.forward == Forward::masq ? "-m" : d.forward == Forward::tunnel ? "-i" : "-g";
  std::string out = fmt::format(" {} -w {}", method, d.weight);
  if (d.upper) out += fmt::format(" -x {}", d.upper);
  if (d.lower) out += fmt::format(" -y {}", d.lower);
  if (d.forward != Forward::tunnel) return out;
  out += fmt::format(" --tun-type {}", method_word(d.forward, d.tunnel));
  if (d.tunnel == Tunnel::ipip) return out;
  if (d.tunnel == Tunnel::gue) out += fmt::format(" --tun-port {}", d.tunnel_port);
  out += d.tunnel_flags & 2 ? " --tun-remcsum" : d.tunnel_flags & 1 ? " --tun-csum" : " --tun-nocsum";
  return out;
}

struct Describe {
  std::string operator()(const AddService& op) const { return "-A " + service_option(op.service) + options(op.service, op.options); }
  std::string operator()(const EditService& op) const { return "-E " + service_option(op.service) + options(op.service, op.options); }
  std::string operator()(const DeleteService& op) const { return "-D " + service_option(op.service); }
  std::string operator()(const AddDest& op) const { return dest("-a ", op.service, op.dest) + dest_value(op.value); }
  std::string operator()(const EditDest& op) const { return dest("-e ", op.service, op.dest) + dest_value(op.value); }
  std::string operator()(const DeleteDest& op) const { return dest("-d ", op.service, op.dest); }
  static std::string dest(const char* verb, const ServiceKey& service, const DestKey& key) {
    return verb + service_option(service) + " -r " + key.str();
  }
};

}  // namespace

std::string ServiceKey::str() const {
  if (protocol == Protocol::fwm) return fmt::format("fwm{}:{}", address.is_v4() ? "" : "6", fwmark);
  return fmt::format("{}:{}", protocol == Protocol::udp ? "udp" : "tcp", host_port(address, port));
}

std::string ServiceKey::log_name() const {
  return protocol == Protocol::fwm ? fmt::to_string(fwmark) : host_port(address, port);
}

std::string DestKey::str() const { return host_port(address, port); }

std::string describe(const Op& op) { return std::visit(Describe{}, op); }

}  // namespace ldir::ipvs
