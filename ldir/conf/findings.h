// SPDX-License-Identifier: Apache-2.0
// Collects what the parser finds. Places are given as views into the source, so that the caret stands where
// the reader has to look. Bounded: a file of garbage gives a page of errors, not a gigabyte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/diag.h"

namespace ldir::conf {

class Findings {
 public:
  explicit Findings(const base::Source& source) : source_(source) {}
  /// `part` is a view into line `line` of the source; an empty one at its place gives a caret of width 1.
  void error(std::size_t line, std::string_view part, std::string message);
  void warning(std::size_t line, std::string_view part, std::string message);
  void file_warning(std::string message);
  bool failed() const { return errors_ > 0; }
  const base::Source& source() const { return source_; }
  bool full() const { return errors_ >= kMost; }
  /// Everything, ordered by line and column.
  base::Diagnostics take();

 private:
  static constexpr std::size_t kMost = 200;
  void add(base::Diagnostic::Severity severity, std::size_t line, std::string_view part, std::string message);
  const base::Source& source_;
  std::vector<base::Diagnostic> all_;
  std::size_t errors_ = 0, warnings_ = 0;
};

}  // namespace ldir::conf
