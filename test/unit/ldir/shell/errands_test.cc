// SPDX-License-Identifier: Apache-2.0
// What the daemon does beside checking: other instances, monitor files, the maintenance directory, answering
// status.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "io/files.h"
#include "ldir/core/events.h"
#include "ldir/shell/instances.h"
#include "ldir/shell/maintenance_watch.h"
#include "ldir/shell/monitor_log.h"
#include "ldir/shell/notify.h"
#include "ldir/shell/status_server.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

using namespace std::chrono_literals;
using namespace ldir;

namespace {

/// A stand-in for ldirectord that notes how it was called, and fails on demand.
struct Program {
  test::Scratch dir;
  std::string path = dir / "ldirectord", notes = dir / "notes";
  explicit Program(const std::string& failing = "none") {
    REQUIRE(io::write_file(
        path,
        fmt::format("#!/bin/sh\necho \"$* by $LDIRECTORD_EXECUTED_BY\" >> {}\n[ \"$2\" != {} ]\n", notes,
                    failing),
        0755));
  }
  std::string noted() { return io::read_file(notes).value_or(""); }
};

struct Others {
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  std::vector<std::string> log;
  shell::Instances instances;
  explicit Others(shell::Instances::Options options)
      : instances(programs, std::move(options), [this](base::Event e) { log.push_back(e.text()); }) {}
  bool quiet() {
    return test::run_until(loop, [this] { return instances.idle(); });
  }
};

}  // namespace

TEST_CASE("other instances get their verbs in order, and know who started them") {
  Program program;
  Others others({program.path, "t.cf"});
  others.instances.run({"b.cf", "start"});
  others.instances.run({"b.cf", "reload"});
  others.instances.run({"b.cf", "stop"});
  CHECK_FALSE(others.instances.idle());
  REQUIRE(others.quiet());
  CHECK(program.noted() == "b.cf start by :t.cf\nb.cf reload by :t.cf\nb.cf stop by :t.cf\n");
  CHECK(others.log.empty());
}

TEST_CASE("one that does not run is started by a reload, and a failure is told") {
  Program program("reload");
  Others others({program.path, "t.cf"});
  others.instances.run({"b.cf", "reload"});
  REQUIRE(others.quiet());
  CHECK(program.noted() == "b.cf reload by :t.cf\nb.cf start by :t.cf\n");
  CHECK(others.log.empty());

  Program broken("start");
  Others unlucky({broken.path, "t.cf"});
  unlucky.instances.run({"b.cf", "start"});
  REQUIRE(unlucky.quiet());
  CHECK(unlucky.log ==
        std::vector<std::string>{fmt::format("system({} b.cf start) failed: exit code 1", broken.path)});
}

TEST_CASE("a successor has the others succeeded, too") {
  Program program;
  Others others({program.path, "t.cf", true});
  others.instances.run({"b.cf", "start"});
  REQUIRE(others.quiet());
  CHECK(program.noted() == "b.cf restart by :t.cf\n");
}

TEST_CASE("configurations that name each other do not chase each other") {
  CHECK(shell::in_chain("", "a.cf", "a.cf"));
  CHECK(shell::in_chain("", "a.cf", "/etc/ha.d/a.cf"));
  CHECK(shell::in_chain(":t.cf:b.cf", "c.cf", "t.cf"));
  CHECK_FALSE(shell::in_chain(":t.cf", "c.cf", "b.cf"));
  Program program;
  Others others({program.path, "t.cf"});
  others.instances.run({"t.cf", "stop"});
  CHECK(others.instances.idle());
}

TEST_CASE("a monitor file gets its lines with time and pid") {
  test::Scratch dir;
  shell::MonitorLog log;
  log.write({dir / "m", "connect tcp 10.9.9.2 80 2 gate /  [up] connected"});
  REQUIRE(log.flush(10s));
  auto text = io::read_file(dir / "m").value_or("");
  CHECK(text.ends_with(fmt::format("] [{}] connect tcp 10.9.9.2 80 2 gate /  [up] connected\n", ::getpid())));
  CHECK(text[0] == '[');
  // Where it cannot be written nothing else suffers.
  log.write({dir / "nowhere/m", "x"});
  log.flush(10s);
}

TEST_CASE("the maintenance directory is read, and names are asked for only where one may stand") {
  test::Scratch dir;
  shell::KnownNames known;
  std::set<base::IpAddress> addresses{base::IpAddress::v4(0x7f000001)};
  auto soon = io::now_mono() + 10s;
  CHECK(shell::look_for_maintenance("", addresses, known, soon) == core::MaintenanceFiles{});
  CHECK(shell::look_for_maintenance(dir / "nowhere", addresses, known, soon) == core::MaintenanceFiles{});
  REQUIRE(io::write_file(dir / "10.9.9.2:80", ""));
  auto found = shell::look_for_maintenance(dir / "", addresses, known, soon);
  CHECK(found.files == std::set<std::string>{"10.9.9.2:80"});
  CHECK(known.empty());
  REQUIRE(io::write_file(dir / "localhost", ""));
  found = shell::look_for_maintenance(dir / "", addresses, known, soon);
  CHECK(found.files.size() == 2);
  CHECK(known.size() == 1);
}

TEST_CASE("commands run in order, and one that fails is told") {
  test::Scratch dir;
  io::Loop loop;
  io::ProcessRunner programs(loop.context());
  std::vector<std::string> log;
  shell::Notify notify(programs, [&](base::Event e) { log.push_back(e.text()); });
  auto out = dir / "out";
  REQUIRE(io::write_file(dir / "callback", "#!/bin/sh\necho \"callback $1 in $PWD\" >> " + out + "\n", 0755));
  notify.run({"sleep 0.05; echo first >> " + out, ""});
  notify.run({dir / "callback", "/etc/ha.d/t.cf"});
  notify.run({"exit 3", ""});
  REQUIRE(test::run_until(loop, [&] { return notify.idle(); }));
  CHECK(io::read_file(out).value_or("") == "first\ncallback /etc/ha.d/t.cf in /\n");
  CHECK(log == std::vector<std::string>{"system(exit 3) failed: exit code 3"});
}

TEST_CASE("status is answered over the socket, in the form that is asked for, however long it is") {
  test::Scratch dir;
  io::Loop loop;
  auto path = dir / "sock";
  core::Status status{"/etc/ha.d/t.cf", "running", 42, {}, {}, {}};
  for (int i = 0; i < 200; ++i) {
    core::ServiceExplanation s;
    s.key.port = static_cast<std::uint16_t>(i);
    s.in_kernel = true;
    s.entries.resize(100);
    for (auto& e : s.entries) e.name = "10.9.9.2:80", e.reason = "a reason";
    status.services.push_back(std::move(s));
  }
  auto server = shell::StatusServer::open(loop, path, [&] { return status; });
  REQUIRE(server);
  auto ask = [&](const char* word) {
    base::Result<std::string> answer = base::fail("not asked");
    bool done = false;
    std::thread client([&] {
      answer = shell::ask_status(path, word, 10s);
      loop.post([&] { done = true; });
    });
    test::run_until(loop, [&] { return done; });
    client.join();
    return answer.value_or("");
  };
  CHECK(ask(shell::kAskText) == core::status_text(status, false));
  CHECK(ask(shell::kAskReasons) == core::status_text(status, true));
  auto json = core::status_json(status);
  CHECK(json.size() > 2'000'000);
  CHECK(ask(shell::kAskJson) == json);
  CHECK(ask("bogus").empty());
  CHECK(ask(std::string(1000, 'x').c_str()).empty());

  CHECK_FALSE(shell::StatusServer::open(loop, path, [&] { return status; }));  // it is in use
  server->reset();
  CHECK_FALSE(shell::ask_status(path, "status", 1s));
}
