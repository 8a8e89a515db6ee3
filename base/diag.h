// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration file, said so that it can be mended: file:line:column, the line, a caret.
// Parsers collect every finding and never stop at the first. Rendering is asserted verbatim in tests.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace base {

/// 1-based line and column; line 0 means the file as a whole, column 0 the whole line. `length` is the caret's width.
struct Location {
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t length = 1;
  bool operator==(const Location&) const = default;
};

/// The text of one file and the name by which the operator knows it. Lines are split at \n; a \r before it stays
/// in the line, so that a parser can say so.
class Source {
 public:
  Source(std::string name, std::string text);
  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  std::size_t line_count() const { return lines_.size(); }
  /// Line `number`, 1-based, without its newline; empty when there is none.
  std::string_view line(std::size_t number) const;

 private:
  struct Span {
    std::size_t begin, length;  // offsets, not views: a Source may be moved
  };
  std::string name_;
  std::string text_;
  std::vector<Span> lines_;
};

struct Diagnostic {
  enum class Severity { note, warning, error };
  Severity severity = Severity::error;
  std::string file;
  Location at;
  std::string message;
  std::string line_text;  ///< the line it speaks of, for the caret; empty when there is none
  /// "ha.cf:14:10: error: ...\n   14 | deadtime 1\n      |          ^\n"
  std::string render() const;
};

class Diagnostics {
 public:
  void error(const Source& source, Location at, std::string message);
  void warning(const Source& source, Location at, std::string message);
  void note(const Source& source, Location at, std::string message);
  /// A finding about a file that could not even be read.
  void error(std::string file, std::string message);
  void add(Diagnostic d) { all_.push_back(std::move(d)); }
  bool has_errors() const;
  bool empty() const { return all_.empty(); }
  const std::vector<Diagnostic>& all() const { return all_; }
  /// All findings, one after the other, in the order of file (as first met) and line.
  std::string render() const;

 private:
  std::vector<Diagnostic> all_;
};

/// The location of `part`, which must be a view into `line`, on line `number`.
Location locate(std::size_t number, std::string_view line, std::string_view part);

}  // namespace base
