// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace ldir::conf {

using Severity = base::Diagnostic::Severity;

void Findings::add(Severity severity, std::size_t line, std::string_view part, std::string message) {
  auto& count = severity == Severity::error ? errors_ : warnings_;
  if (++count > kMost) return;
  auto text = source_.line(line);
  auto at = base::locate(line, text, part);
  all_.push_back({severity, source_.name(), at, std::move(message), std::string(text)});
}

void Findings::error(std::size_t line, std::string_view part, std::string message) {
  add(Severity::error, line, part, std::move(message));
}

void Findings::warning(std::size_t line, std::string_view part, std::string message) {
  add(Severity::warning, line, part, std::move(message));
}

void Findings::file_warning(std::string message) {
  ++warnings_;
  all_.push_back({Severity::warning, source_.name(), {}, std::move(message), {}});
}

base::Diagnostics Findings::take() {
  std::stable_sort(all_.begin(), all_.end(), [](const base::Diagnostic& a, const base::Diagnostic& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  base::Diagnostics out;
  for (auto& d : all_) out.add(std::move(d));
  auto hidden = [](std::size_t n) { return n > kMost ? n - kMost : 0; };
  if (auto n = hidden(errors_) + hidden(warnings_))
    out.add({errors_ > kMost ? Severity::error : Severity::warning,
             source_.name(),
             {},
             fmt::format("{} more findings are not shown", n),
             {}});
  all_.clear();
  return out;
}

}  // namespace ldir::conf
