// SPDX-License-Identifier: Apache-2.0
// IPVS values as generic netlink attributes (linux/ip_vs.h) and back. Bytes only, no socket: netlink.cc puts the
// message headers around them. Decoding survives any bytes; what we do not understand (SCTP services, say) is
// nullopt and stays foreign.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ldir/ipvs/table.h"

namespace ldir::ipvs {

/// One request of the IPVS family: the command (IPVS_CMD_*) and its attributes.
struct Request {
  std::uint8_t command = 0;
  std::string attributes;
};

Request list_services();                      ///< to be sent as a dump
Request list_dests(const ServiceKey& service);  ///< to be sent as a dump
Request encode(const Op& op);

/// The attributes of one message of a dump of services.
std::optional<std::pair<ServiceKey, ServiceOptions>> decode_service(std::string_view attributes);
/// The attributes of one message of a dump of destinations. `family` is the service's: old kernels do not say.
std::optional<std::pair<DestKey, Dest>> decode_dest(std::string_view attributes, base::Family family);

}  // namespace ldir::ipvs
