// SPDX-License-Identifier: Apache-2.0
#include "ldir/probe/poller.h"

#include <sys/epoll.h>

#include <array>

#include "io/clock.h"

namespace ldir::probe {

Poller::Poller(io::Context& context)
    : set_(::epoll_create1(EPOLL_CLOEXEC)), watch_(context, set_.get(), [this] { drain(); }) {}

Poller::Ticket Poller::add(int fd, Client& client) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  auto index = free_.back();
  auto& slot = slots_[index];
  Ticket ticket = (Ticket{slot.generation} + 1) << 32 | index;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = ticket;
  if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return 0;
  free_.pop_back();
  slot.client = &client;
  slot.generation = static_cast<std::uint32_t>(ticket >> 32);
  return ticket;
}

void Poller::remove(Ticket ticket) {
  if (ticket == 0) return;
  auto index = static_cast<std::uint32_t>(ticket);
  slots_[index].client = nullptr;
  free_.push_back(index);
}

void Poller::forget(Ticket ticket, int fd) {
  ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, fd, nullptr);
  remove(ticket);
}

base::Mono Poller::now() const { return round_ == base::kNever ? io::now_mono() : round_; }

void Poller::drain() {
  std::array<epoll_event, 256> events;
  int count = ::epoll_wait(set_.get(), events.data(), static_cast<int>(events.size()), 0);
  if (count > 0) round_ = io::now_mono();
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    const auto& slot = slots_[static_cast<std::uint32_t>(event.data.u64)];
    if (slot.client && slot.generation == event.data.u64 >> 32) slot.client->on_event(event.events);
  }
  round_ = base::kNever;
}

}  // namespace ldir::probe
