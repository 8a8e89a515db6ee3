// SPDX-License-Identifier: Apache-2.0
#include "base/event.h"

#include "base/text.h"

namespace base {

std::string_view Event::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

std::string Event::text() const {
  std::string out;
  std::string_view rest = kind->text;
  for (;;) {
    auto open = rest.find('{');
    out += rest.substr(0, open);
    if (open == std::string_view::npos) return out;
    auto close = rest.find('}', open);
    if (close == std::string_view::npos) return out += rest.substr(open);
    out += printable(field(rest.substr(open + 1, close - open - 1)), 2000);
    rest.remove_prefix(close + 1);
  }
}

}  // namespace base
