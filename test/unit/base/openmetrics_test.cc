// SPDX-License-Identifier: Apache-2.0
#include "base/openmetrics.h"

#include <limits>

#include "test/support/catch.h"

using base::Metric;
using base::OpenMetrics;

TEST_CASE("OpenMetrics: each type of family has its own names, and the text ends with EOF") {
  OpenMetrics out;
  out.family("hbd_links", Metric::gauge, "Links by state.");
  out.sample(2, {{"state", "up"}});
  out.sample(0, {{"state", "dead"}});
  out.family("hbd_packets_lost", Metric::counter, "Packets that never came.");
  out.sample(std::uint64_t{18446744073709551615u});
  out.family("hbd_build", Metric::info, "What runs here.");
  out.sample(1, {{"version", "0.1.0"}});
  out.family("hbd_load", Metric::gauge, "A number with a point.");
  out.sample(0.25);
  CHECK(std::move(out).finish() ==
        "# TYPE hbd_links gauge\n"
        "# HELP hbd_links Links by state.\n"
        "hbd_links{state=\"up\"} 2\n"
        "hbd_links{state=\"dead\"} 0\n"
        "# TYPE hbd_packets_lost counter\n"
        "# HELP hbd_packets_lost Packets that never came.\n"
        "hbd_packets_lost_total 18446744073709551615\n"
        "# TYPE hbd_build info\n"
        "# HELP hbd_build What runs here.\n"
        "hbd_build_info{version=\"0.1.0\"} 1\n"
        "# TYPE hbd_load gauge\n"
        "# HELP hbd_load A number with a point.\n"
        "hbd_load 0.25\n"
        "# EOF\n");
}

TEST_CASE("OpenMetrics: buckets add up, each holds what is not above its bound") {
  using namespace std::chrono_literals;
  static constexpr base::Duration kBounds[] = {10ms, 1s, 60s};
  base::Histogram values(kBounds);
  for (base::Duration d : {base::Duration(-5ms), base::Duration(10ms), base::Duration(10ms + 1ns), base::Duration(60s), base::Duration(61s)})
    values.add(d);
  OpenMetrics out;
  out.family("t_seconds", Metric::histogram, "Time.", "seconds");
  out.histogram(values, {{"group", "a"}});
  CHECK(std::move(out).finish() ==
        "# TYPE t_seconds histogram\n"
        "# UNIT t_seconds seconds\n"
        "# HELP t_seconds Time.\n"
        "t_seconds_bucket{group=\"a\",le=\"0.01\"} 2\n"
        "t_seconds_bucket{group=\"a\",le=\"1.0\"} 3\n"
        "t_seconds_bucket{group=\"a\",le=\"60.0\"} 4\n"
        "t_seconds_bucket{group=\"a\",le=\"+Inf\"} 5\n"
        "t_seconds_count{group=\"a\"} 5\n"
        "t_seconds_sum{group=\"a\"} 121.020000001\n"
        "# EOF\n");
}

TEST_CASE("OpenMetrics: label values of hostile peers stay inside their quotes") {
  OpenMetrics out;
  out.family("n", Metric::gauge, "A \"help\"\nof two lines\\.");
  out.sample(1, {{"node", "a\"} 7\nevil 1\\"}, {"raw", "\xff\xc3\xa9\xed\xa0\x80"}});
  CHECK(std::move(out).finish() ==
        "# TYPE n gauge\n"
        "# HELP n A \\\"help\\\"\\nof two lines\\\\.\n"
        "n{node=\"a\\\"} 7\\nevil 1\\\\\",raw=\"\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"} 1\n"
        "# EOF\n");
}

TEST_CASE("OpenMetrics: of two samples with the same labels the first counts, in each family anew") {
  OpenMetrics out;
  for (auto name : {"a", "b"}) {
    out.family(name, Metric::gauge, "Twice.");
    out.sample(1, {{"node", "x"}});
    out.sample(2, {{"node", "x"}});
  }
  out.family("c_seconds", Metric::histogram, "Twice.", "seconds");
  for (int i = 0; i < 2; ++i) out.histogram(base::Histogram({}));
  CHECK(std::move(out).finish() ==
        "# TYPE a gauge\n# HELP a Twice.\na{node=\"x\"} 1\n# TYPE b gauge\n# HELP b Twice.\nb{node=\"x\"} 1\n"
        "# TYPE c_seconds histogram\n# UNIT c_seconds seconds\n# HELP c_seconds Twice.\n"
        "c_seconds_bucket{le=\"+Inf\"} 0\nc_seconds_count 0\nc_seconds_sum 0.0\n# EOF\n");
}

TEST_CASE("OpenMetrics: numbers are written as the format wants them") {
  CHECK(OpenMetrics::number(1) == "1.0");
  CHECK(OpenMetrics::number(0.005) == "0.005");
  CHECK(OpenMetrics::number(1e30) == "1e+30");
  CHECK(OpenMetrics::number(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(OpenMetrics::number(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(OpenMetrics::number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}
