// SPDX-License-Identifier: Apache-2.0
#include "base/openmetrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/text.h"

namespace base {
namespace {

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

constexpr std::string_view kTypes[] = {"gauge", "counter", "histogram", "info"};

/// A family may not have the name that a sample of another family has.
constexpr std::string_view kReserved[] = {"_total", "_created", "_count", "_sum", "_bucket", "_info", "_gcount", "_gsum"};

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : utf8(text)) {
    if (c == '\n')
      out += "\\n";
    else if (c == '"' || c == '\\')
      out += {'\\', c};
    else
      out += c;
  }
  return out;
}

}  // namespace

void OpenMetrics::family(std::string_view name, Metric type, std::string_view help, std::string_view unit) {
  BASE_CHECK(is_name(name));
  for (auto suffix : kReserved) BASE_CHECK(!name.ends_with(suffix));
  BASE_CHECK(unit.empty() || (type != Metric::info && name.ends_with(fmt::format("_{}", unit))));
  BASE_CHECK(families_.emplace(name).second);
  family_ = name;
  type_ = type;
  written_.clear();
  out_ += fmt::format("# TYPE {} {}\n", name, kTypes[static_cast<std::size_t>(type)]);
  if (!unit.empty()) out_ += fmt::format("# UNIT {} {}\n", name, unit);
  out_ += fmt::format("# HELP {} {}\n", name, escaped(help));
}

namespace {

/// `a="1",b="2"`
std::string written(const MetricLabels& labels) {
  std::string out;
  for (const auto& [name, text] : labels) {
    BASE_CHECK(is_name(name) && name != "le");
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped(text));
  }
  return out;
}

}  // namespace

void OpenMetrics::write_sample(const std::string& value, const MetricLabels& labels) {
  BASE_CHECK(!family_.empty() && type_ != Metric::histogram);
  BASE_CHECK(type_ != Metric::info || value == "1");
  BASE_CHECK(type_ != Metric::counter || value[0] != '-');
  const auto text = written(labels);
  if (written_.insert(text).second)
    line(type_ == Metric::counter ? "_total" : type_ == Metric::info ? "_info" : "", text, {}, value);
}

void OpenMetrics::histogram(const Histogram& values, const MetricLabels& labels) {
  BASE_CHECK(!family_.empty() && type_ == Metric::histogram);
  const auto text = written(labels);
  if (!written_.insert(text).second) return;
  const auto seconds = [](Duration d) { return static_cast<double>(d.count()) / 1e9; };
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < values.bounds().size(); ++i) {
    below += values.counts()[i];
    line("_bucket", text, number(seconds(values.bounds()[i])), std::to_string(below));
  }
  line("_bucket", text, "+Inf", std::to_string(values.total()));
  line("_count", text, {}, std::to_string(values.total()));
  line("_sum", text, {}, number(seconds(values.sum())));
}

void OpenMetrics::line(std::string_view suffix, std::string_view labels, std::string_view le, std::string_view value) {
  out_ += family_;
  out_ += suffix;
  if (!labels.empty() || !le.empty()) {
    out_ += '{';
    out_ += labels;
    if (!le.empty()) out_ += fmt::format("{}le=\"{}\"", labels.empty() ? "" : ",", le);
    out_ += '}';
  }
  out_ += ' ';
  out_ += value;
  out_ += '\n';
}

std::string OpenMetrics::number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  auto text = fmt::format("{}", value);
  return text.find_first_of(".e") == text.npos ? text + ".0" : text;
}

std::string OpenMetrics::finish() && {
  out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace base
