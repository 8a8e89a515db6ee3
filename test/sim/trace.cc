// SPDX-License-Identifier: Apache-2.0
#include "test/sim/trace.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hbd/core/plan.h"
#include "hbd/wire/seal.h"

namespace sim {

using namespace hbd;

std::string stamp(Mono now, Mono start) {
  return fmt::format("{:9.3f}", static_cast<double>((now - start).count()) / 1e9);
}

std::string describe(const World& world, const Host& host, const core::Effect& effect) {
  const auto resource = [&](const core::RunJob& run) {
    return world.setup().resources.groups[run.group].resources[run.resource].text;
  };
  std::string text;
  if (const auto* run = std::get_if<core::RunJob>(&effect)) {
    if (run->verb == core::Verb::status) return {};
    text = "run " + resource(*run) + ' ' + std::string(core::word(run->verb));
  } else if (const auto* cancel = std::get_if<core::CancelJob>(&effect)) {
    text = fmt::format("cancel job {}", cancel->id);
  } else if (const auto* event = std::get_if<core::Publish>(&effect)) {
    if (event->event.kind->id == "running_script") return {};
    static constexpr std::string_view kWords[] = {"debug", "info", "notice", "WARN", "ERROR", "CRIT"};
    text = std::string(kWords[static_cast<int>(event->event.kind->level)]) + ": " + event->event.text();
  } else if (const auto* fence = std::get_if<core::Fence>(&effect)) {
    text = "fence " + fence->node;
  } else if (const auto* reboot = std::get_if<core::Reboot>(&effect)) {
    text = "reboot: " + reboot->reason;
  } else if (const auto* finish = std::get_if<core::Finish>(&effect)) {
    text = finish->restart ? "restart" : "finish";
  } else {
    return {};
  }
  return fmt::format("{:<6} {}", host.name, text);
}

std::string describe(const Host& host, const core::Datagram& packet) {
  static constexpr std::string_view kDull[] = {"t", "src", "srcuuid", "destuuid", "ld", "ttl", "auth", "protocol", "ubcfg", "ubset"};
  auto text = fmt::format("{:<6} <- {} on {}:", host.name, packet.from, packet.link);
  const auto message = wire::open(packet.bytes, host.cluster.auth);
  if (!message) return text + " no message";
  text += fmt::format(" {}", message->type());
  for (const auto& field : message->fields())
    if (std::find(std::begin(kDull), std::end(kDull), field.name) == std::end(kDull))
      text += fmt::format(" {}={}", field.name, base::printable(field.value, 200));
  return text;
}

std::string summary(const Host& host) {
  if (!host.up()) return fmt::format("{:<6} {}", host.name, host.power ? "not running" : "without power");
  static constexpr std::string_view kStates[] = {"released", "starting", "held", "stopping", "failed"};
  const auto snapshot = host.snapshot();
  std::string groups;
  for (const auto& group : snapshot.groups)
    groups += (groups.empty() ? "" : ", ") + group.key + ' ' +
              std::string(kStates[static_cast<int>(group.state)]) + " (" + group.reason + ")";
  return fmt::format("{:<6} {} {}{}: {}", host.name, snapshot.status, model::word(snapshot.holding),
                     snapshot.transition ? " transition" : "", groups);
}

}  // namespace sim
