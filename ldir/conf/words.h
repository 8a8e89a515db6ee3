// SPDX-License-Identifier: Apache-2.0
// The enumerated words of ldirectord.cf: services with their standard ports, check types, schedulers and
// their flags, the states that mail can be limited to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ldir/model/service.h"

namespace ldir::conf {

struct ServiceWord {
  std::string_view name;
  model::ServiceType type;
  std::uint16_t port;  ///< standard port, 0 = none
};

std::span<const ServiceWord> service_words();
const ServiceWord* find_service(std::string_view name);
const ServiceWord& service_word(model::ServiceType type);
model::ServiceType service_of_port(std::uint16_t port);

/// connect, negotiate, ...; not the numbers.
std::optional<model::CheckType> check_type_word(std::string_view name);

std::span<const std::string_view> schedulers();

/// Comma-separated flags of `scheduler` as the kernel's bits; nullopt and the wrong flag in `wrong`.
std::optional<std::uint32_t> scheduler_flags(std::string_view scheduler, std::string_view text,
                                             std::string_view& wrong);

/// "starting, running" made regular: "all", "none" or a comma-separated list. An error sentence in `wrong`.
std::optional<std::string> email_states(std::string_view text, std::string& wrong);

}  // namespace ldir::conf
