// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/lines.h"

#include <fmt/format.h>

#include "base/text.h"

namespace ldir::conf {

namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

// Columns of indentation as the original counts them: a tab is four blanks wherever it stands.
std::size_t columns_of(std::string_view blanks) {
  std::size_t n = 0;
  for (char c : blanks) n += c == '\t' ? 4 : 1;
  return n;
}

// On a global line a '#' inside quotation marks is data; in a section the original cuts at the first one
// anywhere.
std::size_t comment_start(std::string_view text, bool indented) {
  if (indented) return text.find('#');
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '#' && !quoted) return i;
  }
  // An unclosed quotation mark hides nothing.
  return quoted ? text.find('#') : std::string_view::npos;
}

Line cut_up(std::size_t number, bool indented, std::string_view text) {
  Line line{number, indented, base::trim(text), {}, {}, {}, false};
  auto equals = line.whole.find('=');
  auto comment = line.whole.find('#');
  if (equals == std::string_view::npos || equals > comment) {
    line.name = base::trim(line.whole.substr(0, comment));
    return line;
  }
  line.has_equals = true;
  line.name = base::trim(line.whole.substr(0, equals));
  auto from = static_cast<std::size_t>(line.whole.data() - text.data()) + equals + 1;
  auto begin = text.find_first_not_of(base::kBlanks, from);
  line.raw = begin == std::string_view::npos ? text.substr(text.size()) : text.substr(begin);
  line.value = line.raw.substr(0, comment_start(line.raw, indented));
  return line;
}

class Splitter {
 public:
  Splitter(const base::Source& source, Findings& say) : source_(source), say_(say) {}

  std::vector<Line> run() {
    for (std::size_t n = 1; n <= source_.line_count() && !say_.full(); ++n)
      if (!take(n)) break;
    if (returns_)
      say_.warning(
          first_return_, source_.line(first_return_).substr(source_.line(first_return_).size() - 1),
          fmt::format("carriage return at the end of {} line{} (a file from Windows?); older programs "
                      "take it as part of the value",
                      returns_, returns_ == 1 ? "" : "s"));
    return std::move(out_);
  }

 private:
  bool take(std::size_t n) {
    auto text = source_.line(n);
    if (text.find('\0') != std::string_view::npos) {
      say_.error(n, {}, "a NUL byte: this is not a text file");
      return false;
    }
    if (text.size() > kLongestLine) {
      say_.error(n, {}, fmt::format("the line is longer than {} bytes", kLongestLine));
      return true;
    }
    if (n == 1 && text.starts_with(kBom)) {
      say_.warning(n, text.substr(0, 3),
                   "a byte order mark before the first line is skipped; older programs "
                   "refuse the file");
      text.remove_prefix(3);
    }
    if (text.ends_with('\r')) {
      text.remove_suffix(1);
      if (!returns_++) first_return_ = n;
    }
    auto start = text.find_first_not_of(base::kBlanks);
    if (start == std::string_view::npos) {
      blank(n, text);
    } else if (text[start] != '#') {
      meaningful(n, text, start);
    }
    return true;
  }

  void blank(std::size_t n, std::string_view text) {
    if (!in_section_) return;
    if (columns_of(text) > 4)
      say_.warning(n, text, "a line of blanks only inside a section; older programs refuse it");
    else if (!blank_)
      blank_ = n;
  }

  void meaningful(std::size_t n, std::string_view text, std::size_t start) {
    auto line = cut_up(n, start > 0, text);
    if (!line.indented) {
      in_section_ = opens_section(line);
    } else if (in_section_) {
      if (blank_)
        say_.warning(n, line.name,
                     fmt::format("the blank line {} stands inside a section; older programs end the "
                                 "section there and refuse this line",
                                 blank_));
      if (columns_of(text.substr(0, start)) < 4)
        say_.warning(n, text.substr(0, start),
                     "indented by fewer than four blanks or one tab; older programs "
                     "refuse this line");
    } else if (line.name == "virtual" || line.name == "virtual6") {
      in_section_ = true;  // reported by the parser; what follows is meant for it
    }
    blank_ = 0;
    out_.push_back(line);
  }

  const base::Source& source_;
  Findings& say_;
  std::vector<Line> out_;
  bool in_section_ = false;
  std::size_t blank_ = 0;  // first blank line since the last meaningful one of this section
  std::size_t returns_ = 0, first_return_ = 0;
};

}  // namespace

bool opens_section(const Line& line) {
  return !line.indented && line.has_equals && (line.name == "virtual" || line.name == "virtual6");
}

std::vector<Line> split_lines(const base::Source& source, Findings& say) {
  return Splitter(source, say).run();
}

}  // namespace ldir::conf
