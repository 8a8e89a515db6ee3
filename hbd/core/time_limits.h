// SPDX-License-Identifier: Apache-2.0
// How long resource scripts may take before they are killed. The original had no limit, so one that hung held up all
// that came after it; the limits here are for hanging, not for being slow. Pure.
#pragma once

#include <map>
#include <string>
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
  /// The env word that sets it.
  static std::string word_for(const model::Resource& resource, Verb verb);

 private:
  std::map<std::string, base::Millis, std::less<>> set_;
};

}  // namespace hbd::core
