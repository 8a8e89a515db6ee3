// SPDX-License-Identifier: Apache-2.0
// What the daemon does beside checking: other instances, monitor files, the maintenance directory, answering
// status.
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>

#include "io/files.h"
#include "io/http_server.h"
#include "io/unix_server.h"
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

TEST_CASE("hundreds of monitor files take a few threads, and those that are not configured any more are closed") {
  test::Scratch dir;
  auto entries = [](const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
  };
  auto held = [&] {
    int n = 0;
    std::error_code gone;
    for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd"))
      n += std::filesystem::read_symlink(fd, gone).string().starts_with(dir / "");
    return n;
  };
  // Threads that an earlier case has left behind may still end.
  const auto threads = entries("/proc/self/task");
  shell::MonitorLog log;
  model::Config config;
  for (int i = 0; i < 500; ++i) {
    model::VirtualService service;
    service.monitorfile = dir / fmt::format("m{}", i);
    log.write({service.monitorfile, "one"});
    if (i < 3) config.services.push_back(service);
  }
  CHECK(entries("/proc/self/task") <= threads + 8);
  REQUIRE(log.flush(20s));
  CHECK(held() == 500);
  log.keep(config);
  REQUIRE(log.flush(20s));
  for (const auto& service : config.services) log.write({service.monitorfile, "two"});
  REQUIRE(log.flush(20s));
  CHECK(held() == 3);
  for (int i = 0; i < 500; ++i) {
    auto text = io::read_file(dir / fmt::format("m{}", i)).value_or("");
    CHECK(std::count(text.begin(), text.end(), '\n') == (i < 3 ? 2 : 1));
  }
}

TEST_CASE("the maintenance directory is read, and names are asked for only where one may stand") {
  test::Scratch dir;
  shell::KnownNames known;
  std::set<base::IpAddress> addresses{base::IpAddress::v4(0x7f000001)};
  const auto now = io::now_mono();
  CHECK(shell::maintenance_files("").empty());
  CHECK(shell::maintenance_files(dir / "nowhere").empty());
  REQUIRE(io::write_file(dir / "10.9.9.2:80", ""));
  auto files = shell::maintenance_files(dir / "");
  CHECK(files == std::set<std::string>{"10.9.9.2:80"});
  CHECK(shell::unknown_names(files, addresses, known, now).empty());
  REQUIRE(io::write_file(dir / "localhost", ""));
  files = shell::maintenance_files(dir / "");
  CHECK(files.size() == 2);
  auto unknown = shell::unknown_names(files, addresses, known, now);
  CHECK(unknown.size() == 1);
  known = shell::ask_names(unknown, 30s, shell::system_name_of);
  CHECK(known.size() == 1);
  CHECK(shell::unknown_names(files, addresses, known, io::now_mono()).empty());
  CHECK(shell::unknown_names(files, addresses, known, io::now_mono() + 6min).size() == 1);
  known[*addresses.begin()].name = "real1.example";
  CHECK(shell::with_names(files, addresses, known).names.size() == 1);
  CHECK(shell::with_names({"10.9.9.2:80"}, addresses, known).names.empty());
}

TEST_CASE("names of real servers are asked for side by side, and one without an answer costs no other") {
  std::vector<base::IpAddress> addresses;
  for (std::uint32_t i = 1; i <= 20; ++i) addresses.push_back(base::IpAddress::v4(0x0a000000 + i));
  auto release = std::make_shared<std::promise<void>>();
  auto released = release->get_future().share();
  auto names = shell::ask_names(addresses, 500ms, [released](const base::IpAddress& address) -> std::optional<std::string> {
    if (address.v4_value() % 2) released.wait();
    if (address.v4_value() % 4 == 0) return std::nullopt;
    return address.str();
  });
  CHECK(names.size() == 5);
  CHECK(names[base::IpAddress::v4(0x0a000002)].name == "10.0.0.2");
  release->set_value();
}

TEST_CASE("commands run in order, and one that fails is told") {
  test::Scratch dir;
  io::Loop loop;
  io::ProcessRunner programs(loop.context());
  std::vector<std::string> log;
  shell::Notify notify(programs, [&](base::Event e) { log.push_back(e.text()); });
  auto out = dir / "out";
  REQUIRE(io::write_file(dir / "callback", "#!/bin/sh\necho \"callback $1 in $PWD\" >> " + out + "\n", 0755));
  notify.run({"sleep 0.05; echo first >> " + out, "", "q", "one"});
  notify.run({dir / "callback", "/etc/ha.d/t.cf", "q", "two"});
  notify.run({"exit 3", "", "q", "three"});
  REQUIRE(test::run_until(loop, [&] { return notify.idle(); }));
  CHECK(io::read_file(out).value_or("") == "first\ncallback /etc/ha.d/t.cf in /\n");
  CHECK(log == std::vector<std::string>{"system(exit 3) failed: exit code 3"});
}

TEST_CASE("of hundreds of services each has its last word, however long the commands take") {
  test::Scratch dir;
  io::Loop loop;
  io::ProcessRunner programs(loop.context());
  std::vector<std::string> log;
  shell::Notify notify(programs, [&](base::Event e) { log.push_back(e.text()); });
  const auto out = dir / "out", go = dir / "go";
  // The first one waits until all have been given; its own service says more meanwhile.
  notify.run({"while [ ! -e " + go + " ]; do sleep 0.01; done; echo first start >> " + out, "", "q", "first"});
  for (int i = 0; i < 300; ++i)
    for (auto word : {"start", "stop", "start"})
      notify.run({fmt::format("echo {} {} >> {}", i, word, out), "", "q", std::to_string(i)});
  notify.run({"echo first stop >> " + out, "", "q", "first"});
  CHECK(notify.waiting() == 302);
  REQUIRE(io::write_file(go, ""));
  REQUIRE(test::run_until(loop, [&] { return notify.idle(); }));
  std::string expected = "first start\n";
  for (int i = 0; i < 300; ++i) expected += fmt::format("{} start\n", i);
  CHECK(io::read_file(out).value_or("") == expected + "first stop\n");
  CHECK(log.empty());
}

TEST_CASE("a service that comes back to what is being said just now has nothing more to say") {
  test::Scratch dir;
  io::Loop loop;
  io::ProcessRunner programs(loop.context());
  shell::Notify notify(programs, [](base::Event) {});
  const auto out = dir / "out", go = dir / "go";
  const core::RunCommand start{"while [ ! -e " + go + " ]; do sleep 0.01; done; echo start >> " + out, "", "q", "one"},
      stop{"echo stop >> " + out, "", "q", "one"};
  notify.run(start);
  notify.run(stop);
  notify.run(start);
  REQUIRE(io::write_file(go, ""));
  REQUIRE(test::run_until(loop, [&] { return notify.idle(); }));
  CHECK(io::read_file(out).value_or("") == "start\n");
}

TEST_CASE("a command that hangs holds up those of its own queue only") {
  test::Scratch dir;
  io::Loop loop;
  io::ProcessRunner programs(loop.context());
  shell::Notify notify(programs, [](base::Event) {});
  const auto out = dir / "out", go = dir / "go";
  REQUIRE(io::write_file(dir / "hang", "while [ ! -e " + go + " ]; do sleep 0.01; done\n"));
  notify.run({"/bin/sh", dir / "hang", "callback", {}});
  notify.run({"echo start >> " + out, "", "fallbackcommand x", "one"});
  REQUIRE(test::run_until(loop, [&] { return io::read_file(out).value_or("") == "start\n"; }));
  CHECK_FALSE(notify.idle());
  REQUIRE(io::write_file(go, ""));
  REQUIRE(test::run_until(loop, [&] { return notify.idle(); }));
}

namespace {

/// What curl would get: the whole answer, with its header.
std::string get(io::Loop& loop, const std::function<base::Result<io::Fd>()>& connect, const std::string& path) {
  std::string answer;
  bool done = false;
  std::thread client([&] {
    if (auto socket = connect()) {
      const auto request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      ::send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL);
      char buffer[65536];
      for (ssize_t n; (n = ::recv(socket->get(), buffer, sizeof buffer, 0)) > 0;) answer.append(buffer, static_cast<std::size_t>(n));
    }
    loop.post([&] { done = true; });
  });
  test::run_until(loop, [&] { return done; });
  client.join();
  return answer;
}

base::Result<io::Fd> connect_tcp(std::uint16_t port) {
  io::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return base::fail("refused", errno);
  return socket;
}

/// One that was free a moment ago.
std::uint16_t free_port() {
  auto listening = io::listen_loopback({*base::IpAddress::parse("127.0.0.1"), 0});
  sockaddr_in at{};
  socklen_t length = sizeof at;
  REQUIRE(listening);
  ::getsockname(listening->get(), reinterpret_cast<sockaddr*>(&at), &length);
  return ntohs(at.sin_port);
}

}  // namespace

TEST_CASE("page, data and metrics are served at the socket, and at a loopback address while one is configured") {
  test::Scratch dir;
  io::Loop loop;
  const auto path = dir / "sock";
  core::Status status{"/etc/ha.d/t.cf", "running", 42, {}, {}, {}, "dir<1>", {}, {}};
  auto server = shell::StatusServer::open(loop, path, [&] { return status; });
  REQUIRE(server);
  struct stat file {};
  REQUIRE(::stat(path.c_str(), &file) == 0);
  CHECK((file.st_mode & 0777) == 0600);

  auto local = [&](const char* what) { return get(loop, [&] { return io::connect_unix(path); }, what); };
  CHECK(local("/metrics").find("application/openmetrics-text") != std::string::npos);
  CHECK(local("/metrics").ends_with("# EOF\n"));
  CHECK(local("/status.json").ends_with(core::status_json(status)));
  const auto page = local("/");
  CHECK(page.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
  CHECK(page.find("ldirectord on dir&lt;1&gt;") != std::string::npos);
  CHECK(local("/etc/passwd").starts_with("HTTP/1.1 404"));

  const base::Endpoint first{*base::IpAddress::parse("127.0.0.1"), free_port()};
  REQUIRE((*server)->serve_at(first));
  REQUIRE((*server)->serve_at(first));  // as it is
  auto at = [&](const base::Endpoint& e) { return get(loop, [&] { return connect_tcp(e.port); }, "/status.json"); };
  CHECK(at(first).ends_with(core::status_json(status)));
  const base::Endpoint second{first.address, free_port()};
  REQUIRE((*server)->serve_at(second));
  CHECK(at(first).empty());
  CHECK(at(second).starts_with("HTTP/1.1 200"));

  auto taken = io::listen_loopback({first.address, first.port});
  REQUIRE(taken);
  auto refused = (*server)->serve_at(first);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("Address already in use") != std::string::npos);
  taken->reset();
  REQUIRE((*server)->serve_at(first));  // at the next reload
  REQUIRE((*server)->serve_at(std::nullopt));
  CHECK(at(first).empty());
  CHECK(local("/status.json").starts_with("HTTP/1.1 200"));
  CHECK_FALSE((*server)->serve_at(base::Endpoint{*base::IpAddress::parse("10.0.0.1"), 9695}));
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
