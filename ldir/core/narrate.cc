// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/narrate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "ldir/core/events.h"

namespace ldir::core {

namespace {

struct Narrate {
  const model::VirtualService* service;
  const PlannedEntry* entry;
  const char* phase;

  const char* role() const { return entry && entry->real == PlannedEntry::kFallback ? "fallback" : "real"; }

  std::string entry_name(const ipvs::DestKey& endpoint, bool mapped) const {
    if (!service || !entry || entry->real < 0) return endpoint.str();
    const auto& real = service->reals[static_cast<std::size_t>(entry->real)];
    if (real.configured_port == endpoint.port) return endpoint.str();
    return mapped ? fmt::format("{} mapped from {}", endpoint.str(), real_name(real)) : real_name(real);
  }

  base::Event weight_set(const EventKind& kind, const ipvs::ServiceKey& key, const ipvs::DestKey& endpoint,
                         std::uint32_t weight, bool mapped) const {
    return {kind, {{"role", role()}, {"real", entry_name(endpoint, mapped)}, {"virtual", key.log_name()},
                   {"weight", fmt::to_string(weight)}}};
  }

  base::Event operator()(const ipvs::AddService& op) const { return {kAddedVirtual, {{"virtual", op.service.log_name()}}}; }
  base::Event operator()(const ipvs::EditService& op) const { return {kChangedVirtual, {{"virtual", op.service.log_name()}}}; }
  base::Event operator()(const ipvs::DeleteService& op) const {
    return {kPurgedVirtual, {{"virtual", op.service.log_name()}, {"phase", phase}}};
  }
  base::Event operator()(const ipvs::AddDest& op) const {
    const bool failed = entry && entry->placement == Placement::quiescent;
    return weight_set(failed ? kReaddQuiescent : kAdded, op.service, op.dest, op.value.weight, failed);
  }
  base::Event operator()(const ipvs::EditDest& op) const {
    const bool failed = entry && entry->placement == Placement::quiescent;
    return weight_set(failed ? kQuiescent : kRestored, op.service, op.dest, op.value.weight, failed);
  }
  base::Event operator()(const ipvs::DeleteDest& op) const {
    if (!entry || entry->real == PlannedEntry::kStranger)
      return {kPurgedReal, {{"real", op.dest.str()}, {"virtual", op.service.log_name()}, {"phase", phase}}};
    return {kDeleted, {{"role", role()}, {"real", entry_name(op.dest, true)}, {"virtual", op.service.log_name()}}};
  }
};

}  // namespace

std::string real_name(const model::RealServer& real) {
  return fmt::format("{}:{}", real.endpoint.address.bracketed(), real.configured_port);
}

base::Event narrate(const ipvs::Op& op, const model::VirtualService* service, const PlannedEntry* entry,
                    const char* phase) {
  return std::visit(Narrate{service, entry, phase}, op);
}

std::optional<std::string> mail_subject(const base::Event& event) {
  if (event.kind == &kAdded || event.kind == &kRestored || event.kind == &kDeleted || event.kind == &kQuiescent ||
      event.kind == &kPurgedReal)
    return event.text();
  if (event.kind != &kReaddQuiescent) return std::nullopt;
  base::Event quiescent = event;  // its mail says Quiescent (reference §6.2)
  quiescent.kind = &kQuiescent;
  return quiescent.text();
}

std::string monitor_line(const model::RealServer& real, bool up, std::string_view detail) {
  std::string said;
  for (char c : detail) {
    const bool separator = c == '%' || c == '|' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (separator) said += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    else said += c;
  }
  return fmt::format("{} [{}] {}", real.monitor_id, up ? "up" : "down", said.empty() ? "-" : said);
}

bool mail_wanted(const std::string& alert_status, const std::string& daemon_status) {
  const auto statuses = base::words(alert_status, " \t,");
  return std::any_of(statuses.begin(), statuses.end(),
                     [&](std::string_view s) { return s == "all" || s == daemon_status; });
}

}  // namespace ldir::core
