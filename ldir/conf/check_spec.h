// SPDX-License-Identifier: Apache-2.0
// The check of a real server, complete and regular: what does not matter to a check type is left at its
// default, so that equal checks compare equal and run once.
#pragma once

#include <optional>

#include "ldir/conf/draft.h"
#include "ldir/conf/findings.h"
#include "ldir/conf/resolver.h"

namespace ldir::conf {

/// What all checks of a section share.
struct CheckBase {
  model::CheckSpec spec;         ///< without address, port, request and receive
  std::string request, receive;  ///< of the section
  std::optional<std::uint16_t> check_port;
  std::string external_args[2];  ///< of the virtual service
  std::uint16_t virtual_port = 0;
  std::uint16_t standard_port = 0;  ///< of the service
};

CheckBase check_base(const Section& section, const Global& global, const ipvs::ServiceKey& key,
                     const Resolver& resolver, Findings& say);

/// Refuses a receive pattern that no check could run.
void require_pattern(Place at, std::string_view pattern, Findings& say);

/// `port` is the real server's as configured, 0 = none.
model::CheckSpec check_of(const CheckBase& base, const RealText& real, const base::IpAddress& address,
                          std::uint16_t port, const Resolver& resolver, Findings& say);

/// What this check lacks, without which it fails whatever the real server answers; empty: nothing. Older programs take
/// such a file, so it is no error.
std::string never_up(const model::CheckSpec& spec);

}  // namespace ldir::conf
