// SPDX-License-Identifier: Apache-2.0
#include "io/side_by_side.h"

#include <atomic>
#include <future>

#include "io/clock.h"
#include "test/support/catch.h"

using namespace std::chrono_literals;

TEST_CASE("calls that wait run side by side, and each answer has its place") {
  struct Shared {
    std::mutex mutex;
    std::condition_variable all_here;
    int here = 0;
  };
  auto shared = std::make_shared<Shared>();
  // Each waits for all others: one after the other none would ever end.
  auto answers = io::side_by_side<std::size_t>(
      8,
      [shared](std::size_t i) {
        std::unique_lock lock(shared->mutex);
        if (++shared->here == 8) shared->all_here.notify_all();
        shared->all_here.wait_for(lock, 30s, [&] { return shared->here == 8; });
        return i * i;
      },
      60s);
  REQUIRE(answers.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) CHECK(answers[i] == i * i);
  CHECK(shared->here == 8);
}

TEST_CASE("one that never ends costs its own answer, and the limit") {
  auto release = std::make_shared<std::promise<void>>();
  auto released = release->get_future().share();
  auto called = std::make_shared<std::atomic<int>>(0);
  auto begun = io::now_mono();
  auto answers = io::side_by_side<int>(
      3,
      [released, called](std::size_t i) {
        ++*called;
        if (i == 1) released.wait();
        return static_cast<int>(i);
      },
      300ms, 2);
  CHECK(io::now_mono() - begun < 30s);
  CHECK(answers[0] == 0);
  CHECK_FALSE(answers[1]);
  CHECK(answers[2] == 2);
  release->set_value();

  auto never = std::make_shared<std::promise<void>>();
  auto stuck = never->get_future().share();
  called->store(0);
  answers = io::side_by_side<int>(
      5, [stuck, called](std::size_t) { return ++*called, stuck.wait(), 0; }, 100ms, 2);
  for (const auto& answer : answers) CHECK_FALSE(answer);
  never->set_value();
  CHECK(called->load() <= 2);  // those that had not begun by then never do
  CHECK(io::side_by_side<int>(0, [](std::size_t) { return 1; }, 10s).empty());
}
