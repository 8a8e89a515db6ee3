// SPDX-License-Identifier: Apache-2.0
// The child's turn, with a scripted elector in the core, a link made of a queue and the other end of the
// channel.
#include "hbd/shell/driver.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <utility>

#include "hbd/core/events.h"
#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd;
using namespace std::chrono_literals;
namespace ipc = shell::ipc;

namespace {

struct Script {
  std::vector<std::string> seen;  ///< in order: "packet X", "tick", "link down", "shutdown", "settled"
  base::Mono wake = base::kNever;
  std::function<void(core::Council&, const core::Input&)> react;
  std::string memento = "elector";
  bool restored = false;
  std::string peer = "active";
};

class ScriptedElector final : public core::Elector {
 public:
  explicit ScriptedElector(Script& script) : script_(script) {}
  void start(core::Now, core::Council& council) override {
    if (script_.react) script_.react(council, core::Shutdown{});
  }
  void step(core::Now, const core::Input& input, core::Council& council) override {
    if (auto* d = std::get_if<core::Datagram>(&input)) script_.seen.push_back("packet " + d->bytes);
    if (std::holds_alternative<core::Tick>(input))
      script_.seen.push_back("tick"), script_.wake = base::kNever;
    if (auto* l = std::get_if<core::LinkChange>(&input))
      script_.seen.push_back(l->up ? "link up" : "link down");
    if (std::holds_alternative<core::Standby>(input)) script_.seen.push_back("standby");
    if (script_.react) script_.react(council, input);
  }
  void settled(core::Now, std::size_t, core::Council&) override { script_.seen.push_back("settled"); }
  base::Mono next_wake() const override { return script_.wake; }
  void describe(core::Snapshot& out) const override {
    out.comm_up = true;
    out.self = "alice";
    out.nodes = {{"alice", false, "active", {}, {}}, {"bob", false, script_.peer, {}, {}}, {"10.0.0.254", true, "ping", {}, {}}};
  }
  std::string save() const override { return script_.memento; }
  bool restore(std::string_view text) override { return script_.restored = text == script_.memento; }

 private:
  Script& script_;
};

struct Wire {
  std::deque<std::string> incoming;
  std::vector<std::string> sent;
  shell::Link::Outcome outcome{};
  io::Fd readable{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::function<void()> on_send;
  void arrive(const std::string& bytes) {
    incoming.push_back(bytes);
    ::eventfd_write(readable.get(), 1);
  }
};

class FakeLink final : public shell::Link {
 public:
  explicit FakeLink(Wire& wire) : wire_(wire) {}
  Outcome send(std::string_view bytes) override {
    if (wire_.on_send) wire_.on_send();
    wire_.sent.emplace_back(bytes);
    return wire_.outcome;
  }
  std::size_t drain(std::size_t limit, const std::function<void(const shell::Packet&)>& take) override {
    eventfd_t ignored;
    ::eventfd_read(wire_.readable.get(), &ignored);
    std::size_t count = 0;
    for (; count < limit && !wire_.incoming.empty(); ++count) {
      take({wire_.incoming.front(), "10.0.0.2"});
      wire_.incoming.pop_front();
    }
    return count;
  }
  int descriptor() const override { return wire_.readable.get(); }

 private:
  Wire& wire_;
};

/// A child's inside with both ends of its channel here.
struct Bench {
  explicit Bench(std::optional<io::Fd> memory = std::nullopt) {
    io::Fd a, b;
    REQUIRE(shell::make_channel(a, b));
    ours.emplace(loop.context(), std::move(a));
    parent.emplace(loop.context(), std::move(b));
    ours->start([](ipc::Message, std::vector<io::Fd>) {}, [](std::string_view) {});
    parent->start([this](ipc::Message m, std::vector<io::Fd>) { heard.push_back(std::move(m)); },
                  [](std::string_view) {});
    cluster.nodes = {"alice", "bob"};
    cluster.self = "alice";
    cluster.media = {{model::Bcast{"eth0"}, 694, {}}, {model::Ping{"10.0.0.254"}, 694, {}}};
    resources.groups.push_back({"alice", {{"IPaddr", {"1.2.3.4"}, "1.2.3.4", {}}}, {}});
    shell::Memory m = memory ? shell::Memory(std::move(*memory)) : std::move(*shell::Memory::create());
    shell::Journal journal(std::move(m));
    memento = journal.memento();
    driver.emplace(loop.context(), *ours, std::move(journal), cluster, 3,
                   shell::Driver::Hooks{nullptr, [this] { ++comm_ups; }, [this](bool) { ++finished; }, nullptr});
    driver->set_link(0, std::make_unique<FakeLink>(wire), "");
    driver->set_link(1, std::make_unique<FakeLink>(ping), "");
  }
  void begin() {
    driver->begin(std::make_unique<core::Engine>(cluster, resources,
                                                 std::make_unique<ScriptedElector>(script), memento));
  }
  template <class M>
  std::vector<M> all() const {
    std::vector<M> out;
    for (const auto& m : heard)
      if (auto* one = std::get_if<M>(&m)) out.push_back(*one);
    return out;
  }
  template <class M>
  bool hears(std::size_t count = 1) {
    return until(loop, [&] { return all<M>().size() >= count; });
  }
  std::ptrdiff_t seen(const std::string& what) const {
    return std::count(script.seen.begin(), script.seen.end(), what);
  }
  io::Fd journal() const { return io::Fd(::fcntl(driver->journal_descriptor(), F_DUPFD_CLOEXEC, 0)); }

  io::Loop loop;
  model::Cluster cluster;
  model::Haresources resources;
  Script script;
  Wire wire, ping;
  std::vector<ipc::Message> heard;
  std::string memento;
  int comm_ups = 0, finished = 0;
  std::optional<shell::Channel> ours, parent;
  std::optional<shell::Driver> driver;
};

}  // namespace

TEST_CASE("packets are delivered before the tick that is due") {
  Bench b;
  b.begin();
  b.script.seen.clear();
  b.script.wake = io::now_mono() - 5s;  // long overdue
  b.wire.arrive("one");
  b.wire.arrive("two");
  REQUIRE(until(b.loop, [&] { return b.seen("tick") == 1; }));
  CHECK(b.script.seen == std::vector<std::string>{"packet one", "packet two", "tick"});
}

TEST_CASE("a packet for everybody goes to the media, not to the ping nodes; one for a link goes there") {
  Bench b;
  b.script.react = [](core::Council& council, const core::Input& input) {
    if (!std::holds_alternative<core::Datagram>(input)) return;
    council.emit(core::Transmit{std::nullopt, "all"});
    council.emit(core::Transmit{core::LinkId{1}, "echo"});
    council.emit(core::Transmit{core::LinkId{9}, "nowhere"});
    council.emit(core::RunJob{77, 999, 0, core::Verb::start, {}});  // of no group: not even counted
  };
  b.begin();
  b.wire.arrive("x");
  REQUIRE(until(b.loop, [&] { return !b.ping.sent.empty(); }));
  CHECK(b.wire.sent == std::vector<std::string>{"all"});
  CHECK(b.ping.sent == std::vector<std::string>{"echo"});
}

TEST_CASE("what others get to see is in the journal before they see it") {
  Bench b;
  bool noted = false;
  b.wire.on_send = [&] {
    noted = shell::Journal(shell::Memory(b.journal())).memento().find("changed") != std::string::npos;
  };
  b.script.react = [&](core::Council& council, const core::Input& input) {
    if (!std::holds_alternative<core::Datagram>(input)) return;
    b.script.memento = "changed";
    council.emit(core::Transmit{std::nullopt, "claim"});
  };
  b.begin();
  b.wire.arrive("x");
  REQUIRE(until(b.loop, [&] { return !b.wire.sent.empty(); }));
  CHECK(noted);
}

TEST_CASE(
    "a job goes to the parent with its table, is acknowledged after its effect, and unknown ones as well") {
  Bench b;
  b.begin();  // a fresh core first asks whether the group is idle
  REQUIRE(b.hears<ipc::RunJob>());
  auto job = b.all<ipc::RunJob>()[0];
  CHECK(job.table == 3);
  CHECK(job.verb == static_cast<std::uint8_t>(core::Verb::status));
  CHECK(b.driver->holds_something());
  b.driver->job_done({job.id, 0, 0, "not running"});
  b.driver->job_done({4711, 0, 0, ""});
  REQUIRE(b.hears<ipc::JobAck>(2));
  CHECK(b.all<ipc::JobAck>()[0].id == job.id);
  CHECK(b.all<ipc::JobAck>()[1].id == 4711);
  CHECK(b.seen("settled") == 1);
  CHECK_FALSE(b.driver->holds_something());
}

TEST_CASE("a new child continues from the journal and asks again for what is unanswered") {
  Bench first;
  first.begin();
  REQUIRE(first.hears<ipc::RunJob>());
  auto job = first.all<ipc::RunJob>()[0];
  Bench second(first.journal());
  second.begin();
  CHECK(second.script.restored);
  REQUIRE(second.hears<ipc::RunJob>());
  CHECK(second.all<ipc::RunJob>().size() == 1);
  CHECK(second.all<ipc::RunJob>()[0].id == job.id);
  second.driver->job_done({job.id, 0, 0, "not running"});
  REQUIRE(second.hears<ipc::JobAck>());
  CHECK(second.seen("settled") == 1);
}

TEST_CASE(
    "a medium that fails is told to the core once, reopened when its interface is gone, and told when it "
    "works") {
  Bench b;
  b.script.react = [](core::Council& council, const core::Input& input) {
    if (std::holds_alternative<core::Datagram>(input)) council.emit(core::Transmit{std::nullopt, "beat"});
  };
  b.begin();
  b.wire.outcome = {shell::Link::Sent::gone, ENODEV, "10.77.0.255:694"};
  for (int i = 0; i < 3; ++i) {
    b.ping.arrive("turn");
    auto count = b.wire.sent.size();
    REQUIRE(until(b.loop, [&] { return b.wire.sent.size() > count; }));
  }
  REQUIRE(until(b.loop, [&] { return b.seen("link down") == 1; }));
  REQUIRE(b.hears<ipc::WantLink>());
  CHECK(b.all<ipc::WantLink>().size() == 1);  // not more than one per second
  std::vector<std::string> said;
  for (const auto& line : b.all<ipc::Log>())
    if (line.text.find("Unable to send") != std::string::npos) said.push_back(line.text);
  CHECK(said == std::vector<std::string>{"glib: bcast_write: Unable to send HBcomm packet eth0 10.77.0.255:694 len=4 [-1]: No such device"});
  b.wire.outcome = {};
  b.driver->set_link(0, std::make_unique<FakeLink>(b.wire), "");
  CHECK(b.seen("link up") == 1);
  b.wire.outcome = {shell::Link::Sent::not_now, EAGAIN};
  b.ping.arrive("turn");
  auto count = b.wire.sent.size();
  REQUIRE(until(b.loop, [&] { return b.wire.sent.size() > count; }));
  CHECK(b.seen("link down") == 1);  // says nothing about the wire
}

TEST_CASE("a flood on one link keeps neither the tick nor the other link away") {
  Bench b;
  b.begin();
  b.script.seen.clear();
  for (int i = 0; i < 5000; ++i) b.wire.incoming.push_back("x");
  b.ping.incoming.push_back("pong");
  b.script.wake = io::now_mono() - 1ms;
  b.driver->feed(core::Standby{});
  auto tick = std::find(b.script.seen.begin(), b.script.seen.end(), "tick");
  REQUIRE(tick != b.script.seen.end());
  CHECK(tick - b.script.seen.begin() < 1100);
  CHECK(std::find(b.script.seen.begin(), tick, "packet pong") != tick);
  CHECK(b.seen("standby") == 1);
}

TEST_CASE("signs of life come by themselves, comm-up is told once, and an end is an end") {
  Bench b;
  b.script.react = [](core::Council& council, const core::Input& input) {
    if (std::holds_alternative<core::Standby>(input)) council.emit(core::Finish{});
  };
  b.begin();
  REQUIRE(b.hears<ipc::Alive>(3));
  CHECK(b.all<ipc::Alive>().back().comm_up);
  CHECK(b.comm_ups == 1);
  b.driver->feed(core::Standby{});
  CHECK(b.finished == 1);
  auto before = b.script.seen.size();
  b.wire.arrive("late");
  b.loop.run_for(10ms);
  CHECK(b.script.seen.size() == before);
}

TEST_CASE("whether anybody else is active is told before the scripts that follow") {
  Bench b;
  SECTION("somebody is") {
    b.begin();
    REQUIRE(b.hears<ipc::Alive>());
    CHECK_FALSE(b.all<ipc::Alive>().back().alone);
  }
  SECTION("nobody is") {
    b.script.peer = "dead";
    b.begin();
    REQUIRE(b.hears<ipc::RunJob>());
    auto job = std::find_if(b.heard.begin(), b.heard.end(), [](const auto& m) { return std::holds_alternative<ipc::RunJob>(m); });
    CHECK(std::any_of(b.heard.begin(), job, [](const auto& m) {
      auto* alive = std::get_if<ipc::Alive>(&m);
      return alive && alive->alone;
    }));
  }
}

TEST_CASE("log lines that find no room are counted, and the parent learns how many") {
  Bench b;
  base::Event event{core::kNodeDead, {{"node", std::string(4000, 'x')}}};
  for (int i = 0; i < 5000; ++i) b.driver->say(event);  // nobody reads meanwhile
  REQUIRE(b.hears<ipc::Log>());
  // Until nothing more comes: not by the clock, since a busy machine takes its time.
  std::size_t got = 0;
  int quiet = 0;
  REQUIRE(until(b.loop, [&] {
    auto now = b.all<ipc::Log>().size();
    quiet = now == std::exchange(got, now) ? quiet + 1 : 0;
    return quiet >= 10;
  }));
  CHECK(got < 5000);
  b.driver->say({core::kNodeDead, {{"node", "bob"}}});
  REQUIRE(b.hears<ipc::Log>(got + 1));
  CHECK(b.all<ipc::Log>().back().dropped == 5000 - got);
  CHECK(b.all<ipc::Log>().back().text == "node bob: is dead");
}
