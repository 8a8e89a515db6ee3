// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/media.h"

#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "hbd/shell/events.h"
#include "io/asio.h"

namespace hbd::shell {
namespace {
constexpr base::Duration kRetry = std::chrono::seconds(1);
}

/// Where the threads of one open_all leave what they have opened.
struct Media::Round {
  std::mutex mutex;
  std::condition_variable more;
  std::vector<std::pair<std::size_t, base::Result<OpenedMedium>>> finished;
  bool closed = false;  ///< nobody waits for them any more, and the loop may be gone
};

Media::Media(io::Context& context, Report& report, std::function<void(std::size_t)> on_change, Opener open)
    : context_(context),
      report_(report),
      on_change_(std::move(on_change)),
      open_(std::move(open)),
      timer_(context) {}

Media::~Media() { close_round(); }

void Media::close_round() {
  if (!round_) return;
  std::lock_guard lock(round_->mutex);
  round_->closed = true;
}

void Media::open_all(const std::vector<model::MediumEntry>& entries, std::uint16_t echo_id, base::Duration patience) {
  auto before = std::exchange(slots_, {});
  echo_id_ = echo_id;
  close_round();
  round_ = std::make_shared<Round>();
  for (const auto& entry : entries) {
    auto& slot = slots_.emplace_back();
    slot.entry = entry;
    if (!asks_for_names(entry)) continue;
    auto same = [&entry](const Slot& old) { return old.works && old.entry.same_as(entry); };
    auto old = std::find_if(before.begin(), before.end(), same);
    if (old == before.end()) continue;
    slot.opened = std::move(old->opened);
    slot.problem.clear();
    slot.works = slot.review = true;
    slot.partial = old->partial;
    old->works = false;
  }
  before.clear();
  std::size_t asked = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    auto& slot = slots_[i];
    if (asks_for_names(slot.entry)) {
      open_aside(i);
      ++asked;
      continue;
    }
    take(slot, open_(slot.entry));
  }
  {
    std::unique_lock lock(round_->mutex);
    round_->more.wait_for(lock, patience, [&] { return round_->finished.size() == asked; });
  }
  take_finished(false);
  timer_.after(kRetry, [this] { retry(); });
}

/// True when there is something new for the child.
bool Media::take(Slot& slot, base::Result<OpenedMedium> opened) {
  std::string kind(slot.entry.kind()), name = slot.entry.link_name();
  const bool review = std::exchange(slot.review, false);
  if (!opened) {
    if (review) {
      slot.review = slot.partial;
      if (!slot.partial) report_.say({kNamesUnknown, {{"kind", kind}, {"name", name}, {"error", opened.error().message}}});
      return false;
    }
    // What was open before stays: it may still come back by itself.
    if (!slot.works) slot.problem = opened.error().message;
    slot.wanted = true;
    if (!std::exchange(slot.said, true))
      report_.say({kMediumFailed, {{"kind", kind}, {"name", name}, {"error", opened.error().message}}});
    return false;
  }
  const bool whole = opened->missing.empty();
  if (!whole && !std::exchange(slot.partial, true))
    report_.say({kMembersUnknown, {{"kind", kind}, {"name", name}, {"error", opened->missing}}});
  // Where a member is missing, its name is asked for again and again; meanwhile the others work as they are.
  slot.wanted = slot.review = !whole;
  if (review && opened->targets == slot.opened.targets) return false;
  slot.opened = std::move(*opened);
  slot.problem.clear();
  if (!std::exchange(slot.works, true) || review)
    for (const auto& event : slot.opened.events) report_.say(event);
  if (whole && (std::exchange(slot.partial, false) || slot.said))
    report_.say({kMediumReopened, {{"kind", kind}, {"name", name}}});
  slot.said = false;
  return true;
}

void Media::reopen(std::size_t index) {
  if (index >= slots_.size()) return;
  slots_[index].wanted = true;
  slots_[index].review = false;
}

void Media::retry() {
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].wanted && !slots_[i].busy) open_aside(i);
  timer_.after(kRetry, [this] { retry(); });
}

void Media::open_aside(std::size_t index) {
  slots_[index].busy = true;
  auto deliver = [this] { take_finished(true); };
  auto work = [&context = context_, weak = std::weak_ptr(round_), entry = slots_[index].entry, open = open_, index,
               deliver] {
    auto opened = open(entry);
    auto round = weak.lock();
    if (!round) return;
    {
      std::lock_guard lock(round->mutex);
      if (round->closed) return;
      round->finished.emplace_back(index, std::move(opened));
      // Under the lock: whoever is told by `more` may be at his end, and take the loop with him.
      asio::post(context, [weak, deliver] {
        if (auto still = weak.lock(); still && !still->closed) deliver();
      });
    }
    round->more.notify_one();
  };
  // Signals are for the loop's thread.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread(work).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Media::take_finished(bool tell) {
  std::vector<std::pair<std::size_t, base::Result<OpenedMedium>>> finished;
  {
    std::lock_guard lock(round_->mutex);
    finished.swap(round_->finished);
  }
  for (auto& [index, opened] : finished) {
    slots_[index].busy = false;
    if (take(slots_[index], std::move(opened)) && tell) on_change_(index);
  }
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
