// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/media.h"

#include <signal.h>

#include <thread>

#include "hbd/shell/events.h"
#include "io/asio.h"

namespace hbd::shell {
namespace {
constexpr base::Duration kRetry = std::chrono::seconds(1);
}

Media::Media(io::Context& context, Report& report, std::function<void(std::size_t)> on_change)
    : context_(context), report_(report), on_change_(std::move(on_change)), timer_(context) {}

Media::~Media() = default;

void Media::open_all(const std::vector<model::MediumEntry>& entries, std::uint16_t echo_id) {
  slots_.clear();
  echo_id_ = echo_id;
  round_ = std::make_shared<int>();
  for (const auto& entry : entries) {
    auto& slot = slots_.emplace_back();
    slot.entry = entry;
    take(slot, open_medium(entry));
    slot.wanted = !slot.works;
  }
  timer_.after(kRetry, [this] { retry(); });
}

void Media::take(Slot& slot, base::Result<OpenedMedium> opened) {
  std::string kind(slot.entry.kind()), name = slot.entry.link_name();
  if (!opened) {
    // What was open before stays: it may still come back by itself.
    if (!slot.works) slot.problem = opened.error().message;
    if (!std::exchange(slot.said, true))
      report_.say({kMediumFailed, {{"kind", kind}, {"name", name}, {"error", opened.error().message}}});
    return;
  }
  slot.opened = std::move(*opened);
  slot.problem.clear();
  if (!std::exchange(slot.works, true))
    for (const auto& event : slot.opened.events) report_.say(event);
  if (std::exchange(slot.said, false)) report_.say({kMediumReopened, {{"kind", kind}, {"name", name}}});
  slot.wanted = false;
}

void Media::reopen(std::size_t index) {
  if (index < slots_.size()) slots_[index].wanted = true;
}

void Media::retry() {
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].wanted && !slots_[i].busy) open_aside(i);
  timer_.after(kRetry, [this] { retry(); });
}

void Media::open_aside(std::size_t index) {
  slots_[index].busy = true;
  auto deliver = [this, index](base::Result<OpenedMedium>& opened) {
    auto& slot = slots_[index];
    slot.busy = false;
    take(slot, std::move(opened));
    if (!slot.wanted) on_change_(index);
  };
  auto work = [&context = context_, round = std::weak_ptr(round_), entry = slots_[index].entry, deliver] {
    auto opened = std::make_shared<base::Result<OpenedMedium>>(open_medium(entry));
    if (round.expired()) return;
    asio::post(context, [round, opened, deliver] {
      if (round.lock()) deliver(*opened);
    });
  };
  // Signals are for the loop's thread.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread(work).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Media::send_to(Channel& channel, std::size_t index) const {
  const auto& slot = slots_[index];
  // An id for each link: a host may be a ping node and in a ping_group, or in two, and answers all of them.
  const auto echo_id = static_cast<std::uint16_t>(echo_id_ + index);
  ipc::Link message{static_cast<std::uint16_t>(index), static_cast<std::uint8_t>(slot.opened.kind), echo_id,
                    slot.opened.targets, slot.problem};
  if (!slot.works)
    channel.send(message);
  else if (slot.opened.kind == LinkKind::echo)
    channel.send(message, {slot.opened.receive.get()});
  else
    channel.send(message, {slot.opened.receive.get(), slot.opened.send.get()});
}

}  // namespace hbd::shell
