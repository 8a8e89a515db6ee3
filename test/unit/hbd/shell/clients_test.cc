// SPDX-License-Identifier: Apache-2.0
// Programs of respawn and failfast lines: shell scripts here, which write down that they were started and what with.
#include "hbd/shell/clients.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd;
using namespace hbd::shell;
using namespace std::chrono_literals;

namespace {

struct Bench {
  explicit Bench(base::Duration pause = Clients::kPause) {
    targets.logfile = dir.path + "/log";
    targets.facility = "none";
    report.retarget(targets, false);
    report.start();
    clients.emplace(loop.context(), report, [this](const std::string& why) { reboots.push_back(why); }, pause);
  }
  ~Bench() {
    bool stopped = false;
    clients->stop([&] { stopped = true; });
    until(loop, [&] { return stopped; });
  }
  /// A line for a script that notes each start, then does `rest`.
  model::Respawn line(const std::string& name, const std::string& rest, bool failfast = false) {
    dir.file(name, "#!/bin/sh\necho \"$$ ${HA_SITE-none}\" >> " + dir.path + "/" + name + ".starts\n" + rest + "\n", 0755);
    return {std::to_string(::geteuid()), dir.path + "/" + name, failfast, {}};
  }
  /// The lines that it has written, pid and HA_SITE.
  std::vector<std::string> starts(const std::string& name) {
    std::vector<std::string> out;
    std::istringstream in(dir.read(name + ".starts"));
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  bool started(const std::string& name, std::size_t times) {
    return until(loop, [&] { return starts(name).size() >= times; });
  }
  bool runs(const std::string& start) { return ::kill(std::stoi(start), 0) == 0; }
  std::string log() {
    report.flush(10s);
    return dir.read("log");
  }
  bool says(const std::string& text) {
    return until(loop, [&] { return log().find(text) != std::string::npos; });
  }
  Scratch dir;
  io::Loop loop;
  model::LogTargets targets;
  Report report{targets, "alice", false};
  std::vector<std::string> reboots;
  std::optional<Clients> clients;
};

constexpr std::string_view kStays = "exec sleep 600";

}  // namespace

TEST_CASE("a program that ends soon is started again after a pause, and not for ever") {
  Bench b(10ms);
  b.clients->run({b.line("dies", "exit 3")}, {});
  REQUIRE(b.says("/dies \"respawning too fast\""));
  // Heartbeat's limit: more than 10 in a row.
  CHECK(b.starts("dies").size() == 11);
  b.loop.run_for(100ms);
  CHECK(b.starts("dies").size() == 11);
  CHECK(b.log().find("exited with return code 3.") != std::string::npos);
}

TEST_CASE("the pause is one second") {
  Bench b;
  b.clients->run({b.line("dies", "exit 3")}, {});
  REQUIRE(b.started("dies", 1));
  const auto began = io::now_mono();
  REQUIRE(b.started("dies", 2));
  CHECK(io::now_mono() - began > 900ms);
}

TEST_CASE("exit code 100 asks for no other start") {
  Bench b(1ms);
  b.clients->run({b.line("done", "exit 100")}, {});
  REQUIRE(b.says("exited with return code 100."));
  b.loop.run_for(100ms);
  CHECK(b.starts("done").size() == 1);
}

TEST_CASE("only a failfast program that ends abnormally asks for a reboot") {
  Bench b;
  b.clients->run({b.line("plain", "exit 3"), b.line("fine", "exit 0", true), b.line("bad", "exit 3", true)}, {});
  REQUIRE(until(b.loop, [&] { return !b.reboots.empty(); }));
  REQUIRE(b.started("plain", 2));
  for (const auto& why : b.reboots) CHECK(why == b.dir.path + "/bad ended abnormally");
}

TEST_CASE("over a reload the programs become those of ha.cf") {
  Bench b;
  auto stays = b.line("stays", std::string(kStays)), leaves = b.line("leaves", std::string(kStays));
  b.clients->run({stays, leaves}, {"HA_SITE=north"});
  REQUIRE((b.started("stays", 1) && b.started("leaves", 1)));
  const auto first = b.starts("stays").front(), second = b.starts("leaves").front();

  SECTION("as they were: they go on") {
    b.clients->run({stays, leaves}, {"HA_SITE=north"});
    b.loop.run_for(100ms);
    CHECK(b.starts("stays").size() == 1);
    CHECK(b.runs(first));
  }
  SECTION("one line less, one more") {
    b.clients->run({stays, b.line("comes", std::string(kStays))}, {"HA_SITE=north"});
    REQUIRE(b.started("comes", 1));
    REQUIRE(until(b.loop, [&] { return !b.runs(second); }));
    CHECK(b.runs(first));
    CHECK(b.starts("leaves").size() == 1);
    // And back again, as if it had never been there.
    b.clients->run({stays, leaves}, {"HA_SITE=north"});
    REQUIRE(b.started("leaves", 2));
  }
  SECTION("another environment: they are started anew, at once and without a reboot") {
    stays.failfast = true;
    b.clients->run({stays, leaves}, {"HA_SITE=south"});
    REQUIRE((b.started("stays", 2) && b.started("leaves", 2)));
    CHECK(b.starts("stays").back().ends_with(" south"));
    CHECK_FALSE(b.runs(first));
    CHECK(b.reboots.empty());
    CHECK(b.log().find("Respawning client") == std::string::npos);
  }
  SECTION("respawn became failfast: it holds for what runs already") {
    stays.failfast = true;
    b.clients->run({stays, leaves}, {"HA_SITE=north"});
    ::kill(std::stoi(first), SIGKILL);
    REQUIRE(until(b.loop, [&] { return !b.reboots.empty(); }));
  }
  SECTION("one that was given up gets another chance") {
    auto dies = b.line("dies", "exit 100");
    b.clients->run({stays, dies}, {"HA_SITE=north"});
    REQUIRE(b.says("exited with return code 100."));
    b.clients->run({stays, dies}, {"HA_SITE=north"});
    REQUIRE(b.started("dies", 2));
  }
}

TEST_CASE("a user that does not exist is said, and the others are started") {
  Bench b;
  auto stays = b.line("stays", std::string(kStays));
  b.clients->run({{"no such user", "/bin/true", false, {}}, stays}, {});
  REQUIRE(b.started("stays", 1));
  CHECK(b.says("Invalid uid [no such user] specified for client child"));
}
