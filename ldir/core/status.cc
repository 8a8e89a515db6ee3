// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"

namespace ldir::core {

namespace {

const char* layer_name(check::Layer layer) {
  switch (layer) {
    case check::Layer::network:
      return "network";
    case check::Layer::tls:
      return "tls";
    case check::Layer::application:
      return "application";
    case check::Layer::none:
      break;
  }
  return "none";
}

/// UTC, as 2026-11-20T13:40:12Z.
std::string date(base::Wall when) {
  using namespace std::chrono;
  const seconds since = floor<seconds>(when.time_since_epoch());
  const auto day = floor<days>(since);
  const year_month_day ymd{sys_days(day)};
  const hh_mm_ss time{since - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string since(const Status& status, const Explanation& e) {
  const bool dated = e.configured && !e.fallback && e.since != base::Mono{};
  return dated ? date(status.wall - (status.now - e.since)) : std::string();
}

std::string options(const ipvs::ServiceOptions& o) {
  auto out = o.scheduler;
  if (o.persistent_s) out += fmt::format(", persistent {}", o.persistent_s);
  if (o.ops) out += ", ops";
  return out;
}

using base::json_quoted;

std::string json_entry(const Status& status, const Explanation& e) {
  std::string out = fmt::format(
      "{{\"role\": {}, \"name\": {}, \"address\": {}, \"port\": {}, \"method\": {}, \"weight\": {}, "
      "\"placement\": {}, "
      "\"state\": {}, \"failures\": {}, \"maintenance\": {}, \"reason\": {}",
      json_quoted(role_name(e)), json_quoted(e.name), json_quoted(e.endpoint.address.str()), e.endpoint.port,
      json_quoted(e.method), e.dest ? fmt::to_string(e.dest->weight) : "null", json_quoted(name(e.placement)),
      json_quoted(state_word(e)), e.failures, e.maintenance.empty() ? "null" : json_quoted(e.maintenance),
      json_quoted(e.reason));
  const auto when = since(status, e);
  out += fmt::format(", \"since\": {}", when.empty() ? "null" : json_quoted(when));
  out += fmt::format(", \"connections\": {}, \"limit\": {}", e.connections ? fmt::to_string(*e.connections) : "null",
                     e.dest && e.dest->upper ? fmt::to_string(e.dest->upper) : "null");
  out += ", \"timeline\": [";
  for (std::size_t i = 0; i < e.timeline.size(); ++i)
    out += fmt::format("{}{{\"at\": {}, \"turn\": \"{}\", \"reason\": {}}}", i ? ", " : "",
                       json_quoted(date(status.wall - (status.now - e.timeline[i].at))), name(e.timeline[i].turn),
                       json_quoted(e.timeline[i].reason));
  out += "]";
  if (!e.last) return out + ", \"last\": null}";
  return out + fmt::format(", \"last\": {{\"passed\": {}, \"layer\": {}, \"detail\": {}, \"ms\": {:.1f}}}}}",
                           e.last->pass, json_quoted(layer_name(e.last->layer)), json_quoted(e.last->detail),
                           static_cast<double>(e.last->elapsed.count()) / 1e6);
}

std::string json_checks(const ServiceTally& tally) {
  std::string out = "[";
  for (const auto& each : tally.checks) {
    const auto passed = each.results[CheckTally::passed];
    const auto mean = passed ? static_cast<double>(each.passes.sum().count()) / 1e6 / static_cast<double>(passed) : 0;
    out += fmt::format("{}{{\"checktype\": \"{}\", \"service\": \"{}\", \"passed\": {}, \"failed\": {}, \"mean_ms\": {}}}",
                       out.size() > 1 ? ", " : "", name(each.kind.type), name(each.kind.service), passed,
                       each.failures.total(), passed ? fmt::format("{:.2f}", mean) : "null");
  }
  return out + "]";
}

}  // namespace

const char* role_name(const Explanation& e) {
  return e.fallback ? "fallback" : e.configured ? "real" : "foreign";
}

std::string state_word(const Explanation& e) {
  if (e.fallback) return e.placement == Placement::absent ? "off" : "on";
  if (!e.configured) return name(e.placement);
  if (!e.maintenance.empty()) return "maintenance";
  return name(e.state);
}

std::string status_text(const Status& status, bool reasons) {
  std::string out = fmt::format("{}: {}, pid {}\n", status.config, status.phase, status.pid);
  for (const auto& s : status.services) {
    out += fmt::format("\n{} ({}){}\n", s.key.str(), options(s.options),
                       s.in_kernel ? "" : "  NOT IN THE KERNEL");
    if (!s.last_error.empty()) out += fmt::format("  refused by the kernel: {}\n", s.last_error);
    std::size_t width = 0;
    for (const auto& e : s.entries) width = std::max(width, e.name.size());
    for (const auto& e : s.entries) {
      auto weight = e.dest ? fmt::format("weight {}", e.dest->weight) : std::string("-");
      auto when = since(status, e);
      auto line = fmt::format("  {:<8}  {:<{}}  {}  {:<9}  {:<11}  {:<20}  {}", role_name(e), e.name, width,
                              e.method, weight, state_word(e), when,
                              reasons                       ? ""
                              : e.last                      ? e.last->detail
                              : e.fallback || !e.configured ? e.reason
                                                            : "");
      line.resize(line.find_last_not_of(' ') + 1);
      out += line + "\n";
      if (reasons) out += fmt::format("            {}\n", e.reason);
    }
  }
  return out;
}

std::string status_json(const Status& status) {
  const auto& errands = status.errands;
  std::string out = fmt::format(
      "{{\"config\": {}, \"host\": {}, \"phase\": {}, \"pid\": {}, \"time\": {},\n  \"reloads\": {}, "
      "\"reloads_refused\": {}, \"mails_sent\": {}, \"mails_not_sent\": {}, \"services\": [",
      json_quoted(status.config), json_quoted(status.host), json_quoted(status.phase), status.pid, json_quoted(date(status.wall)),
      errands.reloads, errands.reloads_refused, errands.mails_sent,
      errands.mails_failed + errands.mails_dropped + status.tally.mails_held_back);
  for (std::size_t i = 0; i < status.services.size(); ++i) {
    const auto& s = status.services[i];
    out += fmt::format(
        "{}\n  {{\"service\": {}, \"scheduler\": {}, \"persistent\": {}, \"in_kernel\": {}, \"error\": {}, "
        "\"table_entries\": {}, \"without_reals\": {}, \"checks\": {}, \"went_up\": {}, \"went_down\": {}, "
        "\"drift_repairs\": {}, \"refused\": {}, \"entries\": [",
        i ? "," : "", json_quoted(s.key.str()), json_quoted(s.options.scheduler), s.options.persistent_s, s.in_kernel,
        s.last_error.empty() ? "null" : json_quoted(s.last_error), s.in_table, s.without_reals, json_checks(s.tally),
        s.tally.went_up, s.tally.went_down, s.tally.drift_repairs, s.tally.refused);
    for (std::size_t k = 0; k < s.entries.size(); ++k)
      out += (k ? ",\n    " : "\n    ") + json_entry(status, s.entries[k]);
    out += "]}";
  }
  return out + "]}\n";
}

}  // namespace ldir::core
