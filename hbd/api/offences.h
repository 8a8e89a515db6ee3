// SPDX-License-Identifier: Apache-2.0
// Clients that the shell cut off, said at a bounded rate: a flood of one kind of offence neither fills the log nor hides the
// first of another kind.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace hbd::api {

class Offences {
 public:
  static constexpr base::Seconds kQuiet{10};  ///< each kind is told once per this time

  /// `why` with the number of those that were not told, or nothing if it is too soon. `kind` is one of a few literals.
  std::optional<std::string> note(std::string_view kind, std::string why, base::Mono now);

 private:
  struct Told {
    base::Mono quiet_until{};
    std::size_t more = 0;
  };
  std::map<std::string_view, Told> told_;
};

}  // namespace hbd::api
