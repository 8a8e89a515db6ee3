// SPDX-License-Identifier: Apache-2.0
// The directives of ldirectord.cf, one row each: the single source for the parser, the suggestions after a
// typing error, and the tests of the manual page and of the sample file.
#pragma once

#include <span>
#include <string_view>

#include "ldir/conf/draft.h"
#include "ldir/conf/findings.h"
#include "ldir/conf/lines.h"
#include "ldir/conf/resolver.h"

namespace ldir::conf {

/// One directive being carried out. `section` is null for a global line.
struct Assignment {
  const Line& line;
  Findings& say;
  const Resolver& resolver;
  Shared& shared;
  Global& global;
  Section* section;
};

using Setter = void (*)(Assignment&);

struct Directive {
  std::string_view name;
  Setter in_global;  ///< null: not allowed there
  Setter in_section;
  std::string_view fallback;  ///< the default as it would be written; empty: none
  std::string_view sample;    ///< a value that is right, for the sample file and for tests
  std::string_view doc;       ///< one line
  bool repeatable = false;    ///< else the last one counts
  bool withdrawn = false;     ///< refused, with a word about what replaced it
};

std::span<const Directive> directives();
const Directive* find_directive(std::string_view name);

}  // namespace ldir::conf
