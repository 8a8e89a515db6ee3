// SPDX-License-Identifier: Apache-2.0
// What the status verbs print: text for people, with or without the reasons, and JSON for programs. Values in, text
// out.
#pragma once

#include <string>
#include <vector>

#include "ldir/core/explain.h"

namespace ldir::core {

struct Status {
  std::string config;
  std::string phase;  ///< starting, running, reloading, stopping
  int pid = 0;
  base::Mono now{};   ///< the same moment in both clocks, for dates
  base::Wall wall{};
  std::vector<ServiceExplanation> services;
  std::string host{};
  Tally tally{};
  Errands errands{};
};

std::string status_text(const Status& status, bool reasons);
/// What `ldirectord FILE status --json` prints and the status page reads.
std::string status_json(const Status& status);

/// "real", "fallback", "foreign".
const char* role_name(const Explanation& entry);
/// "up", "down", "unknown", "maintenance"; of a fallback "on", "off"; of a foreign entry its placement.
std::string state_word(const Explanation& entry);

}  // namespace ldir::core
