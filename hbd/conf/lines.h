// SPDX-License-Identifier: Apache-2.0
// From a text to words with their places: what ha.cf, haresources and authkeys share before their grammars part.
// Bounded whatever the bytes are: an endless line or a binary file is one finding, not a thousand.
#pragma once

#include <string_view>
#include <vector>

#include "base/diag.h"

namespace hbd::conf {

/// Longest line that Heartbeat 3.0.6 reads whole (reference: constants, MAXLINE with its NUL).
inline constexpr std::size_t kMaxLine = 5119;

/// After so many findings in one file the rest is not read: nobody would read more, and memory stays bounded.
inline constexpr std::size_t kMaxFindings = 100;

struct Word {
  std::string_view text;  ///< a view into the source
  base::Location at;
};

/// One physical line that has something on it, comment and carriage return cut off.
struct Line {
  std::size_t number = 0;
  std::string_view whole;  ///< as in the file, for locate()
  std::string_view text;   ///< what is left of it, trimmed

  base::Location locate(std::string_view part) const { return base::locate(number, whole, part); }
  Word word(std::string_view part) const { return {part, locate(part)}; }
  /// The words of `part`, a view into this line.
  std::vector<Word> words(std::string_view part, std::string_view separators) const;
};

/// The lines of `source` that have something on them. CRLF is one warning; a byte order mark, bytes that no text file holds and lines
/// that are too long are errors, and such a line is left out. `cut_comments`: everything from # on is dropped.
std::vector<Line> lines(const base::Source& source, bool cut_comments, base::Diagnostics& diagnostics);

/// True, and said, once `diagnostics` holds kMaxFindings about one file; `at` is where reading stops.
bool enough(const base::Source& source, base::Location at, base::Diagnostics& diagnostics, std::size_t found_before);

}  // namespace hbd::conf
