// SPDX-License-Identifier: Apache-2.0
// Calls that wait, and that nothing can end: look-ups of names above all. They run on threads of their own, so that
// many take no longer than one, and whoever asked waits no longer than it wants to.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "base/instant.h"

namespace io {

/// What call(0) ... call(count - 1) give, run on at most `threads` threads; nullopt for one that has not ended within
/// `limit` in all. Such a one goes on by itself, and one that has not begun by then never does: so `call` owns what it
/// uses. It must not throw.
template <class T>
std::vector<std::optional<T>> side_by_side(std::size_t count, std::function<T(std::size_t)> call, base::Duration limit,
                                           std::size_t threads = 32) {
  struct State {
    std::function<T(std::size_t)> call;
    std::mutex mutex;
    std::condition_variable done;
    std::vector<std::optional<T>> answers;
    std::size_t next = 0, ended = 0;
    bool over = false;
  };
  auto state = std::make_shared<State>();
  state->call = std::move(call);
  state->answers.resize(count);
  auto work = [state] {
    std::unique_lock lock(state->mutex);
    while (!state->over && state->next < state->answers.size()) {
      const auto i = state->next++;
      lock.unlock();
      auto answer = state->call(i);
      lock.lock();
      if (state->over) return;
      state->answers[i] = std::move(answer);
      if (++state->ended == state->answers.size()) state->done.notify_all();
    }
  };
  std::size_t begun = 0;
  for (; begun < std::min(count, threads); ++begun) {
    try {
      std::thread(work).detach();
    } catch (const std::system_error&) {
      break;  // no more threads today: those that are there do it all
    }
  }
  if (count > 0 && begun == 0) work();
  std::unique_lock lock(state->mutex);
  state->done.wait_for(lock, limit, [&] { return state->ended == count; });
  state->over = true;
  return std::move(state->answers);
}

}  // namespace io
