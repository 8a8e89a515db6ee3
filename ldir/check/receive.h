// SPDX-License-Identifier: Apache-2.0
// What `receive` says about an answer: the pattern of a check, compiled once, and the words for what it did
// not find.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ldir/check/pattern.h"
#include "ldir/check/verdict.h"

namespace ldir::check {

class Expectation {
 public:
  explicit Expectation(const std::string& receive);

  bool given() const { return !text_.empty(); }
  /// Why no answer can be judged: the pattern does not compile. Empty: it does.
  const std::string& broken() const { return broken_; }
  /// Nothing is expected, or `text` matches. A pattern too hard for `text` does not match.
  bool met_by(std::string_view text);
  /// The verdict on a whole answer.
  Verdict judge(std::string_view text, const std::string& detail);
  /// "no match for /PATTERN/ in WHERE", or that matching took too long.
  std::string complaint(const std::string& where) const;

 private:
  std::string text_, broken_;
  std::optional<Pattern> pattern_;
  bool too_hard_ = false;
};

}  // namespace ldir::check
