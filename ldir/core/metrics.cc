// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/metrics.h"

#include <array>
#include <functional>
#include <map>

#include "base/openmetrics.h"

namespace ldir::core {
namespace {

using base::Metric;
using base::MetricLabels;

/// One real server of one service. The same one may be configured twice, with two checks.
struct RealNumbers {
  bool up = false, limited = false, at_limit = false;
  std::uint64_t weight = 0;
  std::optional<std::uint32_t> connections;
};

struct ServiceNumbers {
  std::string name;
  const ServiceExplanation* about = nullptr;
  std::map<std::string, RealNumbers> reals;
  std::array<std::uint64_t, 4> states{};  ///< in the order of kStates
  std::uint64_t weight = 0;
  bool fallback = false;
};
constexpr std::array<const char*, 4> kStates{"up", "down", "unknown", "maintenance"};

ServiceNumbers numbers_of(const ServiceExplanation& service) {
  ServiceNumbers out;
  out.name = service.key.str();
  out.about = &service;
  for (const auto& e : service.entries) {
    if (e.fallback) out.fallback |= e.placement != Placement::absent;
    if (e.fallback || !e.configured) continue;
    const auto state = state_word(e);
    for (std::size_t i = 0; i < kStates.size(); ++i) out.states[i] += state == kStates[i];
    auto& real = out.reals[e.name];
    real.up |= state == kStates[0];
    if (!e.dest) continue;
    out.weight += e.dest->weight;
    real.weight = e.dest->weight;
    real.limited = e.dest->upper > 0;
    real.at_limit = e.at_limit();
    real.connections = e.connections;
  }
  return out;
}

class Writer {
 public:
  explicit Writer(const Status& status) : status_(status) {
    for (const auto& service : status.services) services_.push_back(numbers_of(service));
  }

  std::string write() && {
    daemon();
    services();
    reals();
    checks();
    kernel();
    return std::move(out_).finish();
  }

 private:
  void daemon() {
    out_.family("ldirectord", Metric::info, "What runs here.");
    out_.sample(1, {{"version", UPBEAT_VERSION}, {"config", status_.config}});
    out_.family("ldirectord_phase", Metric::gauge, "1 for what the daemon is doing at the moment.");
    for (const char* phase : {"starting", "running", "reloading", "stopping"})
      out_.sample(status_.phase == phase ? 1 : 0, {{"phase", phase}});
    const auto& e = status_.errands;
    results("ldirectord_reloads", "Readings of a changed configuration: good ones, and such with errors, which change nothing.",
            {{"good", e.reloads}, {"bad", e.reloads_refused}});
    results("ldirectord_mails", "Alerts by mail: dropped where too many waited, held back where one recipient got too many.",
            {{"sent", e.mails_sent}, {"failed", e.mails_failed}, {"dropped", e.mails_dropped},
             {"held_back", status_.tally.mails_held_back}});
    results("ldirectord_table_reads", "Looks at the kernel's IPVS table.",
            {{"good", status_.tally.table_reads}, {"bad", status_.tally.table_reads_failed}});
    out_.family("ldirectord_operation_retries", Metric::counter, "Operations on the table tried again after a refusal.");
    out_.sample(status_.tally.retries);
    out_.family("ldirectord_checks_running", Metric::gauge, "Checks under way at this moment.");
    out_.sample(e.checks_running);
    out_.family("ldirectord_check_troubles", Metric::counter,
                "Checks that could not run for want of the director's own means, such as descriptors.");
    out_.sample(e.own_troubles);
  }

  void services() {
    each("ldirectord_virtual_in_kernel", Metric::gauge, "1 where the kernel's table has the virtual service.",
         [](const auto& s) { return std::uint64_t(s.about->in_kernel); });
    each("ldirectord_table_entries", Metric::gauge, "Entries of the virtual service in the kernel's table.",
         [](const auto& s) { return std::uint64_t(s.about->in_table); });
    each("ldirectord_fallback_in_use", Metric::gauge, "1 while the fallback server is in the table.",
         [](const auto& s) { return std::uint64_t(s.fallback); });
    each("ldirectord_virtual_without_reals", Metric::gauge, "1 while no real server serves.",
         [](const auto& s) { return std::uint64_t(s.about->without_reals); });
    each("ldirectord_fallbacks", Metric::counter, "Times that no real server was left.",
         [](const auto& s) { return s.about->tally.fallbacks; });
    each("ldirectord_virtual_weight", Metric::gauge, "Weights of the real servers in the table, summed up.",
         [](const auto& s) { return s.weight; });
    out_.family("ldirectord_real_servers", Metric::gauge, "Configured real servers by state.");
    for (const auto& s : services_)
      for (std::size_t i = 0; i < kStates.size(); ++i) out_.sample(s.states[i], {{"virtual", s.name}, {"state", kStates[i]}});
    out_.family("ldirectord_transitions", Metric::counter, "Real servers that went up or down.");
    for (const auto& s : services_) {
      out_.sample(s.about->tally.went_up, {{"virtual", s.name}, {"to", "up"}});
      out_.sample(s.about->tally.went_down, {{"virtual", s.name}, {"to", "down"}});
    }
  }

  void reals() {
    each_real("ldirectord_real_up", "1 for a real server whose checks pass and that is not in maintenance.",
              [](const auto& r) { return std::optional<std::uint64_t>(r.up); });
    each_real("ldirectord_real_weight", "Weight in the table; 0 also for one that is not there.",
              [](const auto& r) { return std::optional(r.weight); });
    each_real("ldirectord_real_connections", "Active and inactive connections, at the last look at the table.",
              [](const auto& r) { return r.connections ? std::optional<std::uint64_t>(*r.connections) : std::nullopt; });
    each_real("ldirectord_real_limit_reached", "1 while a real server has as many connections as its upper threshold.",
              [](const auto& r) { return r.limited ? std::optional<std::uint64_t>(r.at_limit) : std::nullopt; });
  }

  void checks() {
    out_.family("ldirectord_checks", Metric::counter, "Checks that finished, passed or by the layer where they failed.");
    each_check([&](const auto& tally, MetricLabels labels) {
      for (int i = 0; i < CheckTally::kResults; ++i) {
        auto full = labels;
        full.emplace_back("result", name(static_cast<CheckTally::Result>(i)));
        out_.sample(tally.results[static_cast<std::size_t>(i)], full);
      }
    });
    out_.family("ldirectord_check_duration_seconds", Metric::histogram, "How long checks took.", "seconds");
    each_check([&](const auto& tally, MetricLabels labels) {
      for (bool passed : {true, false}) {
        auto full = labels;
        full.emplace_back("result", passed ? "passed" : "failed");
        out_.histogram(passed ? tally.passes : tally.failures, full);
      }
    });
    each("ldirectord_soft_failures", Metric::counter, "Failed checks that failurecount let pass.",
         [](const auto& s) { return s.about->tally.soft_failures; });
  }

  void kernel() {
    out_.family("ldirectord_operations", Metric::counter, "Operations on the kernel's table.");
    for (const auto& s : services_) {
      out_.sample(s.about->tally.operations, {{"virtual", s.name}, {"result", "done"}});
      out_.sample(s.about->tally.refused, {{"virtual", s.name}, {"result", "refused"}});
    }
    each("ldirectord_drift_repairs", Metric::counter, "Times that the table was put right after somebody else's change.",
         [](const auto& s) { return s.about->tally.drift_repairs; });
  }

  void results(const char* family, const char* help, std::initializer_list<std::pair<const char*, std::uint64_t>> values) {
    out_.family(family, Metric::counter, help);
    for (const auto& [result, value] : values) out_.sample(value, {{"result", result}});
  }
  void each(const char* family, Metric type, const char* help,
            const std::function<std::uint64_t(const ServiceNumbers&)>& value) {
    out_.family(family, type, help);
    for (const auto& s : services_) out_.sample(value(s), {{"virtual", s.name}});
  }
  void each_real(const char* family, const char* help,
                 const std::function<std::optional<std::uint64_t>(const RealNumbers&)>& value) {
    out_.family(family, Metric::gauge, help);
    for (const auto& s : services_)
      for (const auto& [name, real] : s.reals) {
        const auto number = value(real);
        if (number) out_.sample(*number, {{"virtual", s.name}, {"real", name}});
      }
  }
  void each_check(const std::function<void(const CheckTally&, MetricLabels)>& write) {
    for (const auto& s : services_)
      for (const auto& tally : s.about->tally.checks)
        write(tally, {{"virtual", s.name}, {"checktype", name(tally.kind.type)}, {"service", name(tally.kind.service)}});
  }

  const Status& status_;
  std::vector<ServiceNumbers> services_;
  base::OpenMetrics out_;
};

}  // namespace

std::string metrics_text(const Status& status) { return Writer(status).write(); }

}  // namespace ldir::core
