// SPDX-License-Identifier: Apache-2.0
// What one run of a check found out about a real server, with the reason in words.
#pragma once

#include <string>

#include "base/instant.h"

namespace ldir::check {

/// Where a check failed: the network (no answer, refused), TLS, or the application's answer.
enum class Layer { none, network, tls, application };

struct Verdict {
  bool pass = false;
  Layer layer = Layer::none;
  std::string detail;        ///< one line for the operator: "200 OK", "no match for /OK/ in 512 bytes"
  base::Duration elapsed{};  ///< filled in by the probe
};

inline Verdict passed(std::string detail) {
  return {true, Layer::none, std::move(detail), {}};
}
inline Verdict failed(Layer layer, std::string detail) {
  return {false, layer, std::move(detail), {}};
}

}  // namespace ldir::check
