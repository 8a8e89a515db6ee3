// SPDX-License-Identifier: Apache-2.0
// Packets that have no effect, said at a bounded rate: the first of a kind at once, then one summary per
// minute, whatever is thrown at us.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "hbd/core/effect.h"

namespace hbd::elect::heartbeat {

class Complaints {
 public:
  /// `kind` is one of a few literals and names the counter; `reason` is for the summary, in words.
  void note(std::string_view kind, base::Event first, std::string reason, std::string_view from,
            std::string_view link, base::Mono now, core::Effects& out);
  void tick(base::Mono now, core::Effects& out);
  base::Mono next_wake() const;
  /// Only counts: what has a line of its own, or what the operator does not want to hear of (log_badpack).
  void count(std::string_view kind) { ++totals_[kind]; }
  const std::map<std::string_view, std::uint64_t>& totals() const { return totals_; }  ///< by kind

 private:
  struct Count {
    std::uint64_t more = 0;
    base::Mono summary_at{};
    std::string from, link, reason;  ///< of the last one
  };
  std::map<std::string_view, Count> counts_;
  std::map<std::string_view, std::uint64_t> totals_;
};

}  // namespace hbd::elect::heartbeat
