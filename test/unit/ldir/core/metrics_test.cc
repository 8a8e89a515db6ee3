// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/metrics.h"

#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using namespace ldir::core;
using Catch::Matchers::Contains;

namespace {

Status of(const World& w) {
  return {"/etc/ha.d/t.cf", w.director.phase(), 42, w.now, {}, w.director.explain(), "dir", w.director.tally(), {}};
}

}  // namespace

TEST_CASE("metrics: real servers, fallback, checks with their times, operations") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::masq, 3).dest.upper = 2;
  real(v, "10.9.9.3:80", Forward::masq, 5);
  fallback(v, "127.0.0.1:80");
  World w;
  w.start(config({v}));
  w.off = {"10.9.9.3:80"};
  w.check();
  w.kernel.table.begin()->second.dests.begin()->second.connections.count = 2;
  w.wait(10s);
  auto status = of(w);
  status.errands = {4, 1, 7, 2, 1, 6, 3};
  auto text = metrics_text(status);
  for (const char* line : {
           "ldirectord_info{version=\"" UPBEAT_VERSION "\",config=\"/etc/ha.d/t.cf\"} 1\n",
           "ldirectord_phase{phase=\"running\"} 1\n",
           "ldirectord_phase{phase=\"starting\"} 0\n",
           "ldirectord_reloads_total{result=\"good\"} 4\n",
           "ldirectord_reloads_total{result=\"bad\"} 1\n",
           "ldirectord_mails_total{result=\"sent\"} 7\n",
           "ldirectord_mails_total{result=\"failed\"} 2\n",
           "ldirectord_mails_total{result=\"dropped\"} 1\n",
           "ldirectord_check_troubles_total 6\n",
           "ldirectord_checks_running 3\n",
           "ldirectord_virtual_in_kernel{virtual=\"tcp:10.9.9.100:80\"} 1\n",
           "ldirectord_table_entries{virtual=\"tcp:10.9.9.100:80\"} 1\n",
           "ldirectord_fallback_in_use{virtual=\"tcp:10.9.9.100:80\"} 0\n",
           "ldirectord_virtual_weight{virtual=\"tcp:10.9.9.100:80\"} 3\n",
           "ldirectord_real_servers{virtual=\"tcp:10.9.9.100:80\",state=\"up\"} 1\n",
           "ldirectord_real_servers{virtual=\"tcp:10.9.9.100:80\",state=\"down\"} 1\n",
           "ldirectord_transitions_total{virtual=\"tcp:10.9.9.100:80\",to=\"down\"} 1\n",
           "ldirectord_real_up{virtual=\"tcp:10.9.9.100:80\",real=\"10.9.9.2:80\"} 1\n",
           "ldirectord_real_up{virtual=\"tcp:10.9.9.100:80\",real=\"10.9.9.3:80\"} 0\n",
           "ldirectord_real_weight{virtual=\"tcp:10.9.9.100:80\",real=\"10.9.9.3:80\"} 0\n",
           "ldirectord_real_connections{virtual=\"tcp:10.9.9.100:80\",real=\"10.9.9.2:80\"} 2\n",
           "ldirectord_real_limit_reached{virtual=\"tcp:10.9.9.100:80\",real=\"10.9.9.2:80\"} 1\n",
           "ldirectord_checks_total{virtual=\"tcp:10.9.9.100:80\",checktype=\"connect\",service=\"\",result=\"passed\"} 3\n",
           "ldirectord_checks_total{virtual=\"tcp:10.9.9.100:80\",checktype=\"connect\",service=\"\",result=\"network\"} 1\n",
           "# UNIT ldirectord_check_duration_seconds seconds\n",
           "result=\"passed\",le=\"0.0005\"} 3\n",
           "result=\"failed\",le=\"+Inf\"} 1\n",
           "ldirectord_operations_total{virtual=\"tcp:10.9.9.100:80\",result=\"done\"} 4\n",
           "ldirectord_operations_total{virtual=\"tcp:10.9.9.100:80\",result=\"refused\"} 0\n",
           "ldirectord_drift_repairs_total{virtual=\"tcp:10.9.9.100:80\"} 0\n",
       })
    CHECK_THAT(text, Contains(line));
  CHECK(text.find("ldirectord_real_limit_reached{virtual=\"tcp:10.9.9.100:80\",real=\"10.9.9.3:80\"}") == text.npos);
  CHECK(text.ends_with("# EOF\n"));

  w.off.insert("10.9.9.2:80");
  w.check();
  text = metrics_text(of(w));
  CHECK_THAT(text, Contains("ldirectord_fallback_in_use{virtual=\"tcp:10.9.9.100:80\"} 1\n"));
  CHECK_THAT(text, Contains("ldirectord_virtual_without_reals{virtual=\"tcp:10.9.9.100:80\"} 1\n"));
  CHECK_THAT(text, Contains("ldirectord_fallbacks_total{virtual=\"tcp:10.9.9.100:80\"} 1\n"));
  CHECK_THAT(text, Contains("ldirectord_virtual_weight{virtual=\"tcp:10.9.9.100:80\"} 0\n"));
}

TEST_CASE("metrics: no two samples have the same name and labels, also where a real server is configured twice") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::masq);
  real(v, "10.9.9.2:80", Forward::masq).check.type = CheckType::ping;
  World w;
  w.start(config({v}));
  const auto text = metrics_text(of(w));
  std::set<std::string> seen;
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != text.npos; at = end + 1) {
    const auto line = text.substr(at, end - at);
    if (!line.starts_with('#')) CHECK(seen.insert(line.substr(0, line.rfind(' '))).second);
  }
  CHECK(seen.size() > 50);
}
