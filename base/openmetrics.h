// SPDX-License-Identifier: Apache-2.0
// Writes the text form of OpenMetrics 1.0 (github.com/OpenObservability/OpenMetrics, specification/OpenMetrics.md):
// families of samples for Prometheus and its like. Pure: values in, text out. Label values may hold any bytes: what is
// not UTF-8 is replaced, what means something to the format is escaped. A name that the format does not allow, a family
// opened twice or a sample before any family is a mistake of the caller (BASE_CHECK).
//
//   OpenMetrics out;
//   out.family("hbd_links", Metric::gauge, "Heartbeat links by state.");
//   out.sample(1, {{"node", "alice"}, {"link", "eth1"}});
//   out.family("hbd_transition_duration_seconds", Metric::histogram, "How long...", "seconds");
//   out.histogram(durations, {{"group", "10.0.0.100"}});
//   reply(OpenMetrics::kContentType, std::move(out).finish());
#pragma once

#include <concepts>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/histogram.h"

namespace base {

enum class Metric : std::uint8_t {
  gauge,      ///< may go up and down
  counter,    ///< only up; the sample is called NAME_total, the family NAME
  histogram,  ///< NAME_bucket, NAME_count, NAME_sum
  info,       ///< NAME_info, always 1: what is said is in the labels
};

using MetricLabels = std::vector<std::pair<std::string_view, std::string_view>>;

class OpenMetrics {
 public:
  static constexpr std::string_view kContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

  /// Opens a family; its samples follow. `unit`: a base unit ("seconds", "bytes"); `name` then ends with it.
  void family(std::string_view name, Metric type, std::string_view help, std::string_view unit = {});

  /// One sample of the open gauge, counter or info family. Of two with the same labels only the first is written: what
  /// labels are made of, others may have named twice.
  void sample(std::integral auto value, const MetricLabels& labels = {}) { write_sample(std::to_string(value), labels); }
  void sample(double value, const MetricLabels& labels = {}) { write_sample(number(value), labels); }
  /// The same for a histogram family; bounds and sum are written in seconds.
  void histogram(const Histogram& values, const MetricLabels& labels = {});

  /// The whole text, "# EOF" included.
  std::string finish() &&;

  /// As the format wants it: "0.5", "1.0", "+Inf", "NaN".
  static std::string number(double value);

 private:
  void write_sample(const std::string& value, const MetricLabels& labels);
  void line(std::string_view suffix, std::string_view labels, std::string_view le, std::string_view value);

  std::string out_;
  std::string family_;
  Metric type_ = Metric::gauge;
  std::set<std::string, std::less<>> families_;
  std::set<std::string> written_;  ///< labels of the open family's samples
};

}  // namespace base
