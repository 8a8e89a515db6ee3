// SPDX-License-Identifier: Apache-2.0
// The parent's media with an opener of the test's: what opens at once, what waits for names, and for whom nobody waits.
#include "hbd/shell/media.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd;
using namespace hbd::shell;
using namespace std::chrono_literals;

namespace {

/// Answers as told; `gate` holds back whoever asks for names.
struct World {
  base::Result<OpenedMedium> open(const model::MediumEntry& entry) {
    std::unique_lock lock(mutex);
    ++calls;
    if (asks_for_names(entry)) passed = gate.wait_for(lock, 30s, [this] { return open_gate; });
    if (!problem.empty()) return base::fail(problem, EHOSTUNREACH);
    OpenedMedium out;
    out.receive.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    out.send.reset(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    out.targets = {target};
    out.missing = missing;
    return out;
  }
  void let_through() {
    std::lock_guard lock(mutex);
    open_gate = true;
    gate.notify_all();
  }
  std::mutex mutex;
  std::condition_variable gate;
  bool open_gate = false, passed = true;
  std::atomic<int> calls = 0;
  void now(std::string on_target, std::string not_found) {
    std::lock_guard lock(mutex);
    target = std::move(on_target);
    missing = std::move(not_found);
  }
  std::string problem, missing, target = "first";
};

struct Bench {
  Bench() {
    targets.logfile = dir.path + "/log";
    targets.facility = "none";
    report.retarget(targets, false);
    report.start();
    make_channel(ours, theirs);
    parent.emplace(loop.context(), std::move(ours));
    child.emplace(loop.context(), std::move(theirs));
    parent->start([](ipc::Message, std::vector<io::Fd>) {}, [](std::string_view) {});
    child->start([this](ipc::Message m, std::vector<io::Fd> fds) {
      if (auto* link = std::get_if<ipc::Link>(&m)) told.emplace_back(std::move(*link), fds.size());
    }, [](std::string_view) {});
  }
  /// What a child would be told of medium 0.
  std::pair<ipc::Link, std::size_t> look() {
    told.clear();
    media.send_to(*parent, 0);
    REQUIRE(until(loop, [this] { return !told.empty(); }));
    return told.front();
  }
  std::string log() {
    report.flush(10s);
    return dir.read("log");
  }
  Scratch dir;
  io::Loop loop;
  model::LogTargets targets;
  Report report{targets, "alice", false};
  io::Fd ours, theirs;
  std::optional<Channel> parent, child;
  std::vector<std::pair<ipc::Link, std::size_t>> told;
  std::shared_ptr<World> world = std::make_shared<World>();
  std::vector<std::size_t> changed;
  Media media{loop.context(), report, [this](std::size_t i) { changed.push_back(i); },
              [world = world](const model::MediumEntry& entry) { return world->open(entry); }};
};

model::MediumEntry name(const std::string& host = "gate.example") { return {model::Ping{host}, 694, {}}; }

}  // namespace

TEST_CASE("which media must ask for names") {
  CHECK(asks_for_names({model::Ping{"gate.example"}, 694, {}}));
  CHECK(asks_for_names({model::Ucast{"eth0", "bob"}, 694, {}}));
  CHECK(asks_for_names({model::Ucast6{"eth0", "bob"}, 694, {}}));
  CHECK(asks_for_names({model::PingGroup{"g", {"10.0.0.1", "gate.example"}}, 694, {}}));
  CHECK_FALSE(asks_for_names({model::PingGroup{"g", {"10.0.0.1", "10.0.0.2"}}, 694, {}}));
  CHECK_FALSE(asks_for_names({model::Ucast6{"eth0", "fe80::1%eth0"}, 694, {}}));
  CHECK_FALSE(asks_for_names({model::Bcast{"eth0"}, 694, {}}));
}

TEST_CASE("a name server that does not answer holds nobody up") {
  Bench b;
  b.media.open_all({name()}, 1);
  {
    // Had open_all waited for it, it would have got no answer.
    auto [link, descriptors] = b.look();
    CHECK(link.problem == "not open yet");
    CHECK(descriptors == 0);
  }
  b.world->let_through();
  REQUIRE(until(b.loop, [&] { return !b.changed.empty(); }));
  CHECK(b.world->passed);
  CHECK(b.look().second == 1 + 1);
}

TEST_CASE("names that are answered soon are there at a start") {
  Bench b;
  b.world->let_through();
  b.media.open_all({name()}, 1, 30s);
  CHECK(b.look().first.problem.empty());
  CHECK(b.changed.empty());
}

TEST_CASE("over a reload, a line that stays goes on with the addresses it had") {
  Bench b;
  b.world->let_through();
  b.media.open_all({name()}, 1, 30s);
  SECTION("while the name server is silent") {
    b.world->open_gate = false;
    b.media.open_all({{model::Bcast{"eth0"}, 694, {}}, name()}, 1);
    b.media.open_all({name()}, 1);
    auto [link, descriptors] = b.look();
    CHECK(link.problem.empty());
    CHECK(link.targets == std::vector<std::string>{"first"});
    CHECK(descriptors == 2);
    b.world->let_through();
  }
  SECTION("when it has no answer") {
    b.world->problem = "unknown host: gate.example";
    b.media.open_all({name()}, 1, 30s);
    CHECK(b.look().first.problem.empty());
    CHECK(b.log().find("gate.example: unknown host: gate.example. Going on with the address that was known before.") !=
          std::string::npos);
  }
  SECTION("when it has the same answer: nothing new for the child") {
    b.world->open_gate = false;
    b.media.open_all({name()}, 1);
    b.world->let_through();
    REQUIRE(until(b.loop, [&] { return b.world->calls == 2; }));
    b.loop.run_for(50ms);
    CHECK(b.changed.empty());
  }
  SECTION("until it has another answer") {
    b.world->target = "second";
    b.world->open_gate = false;
    b.media.open_all({name()}, 1);
    b.world->let_through();
    REQUIRE(until(b.loop, [&] { return !b.changed.empty(); }));
    CHECK(b.look().first.targets == std::vector<std::string>{"second"});
  }
  SECTION("another line does not") {
    b.world->problem = "unknown host: other.example";
    b.media.open_all({name("other.example")}, 1, 30s);
    CHECK(b.look().first.problem == "unknown host: other.example");
  }
}

TEST_CASE("what fails is tried again") {
  Bench b;
  b.world->let_through();
  b.world->problem = "unknown host: gate.example";
  b.media.open_all({name()}, 1, 30s);
  CHECK(b.look().second == 0);
  {
    std::lock_guard lock(b.world->mutex);
    b.world->problem.clear();
  }
  REQUIRE(until(b.loop, [&] { return !b.changed.empty(); }));
  CHECK(b.look().second == 2);
  CHECK(b.log().find("ping gate.example: works again.") != std::string::npos);
}

TEST_CASE("a group without one of its members works, and the missing one is looked for") {
  Bench b;
  b.world->let_through();
  b.world->missing = "unknown host: gate.example";
  b.media.open_all({{model::PingGroup{"gates", {"10.0.0.1", "gate.example"}}, 694, {}}}, 1, 30s);
  CHECK(b.look().second == 2);
  REQUIRE(until(b.loop, [&] { return b.world->calls >= 2; }));
  CHECK(b.changed.empty());
  b.world->now("both", "");
  REQUIRE(until(b.loop, [&] { return !b.changed.empty(); }));
  CHECK(b.look().first.targets == std::vector<std::string>{"both"});
  const auto log = b.log();
  const std::string_view warning = "ping_group gates: unknown host: gate.example. The other members are pinged";
  CHECK(log.find(warning) != std::string::npos);
  CHECK(log.find(warning) == log.rfind(warning));
  CHECK(log.find("ping_group gates: works again.") != std::string::npos);
}

TEST_CASE("a socket that is of no use any more is replaced, whatever its address") {
  Bench b;
  b.world->let_through();
  b.media.open_all({name()}, 1, 30s);
  b.media.open_all({name()}, 1, 30s);
  b.media.reopen(0);
  REQUIRE(until(b.loop, [&] { return !b.changed.empty(); }));
}
