// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/receive.h"

#include <fmt/format.h>

#include "base/text.h"

namespace ldir::check {

Expectation::Expectation(const std::string& receive) : text_(receive) {
  if (text_.empty()) return;
  auto compiled = Pattern::compile(text_);
  if (compiled)
    pattern_ = std::move(*compiled);
  else
    broken_ = compiled.error().message;
}

bool Expectation::met_by(std::string_view text) {
  too_hard_ = false;
  if (!pattern_) return broken_.empty();
  const auto match = pattern_->search(text);
  too_hard_ = match == Pattern::Match::too_hard;
  return match == Pattern::Match::yes;
}

Verdict Expectation::judge(std::string_view text, const std::string& detail) {
  if (met_by(text)) return passed(detail);
  return failed(Layer::application,
                fmt::format("{}, but {}", detail, complaint(fmt::format("{} bytes", text.size()))));
}

std::string Expectation::complaint(const std::string& where) const {
  if (!broken_.empty()) return broken_;
  if (too_hard_) return fmt::format("matching /{}/ in {} takes too long", base::printable(text_, 80), where);
  return fmt::format("no match for /{}/ in {}", base::printable(text_, 80), where);
}

}  // namespace ldir::check
