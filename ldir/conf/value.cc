// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/value.h"

#include <fmt/format.h>

#include "base/text.h"

namespace ldir::conf {

namespace {

std::string_view trim_end(std::string_view s) {
  auto last = s.find_last_not_of(base::kBlanks);
  return s.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string expand_tabs(const Assignment& a, std::string_view s) {
  std::string out;
  for (char c : s) {
    if (c == '\t' && a.section)
      out += "    ";  // the original does this to every line of a section before it looks at it
    else
      out += c;
  }
  return out;
}

bool has_typographic_quote(std::string_view s) {
  return s.find("\xE2\x80\x9C") != std::string_view::npos ||
         s.find("\xE2\x80\x9D") != std::string_view::npos || s.find("\xE2\x80\x9E") != std::string_view::npos;
}

void warn_comment(Assignment& a) {
  a.say.warning(a.line.number, a.line.raw.substr(a.line.value.size()),
                "a comment after a global value; older programs take it as part of the value");
}

void warn_ignored(Assignment& a, std::string_view part) {
  a.say.warning(a.line.number, part, "this is ignored");
}

// `"` is open but not closed before the comment: the '#' was meant as data, if a mark closes it and the line
// ends.
std::optional<std::string_view> quoted_with_hash(Assignment& a) {
  auto raw = a.line.raw;
  auto close = raw.find('"', a.line.value.size());
  if (raw.size() == a.line.value.size() || close == std::string_view::npos) return std::nullopt;
  auto after = base::trim(raw.substr(close + 1));
  if (!after.empty() && after.front() != '#') return std::nullopt;
  a.say.warning(a.line.number, raw.substr(a.line.value.size(), 1),
                "\"#\" inside quotation marks; older programs begin a comment here and refuse the line");
  return raw.substr(1, close - 1);
}

}  // namespace

std::string_view place_of(const Assignment& a) {
  auto value = trim_end(a.line.value);
  return value.empty() ? a.line.name : value;
}

std::string_view exact(Assignment& a) {
  auto value = trim_end(a.line.value);
  bool comment = a.line.raw.size() > a.line.value.size();
  if (!a.section && comment)
    warn_comment(a);
  else if (value.size() < a.line.value.size())
    a.say.warning(a.line.number, a.line.value.substr(value.size()),
                  "blanks after the value; older programs refuse them");
  return value;
}

std::optional<bool> yes_no(Assignment& a) {
  auto value = exact(a);
  if (value == "yes") return true;
  if (value == "no") return false;
  a.say.error(a.line.number, place_of(a), fmt::format("{} must be 'yes' or 'no'", a.line.name));
  return std::nullopt;
}

std::optional<unsigned> number(Assignment& a, unsigned least, unsigned most, std::string_view wrong) {
  auto value = trim_end(a.line.value);
  auto begin = value.find_first_of(kDigits);
  if (begin == std::string_view::npos) {
    a.say.error(a.line.number, place_of(a), fmt::format("{}: a number is required", wrong));
    return std::nullopt;
  }
  auto digits = value.substr(begin, value.find_first_not_of(kDigits, begin) - begin);
  auto n = base::parse_number<unsigned>(digits);
  if (!n || *n < least || *n > most) {
    a.say.error(a.line.number, digits, fmt::format("{}: must be between {} and {}", wrong, least, most));
    return std::nullopt;
  }
  if (digits.size() != value.size())
    a.say.warning(a.line.number, value, fmt::format("this is taken as {}", *n));
  return n;
}

std::optional<Text> quoted(Assignment& a, std::string_view wrong) {
  auto value = trim_end(a.line.value);
  auto bad = [&](std::string_view why) {
    a.say.error(a.line.number, place_of(a), fmt::format("{}: {}", wrong, why));
    return std::nullopt;
  };
  std::string_view inner = value;
  if (value.starts_with('"')) {
    auto last = value.rfind('"');
    if (last == 0) {
      auto rescued = quoted_with_hash(a);
      if (!rescued) return bad("the closing quotation mark is missing");
      inner = *rescued;
    } else {
      inner = value.substr(1, last - 1);
      if (auto after = base::trim(value.substr(last + 1)); !after.empty()) warn_ignored(a, after);
    }
  } else {
    if (value.empty()) return bad("a value in quotation marks is required");
    if (has_typographic_quote(value)) return bad("typographic quotation marks; write plain ones: \"...\"");
    if (value.find('"') != std::string_view::npos || value.front() == '\'')
      return bad("the value must stand in double quotation marks: \"...\"");
    a.say.warning(a.line.number, value,
                  "the value should stand in quotation marks; older programs refuse it without");
  }
  if (inner.empty()) return bad("the value is empty");
  return Text{{a.line.number, inner}, expand_tabs(a, inner)};
}

std::optional<Text> quoted_or_bare(Assignment& a, std::string_view wrong) {
  auto value = trim_end(a.line.value);
  if (value.starts_with('"') && (value.rfind('"') > 0 || a.line.raw.find('"', 1) != std::string_view::npos))
    return quoted(a, wrong);
  if (value.empty()) {
    a.say.error(a.line.number, place_of(a), fmt::format("{}: a value is required", wrong));
    return std::nullopt;
  }
  return Text{{a.line.number, value}, expand_tabs(a, value)};
}

std::string rest(Assignment& a) {
  if (!a.section && a.line.raw.size() > a.line.value.size()) warn_comment(a);
  return expand_tabs(a, trim_end(a.line.value));
}

std::string_view word(Assignment& a, std::string_view letters) {
  auto value = trim_end(a.line.value);
  auto begin = value.find_first_of(letters);
  if (begin == std::string_view::npos) return {};
  auto found = value.substr(begin, value.find_first_not_of(letters, begin) - begin);
  if (begin > 0) warn_ignored(a, value.substr(0, begin));
  if (begin + found.size() < value.size()) warn_ignored(a, base::trim(value.substr(begin + found.size())));
  return found;
}

}  // namespace ldir::conf
