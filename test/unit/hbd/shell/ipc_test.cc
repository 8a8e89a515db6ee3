// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/ipc.h"

#include "base/rng.h"
#include "hbd/shell/channel.h"
#include "test/unit/hbd/shell/scratch.h"
#include "test/support/catch.h"

using namespace hbd::shell;

TEST_CASE("every field of a message survives the way") {
  auto job = ipc::decode(ipc::encode(ipc::RunJob{1ull << 40, 7, 65535, 3, 2, 60000}));
  REQUIRE(job);
  auto& run = std::get<ipc::RunJob>(*job);
  CHECK(run.id == 1ull << 40);
  CHECK(run.table == 7);
  CHECK(run.group == 65535);
  CHECK(run.resource == 3);
  CHECK(run.verb == 2);
  CHECK(run.limit_ms == 60000);

  ipc::Link link{3, 1, 0xbeef, {std::string("a\0b", 3), ""}, "no such device"};
  auto back = ipc::decode(ipc::encode(link));
  REQUIRE(back);
  CHECK(std::get<ipc::Link>(*back).targets == link.targets);
  CHECK(std::get<ipc::Link>(*back).problem == link.problem);
  CHECK(std::get<ipc::Link>(*back).echo_id == 0xbeef);
}

TEST_CASE("as many nodes as a cluster may have fit into one message, with the longest names") {
  ipc::Nodes nodes;
  for (int i = 0; i < 100; ++i) nodes.names.push_back(std::to_string(100 + i) + std::string(96, 'x'));
  auto back = ipc::decode(ipc::encode(nodes));
  REQUIRE(back);
  CHECK(std::get<ipc::Nodes>(*back).names == nodes.names);
}

TEST_CASE("text that is too long is cut, not refused") {
  auto back = ipc::decode(ipc::encode(ipc::Log{1, 2, "id", std::string(100000, 'x')}));
  REQUIRE(back);
  CHECK(std::get<ipc::Log>(*back).text.size() == ipc::kMaxText);
}

TEST_CASE("bytes that are no message are refused, whatever they are") {
  CHECK_FALSE(ipc::decode(""));
  CHECK_FALSE(ipc::decode(std::string(1, '\xff')));
  auto good = ipc::encode(ipc::JobDone{5, 0, 0, "running"});
  CHECK_FALSE(ipc::decode(good + "x"));
  for (std::size_t cut = 0; cut < good.size(); ++cut) CHECK_FALSE(ipc::decode(good.substr(0, cut)));
  base::Rng rng(7);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(rng.below(60), '\0');
    for (auto& c : bytes) c = static_cast<char>(rng.next());
    if (!bytes.empty()) bytes[0] = static_cast<char>(rng.below(24));
    ipc::decode(bytes);  // must come back
  }
}

TEST_CASE("a channel keeps order when the other end does not read, and gives descriptors along") {
  io::Loop loop;
  io::Fd a, b;
  REQUIRE(make_channel(a, b));
  Channel sender(loop.context(), std::move(a));
  Channel receiver(loop.context(), std::move(b));
  sender.start([](ipc::Message, std::vector<io::Fd>) {}, [](std::string_view) {});
  constexpr std::uint64_t kMany = 5000;
  for (std::uint64_t i = 0; i < kMany; ++i) sender.send(ipc::JobDone{i, 0, 0, std::string(500, 'o')});
  CHECK_FALSE(sender.drained());
  CHECK_FALSE(sender.offer(ipc::Alive{}));  // nothing overtakes
  sender.send(ipc::Reload{9}, {0});
  std::uint64_t next = 0;
  std::size_t descriptors = 0;
  bool closed = false;
  receiver.start(
      [&](ipc::Message m, std::vector<io::Fd> fds) {
        descriptors += fds.size();
        if (auto* done = std::get_if<ipc::JobDone>(&m)) CHECK(done->id == next++);
      },
      [&](std::string_view) { closed = true; });
  REQUIRE(until(loop, [&] { return next == kMany && descriptors == 1; }));
  CHECK_FALSE(closed);
}

TEST_CASE("the end of the other process, and its nonsense, are told once") {
  io::Loop loop;
  io::Fd a, b;
  REQUIRE(make_channel(a, b));
  Channel ours(loop.context(), std::move(a));
  int closed = 0;
  ours.start([](ipc::Message, std::vector<io::Fd>) {}, [&](std::string_view) { ++closed; });
  SECTION("end") { b.reset(); }
  SECTION("nonsense") { REQUIRE(::write(b.get(), "\xee garbage", 9) == 9); }
  REQUIRE(until(loop, [&] { return closed > 0; }));
  loop.run_for(std::chrono::milliseconds(1));
  CHECK(closed == 1);
}
