// SPDX-License-Identifier: Apache-2.0
// The line structure of ldirectord.cf: which lines are global, which belong to a virtual section, where a
// comment begins. Knows no directive. What older programs refuse although it is unmistakable (a blank line
// inside a section, carriage returns, a byte order mark, a shallow indentation) is accepted here with a
// warning.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/diag.h"
#include "ldir/conf/findings.h"

namespace ldir::conf {

inline constexpr std::size_t kLongestLine = 64 * 1024;

/// "name = value", cut up. All views are into the source.
struct Line {
  std::size_t number = 0;
  bool indented = false;
  std::string_view whole;  ///< without indentation, carriage return and trailing blanks
  std::string_view name;   ///< before the '=', trimmed; the whole text when there is none
  std::string_view raw;    ///< after the '=' and its blanks, to the end of the line, comment included
  std::string_view value;  ///< raw without its comment, trailing blanks kept
  bool has_equals = false;
};

/// All lines that say something, in order. A line opens a section if it is not indented and named virtual or
/// virtual6, and that section holds until the next line that is not indented.
std::vector<Line> split_lines(const base::Source& source, Findings& say);

bool opens_section(const Line& line);

}  // namespace ldir::conf
