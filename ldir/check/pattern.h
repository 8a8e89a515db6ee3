// SPDX-License-Identifier: Apache-2.0
// A Perl regular expression searched in what a real server answered, as the original does it: unanchored,
// case-sensitive, over bytes. Matching is bounded, so that no answer can keep us busy.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ldir::check {

class Pattern {
 public:
  enum class Match { yes, no, too_hard };

  static base::Result<Pattern> compile(std::string_view text);
  Match search(std::string_view subject) const;

 private:
  struct Compiled;
  std::shared_ptr<Compiled> compiled_;
};

}  // namespace ldir::check
