// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/offences.h"

#include <utility>

#include <fmt/format.h>

namespace hbd::api {

std::optional<std::string> Offences::note(std::string_view kind, std::string why, base::Mono now) {
  auto& told = told_[kind];
  if (now < told.quiet_until) {
    ++told.more;
    return std::nullopt;
  }
  told.quiet_until = now + kQuiet;
  if (told.more > 0) why += fmt::format(" ({} more before)", std::exchange(told.more, 0));
  return why;
}

}  // namespace hbd::api
