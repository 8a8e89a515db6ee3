// SPDX-License-Identifier: Apache-2.0
#include "io/timer.h"

#include <atomic>
#include <thread>

#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

using namespace std::chrono_literals;

TEST_CASE("a thread that outlives the loop may post, to no effect") {
  std::atomic<int> ran = 0;
  io::Loop::Post post;
  {
    io::Loop loop;
    post = loop.poster();
    std::thread(post, [&] { ++ran; }).join();
    REQUIRE(test::run_until(loop, [&] { return ran == 1; }));
    post([&] { ++ran; });  // never runs
  }
  std::thread(post, [&] { ++ran; }).join();
  CHECK(ran == 1);
}

TEST_CASE("a timer fires once, not before its time, never from within at()") {
  io::Loop loop;
  io::Timer timer(loop.context());
  int fired = 0;
  auto begin = io::now_mono();
  timer.after(20ms, [&] { ++fired; });
  CHECK(timer.pending());
  REQUIRE(test::run_until(loop, [&] { return fired > 0; }));
  CHECK(io::now_mono() - begin >= 20ms);
  CHECK_FALSE(timer.pending());
  timer.at(begin, [&] { ++fired; });
  CHECK(fired == 1);
  REQUIRE(test::run_until(loop, [&] { return fired == 2; }));
}

TEST_CASE("a timer that is moved does not fire for its old time") {
  io::Loop loop;
  io::Timer timer(loop.context());
  std::string order;
  timer.after(0ms, [&] { order += "old"; });
  timer.after(1ms, [&] { order += "new"; });
  REQUIRE(test::run_until(loop, [&] { return !order.empty(); }));
  CHECK(order == "new");
  timer.after(0ms, [&] { order += "cancelled"; });
  timer.cancel();
  loop.run_for(5ms);
  CHECK(order == "new");
  timer.at(base::kNever, [&] { order += "never"; });
  CHECK_FALSE(timer.pending());
}

TEST_CASE("a timer may be destroyed and re-armed from its own callback") {
  io::Loop loop;
  auto timer = std::make_unique<io::Timer>(loop.context());
  int fired = 0;
  timer->after(0ms, [&] {
    timer->after(0ms, [&] {
      timer.reset();
      fired = 2;
    });
    fired = 1;
  });
  REQUIRE(test::run_until(loop, [&] { return fired == 2; }));
}

TEST_CASE("a deadline queue fires in order and forgets what was cancelled") {
  io::Loop loop;
  io::DeadlineQueue queue(loop.context(), 1ms);
  std::string order;
  auto now = io::now_mono();
  queue.add(now + 30ms, [&] { order += "c"; });
  auto b = queue.add(now + 10ms, [&] { order += "b"; });
  queue.add(now, [&] { order += "a"; });
  queue.cancel(b);
  REQUIRE(test::run_until(loop, [&] { return order.size() == 2; }));
  CHECK(order == "ac");
  CHECK(queue.size() == 0);
  CHECK(io::now_mono() - now >= 30ms);
}

TEST_CASE("a callback that adds a deadline in the past does not starve the loop") {
  io::Loop loop;
  io::DeadlineQueue queue(loop.context(), 0ms);
  int fired = 0;
  std::function<void()> again = [&] {
    ++fired;
    queue.add(base::Mono{}, again);
  };
  queue.add(base::Mono{}, again);
  bool other = false;
  io::Timer timer(loop.context());
  timer.after(1ms, [&] { other = true; });
  REQUIRE(test::run_until(loop, [&] { return other; }));
  CHECK(fired > 0);
}
