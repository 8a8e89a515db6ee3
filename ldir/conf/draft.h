// SPDX-License-Identifier: Apache-2.0
// The file as read, before names are resolved and defaults derived: what the directives of one scope have
// set. Texts that still need work (servers, patterns) keep their place, so that a later finding can point at
// them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ldir/ipvs/table.h"
#include "ldir/model/service.h"

namespace ldir::conf {

/// A piece of the source and the line it stands on.
struct Place {
  std::size_t line = 0;
  std::string_view text;
};

/// virtual=, cut up: either a mark, or a host and a port.
struct VirtualText {
  Place all;
  base::Family family = base::Family::v4;
  std::optional<std::uint32_t> mark;
  std::string_view host, port;
  bool valid = false;
};

struct RealText {
  Place all;
  std::string_view host, last_host, port;  ///< last_host: end of a range; port may be empty
  ipvs::Dest dest;
  std::optional<Place> request, receive;  ///< both or none
};

struct FallbackText {
  Place all;
  std::string_view host, port;  ///< either may be empty
  ipvs::Forward forward = ipvs::Forward::route;
};

/// A quoted value with its place; `value` has its tabs expanded as the original does it in sections.
struct Text {
  Place at;
  std::string value;
};

/// What both scopes can say; a section inherits what it does not say.
struct Shared {
  std::optional<unsigned> check_timeout, negotiate_timeout, check_interval, check_count, failure_count;
  std::optional<unsigned> email_alert_freq;
  std::optional<bool> quiescent, cleanstop, ssl_verify;
  std::optional<FallbackText> fallback, fallback6;
  std::optional<std::string> fallback_command, email_alert, email_alert_status, smtp;
};

struct Global : Shared {
  std::optional<bool> autoreload, supervised, fork, readdquiescent;
  std::optional<std::string> callback, logfile, maintenance_dir, email_alert_from;
  std::optional<base::Endpoint> status_page;
  std::vector<std::string> execute;
  Place fork_at;
};

struct Section : Shared {
  VirtualText address;
  std::vector<RealText> reals;
  bool has_real_line = false;              ///< also a wrong one
  std::optional<ipvs::Protocol> protocol;  ///< as written; else by port
  std::optional<model::ServiceType> service;
  model::CheckType check_type = model::CheckType::negotiate;
  unsigned combined_connects = 0;
  std::optional<unsigned> check_port, persistent;
  Place check_interval_at, netmask_at, sched_flags_at, http_method_at, ops_at, check_type_at;
  std::string scheduler = "wrr";
  bool ops = false;
  std::optional<Text> request, receive;
  std::string login, passwd, database, secret, virtual_host, http_method = "GET";
  std::optional<std::string> check_command;
  std::string monitorfile, service_name, comment;
};

}  // namespace ldir::conf
