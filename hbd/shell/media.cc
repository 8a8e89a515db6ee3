// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/media.h"

#include "hbd/shell/events.h"

namespace hbd::shell {
namespace {
constexpr base::Duration kRetry = std::chrono::seconds(1);
}

Media::Media(io::Context& context, Report& report, std::function<void(std::size_t)> on_change)
    : report_(report), on_change_(std::move(on_change)), timer_(context) {}

void Media::open_all(const std::vector<model::MediumEntry>& entries, std::uint16_t echo_id) {
  slots_.clear();
  echo_id_ = echo_id;
  for (const auto& entry : entries) slots_.push_back({entry, {}, {}, false, false, false});
  for (auto& slot : slots_) slot.wanted = !open(slot, true);
  timer_.after(kRetry, [this] { retry(); });
}

bool Media::open(Slot& slot, bool first) {
  auto opened = open_medium(slot.entry);
  std::string kind(slot.entry.kind()), name = slot.entry.link_name();
  if (!opened) {
    slot.problem = opened.error().message;
    if (!std::exchange(slot.said, true))
      report_.say({kMediumFailed, {{"kind", kind}, {"name", name}, {"error", slot.problem}}});
    return false;
  }
  slot.opened = std::move(*opened);
  slot.problem.clear();
  slot.works = true;
  if (first)
    for (const auto& event : slot.opened.events) report_.say(event);
  if (std::exchange(slot.said, false)) report_.say({kMediumReopened, {{"kind", kind}, {"name", name}}});
  return true;
}

void Media::reopen(std::size_t index) {
  if (index < slots_.size()) slots_[index].wanted = true;
}

void Media::retry() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].wanted || !open(slots_[i], !slots_[i].works)) continue;
    slots_[i].wanted = false;
    on_change_(i);
  }
  timer_.after(kRetry, [this] { retry(); });
}

void Media::send_to(Channel& channel, std::size_t index) const {
  const auto& slot = slots_[index];
  ipc::Link message{static_cast<std::uint16_t>(index), static_cast<std::uint8_t>(slot.opened.kind), echo_id_,
                    slot.opened.targets, slot.problem};
  if (!slot.works)
    channel.send(message);
  else if (slot.opened.kind == LinkKind::echo)
    channel.send(message, {slot.opened.receive.get()});
  else
    channel.send(message, {slot.opened.receive.get(), slot.opened.send.get()});
}

}  // namespace hbd::shell
