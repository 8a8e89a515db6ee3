// SPDX-License-Identifier: Apache-2.0
// How long resource scripts may take before they are killed. The original had no limit, so one that hung held up all
// that came after it; the limits here are for hanging, not for being slow. And how often they are asked whether what is
// held still runs. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/instant.h"
#include "hbd/core/effect.h"
#include "hbd/model/resource.h"

namespace hbd::core {

class Limits {
 public:
  using Env = std::vector<std::pair<std::string, std::string>>;

  Limits() = default;
  /// Of the `env` words of ha.cf (model/limit.h). NAME is that of the script, of the OCF agent, or of the unit of systemd,
  /// with _ for all but letters and digits. What is no number of seconds is ignored: conf has said so.
  explicit Limits(const Env& env);
  /// Zero: none.
  base::Millis of(const model::Resource& resource, Verb verb) const;
  /// How often its status is asked while its group is held. Zero: never, as it is unless ha.cf says otherwise.
  base::Millis every(const model::Resource& resource) const;
  /// The env word that sets its limit.
  static std::string word_for(const model::Resource& resource, Verb verb);

 private:
  std::optional<base::Millis> set_for(std::string_view word, const model::Resource& resource) const;
  std::map<std::string, base::Millis, std::less<>> set_;
};

}  // namespace hbd::core
