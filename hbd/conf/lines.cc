// SPDX-License-Identifier: Apache-2.0
#include "hbd/conf/lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hbd::conf {

namespace {
// Heartbeat 3.0.6 takes it for the beginning of a directive that it does not know.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Bytes above 0x7f are let through: comments in UTF-8 and older encodings are common in real files.
bool is_binary(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && base::kBlanks.find(c) == std::string_view::npos) || byte == 0x7f;
}
}  // namespace

std::vector<Word> Line::words(std::string_view part, std::string_view separators) const {
  std::vector<Word> out;
  for (auto w : base::words(part, separators)) out.push_back(word(w));
  return out;
}

std::vector<Line> lines(const base::Source& source, bool cut_comments, base::Diagnostics& diagnostics) {
  std::vector<Line> out;
  bool said_crlf = false;
  const auto found_before = diagnostics.all().size();
  for (std::size_t number = 1; number <= source.line_count(); ++number) {
    if (enough(source, {number, 0, 1}, diagnostics, found_before)) return out;
    auto whole = source.line(number);
    if (auto bad = std::find_if(whole.begin(), whole.end(), is_binary); bad != whole.end()) {
      auto byte = static_cast<unsigned char>(*bad);
      std::size_t column = static_cast<std::size_t>(bad - whole.begin()) + 1;
      diagnostics.error(source, {number, column, 1},
                        fmt::format("byte 0x{:02x} does not belong in a text file; the rest of the file is not read", byte));
      return out;
    }
    if (whole.size() > kMaxLine) {
      diagnostics.error(source, {number, kMaxLine + 1, 1},
                        fmt::format("line of {} bytes; at most {} are read", whole.size(), kMaxLine));
      continue;
    }
    if (!whole.empty() && whole.back() == '\r' && !said_crlf) {
      said_crlf = true;
      diagnostics.warning(source, {number, 0, 1}, "lines end in CR LF as on Windows; read as if they ended in LF");
    }
    auto text = whole;
    if (number == 1 && text.starts_with(kByteOrderMark)) {
      text.remove_prefix(kByteOrderMark.size());
      diagnostics.error(source, {1, 1, kByteOrderMark.size()},
                        "the file begins with a byte order mark (bytes ef bb bf), as editors on Windows put it there; save it "
                        "as UTF-8 without one");
    }
    if (cut_comments) text = text.substr(0, text.find('#'));
    text = base::trim(text);
    if (!text.empty()) out.push_back({number, whole, text});
  }
  return out;
}

bool enough(const base::Source& source, base::Location at, base::Diagnostics& diagnostics, std::size_t found_before) {
  if (diagnostics.all().size() - found_before < kMaxFindings) return false;
  at.column = 0;
  diagnostics.add({base::Diagnostic::Severity::error, source.name(), at, "too many findings; the rest of the file is not read", {}});
  return true;
}

}  // namespace hbd::conf
