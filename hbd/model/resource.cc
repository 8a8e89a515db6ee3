// SPDX-License-Identifier: Apache-2.0
#include "hbd/model/resource.h"

namespace hbd::model {

namespace {
constexpr std::string_view kWords[] = {"none", "local", "foreign", "all"};
}

std::string ResourceGroup::line() const {
  std::string out = node;
  for (const auto& resource : resources) out += ' ' + resource.text;
  return out;
}

std::string_view word(Holding h) { return kWords[static_cast<int>(h) & 3]; }

std::optional<Holding> parse_holding(std::string_view text) {
  for (int i = 0; i < 4; ++i)
    if (kWords[i] == text) return static_cast<Holding>(i);
  return std::nullopt;
}

}  // namespace hbd::model
