// SPDX-License-Identifier: Apache-2.0
#include "base/diag.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace base {

namespace {

constexpr std::size_t kShownColumns = 120;  // a longer line is cut around the caret

std::string_view word_for(Diagnostic::Severity s) {
  switch (s) {
    case Diagnostic::Severity::note: return "note";
    case Diagnostic::Severity::warning: return "warning";
    case Diagnostic::Severity::error: break;
  }
  return "error";
}

// One column per byte, tabs as one blank, so that the caret stands under what it points at.
std::string one_column_per_byte(std::string_view line) {
  std::string out(line);
  for (char& c : out) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = ' ';
  }
  return out;
}

Diagnostic make(Diagnostic::Severity severity, const Source& source, Location at, std::string message) {
  return {severity, source.name(), at, std::move(message), std::string(source.line(at.line))};
}

}  // namespace

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  for (std::size_t at = 0; at < text_.size();) {
    auto end = std::min(text_.find('\n', at), text_.size());
    lines_.push_back({at, end - at});
    at = end + 1;
  }
}

std::string_view Source::line(std::size_t number) const {
  if (number == 0 || number > lines_.size()) return {};
  auto span = lines_[number - 1];
  return std::string_view(text_).substr(span.begin, span.length);
}

std::string Diagnostic::render() const {
  std::string out = file;
  if (at.line) out += fmt::format(":{}", at.line);
  if (at.line && at.column) out += fmt::format(":{}", at.column);
  out += fmt::format(": {}: {}\n", word_for(severity), message);
  if (at.line == 0 || line_text.empty()) return out;

  std::string shown = one_column_per_byte(trim(line_text, "\r"));
  std::size_t column = at.column;
  if (shown.size() > kShownColumns) {
    std::size_t from = column > kShownColumns / 2 ? column - kShownColumns / 2 : 0;
    shown = (from ? "..." : "") + shown.substr(std::min(from, shown.size()), kShownColumns) + "...";
    if (from) column = column - from + 3;
  }
  out += fmt::format("{:5} | {}\n", at.line, shown);
  if (column) {
    std::size_t room = shown.size() >= column ? shown.size() - column + 1 : 1;
    std::size_t width = std::clamp<std::size_t>(at.length, 1, room);
    out += fmt::format("      | {:>{}}\n", std::string(1, '^') + std::string(width - 1, '~'), column + width - 1);
  }
  return out;
}

void Diagnostics::error(const Source& source, Location at, std::string message) {
  all_.push_back(make(Diagnostic::Severity::error, source, at, std::move(message)));
}
void Diagnostics::warning(const Source& source, Location at, std::string message) {
  all_.push_back(make(Diagnostic::Severity::warning, source, at, std::move(message)));
}
void Diagnostics::note(const Source& source, Location at, std::string message) {
  all_.push_back(make(Diagnostic::Severity::note, source, at, std::move(message)));
}
void Diagnostics::error(std::string file, std::string message) {
  all_.push_back({Diagnostic::Severity::error, std::move(file), {}, std::move(message), {}});
}

bool Diagnostics::has_errors() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Diagnostic& d) { return d.severity == Diagnostic::Severity::error; });
}

std::string Diagnostics::render() const {
  std::vector<std::string> files;
  for (const auto& d : all_)
    if (std::find(files.begin(), files.end(), d.file) == files.end()) files.push_back(d.file);
  std::string out;
  for (const auto& file : files) {
    std::vector<const Diagnostic*> of_file;
    for (const auto& d : all_)
      if (d.file == file) of_file.push_back(&d);
    std::stable_sort(of_file.begin(), of_file.end(),
                     [](auto* a, auto* b) { return a->at.line < b->at.line; });
    for (const auto* d : of_file) out += d->render();
  }
  return out;
}

Location locate(std::size_t number, std::string_view line, std::string_view part) {
  if (part.data() < line.data() || part.data() > line.data() + line.size()) return {number, 0, 1};
  return {number, static_cast<std::size_t>(part.data() - line.data()) + 1, std::max<std::size_t>(1, part.size())};
}

}  // namespace base
