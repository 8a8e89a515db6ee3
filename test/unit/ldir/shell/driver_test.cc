// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/driver.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>

#include "ldir/core/events.h"
#include "ldir/shell/events.h"
#include "ldir/shell/smtp.h"
#include "test/support/catch.h"
#include "test/support/fake_ipvs.h"
#include "test/unit/io/scratch.h"
#include "test/unit/ldir/probe/scripted_server.h"

using namespace std::chrono_literals;
using namespace ldir;
using test::ScriptedServer;

namespace {

const auto kVip = base::IpAddress::v4(0x0a000001);

model::RealServer real_on(std::uint16_t port) {
  model::RealServer real;
  real.endpoint = {base::IpAddress::v4(INADDR_LOOPBACK), port};
  real.configured_port = port;
  real.dest.forward = ipvs::Forward::masq;
  real.check.type = model::CheckType::connect;
  real.check.address = real.endpoint.address;
  real.check.port = port;
  real.check.interval = 1s;
  real.check.check_timeout = 1s;
  return real;
}

model::Config config_with(std::vector<std::uint16_t> ports, const std::string& path) {
  model::Config config;
  config.path = path;
  config.check_interval = 1s;
  config.autoreload = true;
  model::VirtualService service;
  service.key.address = kVip;
  service.key.port = 80;
  for (auto port : ports) service.reals.push_back(real_on(port));
  service.fallback = model::Fallback{{base::IpAddress::v4(INADDR_LOOPBACK), 1}, ipvs::Forward::route};
  config.services.push_back(std::move(service));
  return config;
}

struct Bench {
  test::Scratch dir;
  std::string path = dir / "ldirectord.cf";
  io::Loop loop;
  test::FakeIpvs kernel;
  io::LogSink log{{io::LogTarget::file(dir / "log", base::Level::debug,
                                       [](const io::LogRecord& r) { return std::string(r.id) + " " + r.text; })}};
  shell::NewConfig next;
  bool standing = false, finished = false;
  std::unique_ptr<shell::Driver> driver;

  Bench() {
    REQUIRE(io::write_file(path, "first"));
    driver = std::make_unique<shell::Driver>(
        shell::Driver::Parts{loop, kernel, log, 100, [this] { return next; }, [](const model::Config&) {},
                             [this] { standing = true; }, [this] { finished = true; }});
  }
  template <class Condition>
  bool until(Condition done) {
    return test::run_until(loop, done);
  }
  std::vector<std::uint16_t> ports() {
    std::vector<std::uint16_t> out;
    for (auto& [key, service] : kernel.table)
      for (auto& [dest, value] : service.dests) out.push_back(dest.port);
    return out;
  }
  bool logged(std::string_view what) { return io::read_file(dir / "log").value_or("").find(what) != std::string::npos; }
};

using Ports = std::vector<std::uint16_t>;

}  // namespace

TEST_CASE("from start to stop: up, down, fallback, back, and an empty table") {
  auto server = std::make_unique<ScriptedServer>([](int) {});
  auto port = server->port();
  Bench bench;
  bench.driver->start(config_with({port}, bench.path));
  REQUIRE(bench.until([&] { return bench.standing; }));
  CHECK(bench.ports() == Ports{port});
  server.reset();
  REQUIRE(bench.until([&] { return bench.ports() == Ports{1}; }));
  CHECK(bench.logged("Added fallback server: 127.0.0.1:1 (10.0.0.1:80) (Weight set to 1)"));
  bench.driver->stop("TERM");
  REQUIRE(bench.until([&] { return bench.finished; }));
  CHECK(bench.kernel.table.empty());
  CHECK(bench.logged("Linux Director Daemon terminated on signal: TERM"));
}

TEST_CASE("a table that is right already is adopted without an operation") {
  ScriptedServer server([](int) {});
  Bench bench;
  auto config = config_with({server.port()}, bench.path);
  auto& service = config.services[0];
  bench.kernel.table[service.key] = {service.options, {{service.reals[0].endpoint, service.reals[0].dest}}};
  auto before = bench.kernel.table;
  bench.driver->start(config);
  REQUIRE(bench.until([&] { return bench.standing; }));
  CHECK(bench.kernel.applied.empty());
  CHECK(bench.kernel.table == before);
}

TEST_CASE("handing over purges what has left the file and touches nothing else") {
  ScriptedServer server([](int) {});
  Bench bench;
  auto config = config_with({server.port()}, bench.path), more = config;
  more.services.push_back(config.services[0]);
  more.services[1].key.port = 81;
  bench.driver->start(more);
  REQUIRE(bench.until([&] { return bench.standing && bench.ports() == Ports{server.port(), server.port()}; }));
  bench.kernel.applied.clear();
  bench.next.config = config;
  bench.driver->reload();  // two wishes at once are no trouble
  bench.driver->hand_over();
  REQUIRE(bench.until([&] { return bench.finished; }));
  CHECK(bench.ports() == Ports{server.port()});
  CHECK(bench.kernel.applied.size() == 1);
  CHECK(bench.logged("Linux Director Daemon terminated on signal: USR1"));
}

TEST_CASE("services that one who was killed has left behind go when they are not configured any more; others stay") {
  ScriptedServer server([](int) {});
  Bench bench;
  auto config = config_with({server.port()}, bench.path), more = config;
  more.services.push_back(config.services[0]);
  more.services[1].key.port = 81;
  more.services[1].cleanstop = false;
  auto foreign = config.services[0].key;
  foreign.port = 82;
  bench.kernel.table[foreign] = {};
  const std::string record = bench.dir / "services";
  auto another = [&] {
    bench.standing = bench.finished = false;
    bench.driver.reset();  // its table stays, as after kill -9
    bench.driver = std::make_unique<shell::Driver>(shell::Driver::Parts{
        bench.loop, bench.kernel, bench.log, 100, [&] { return bench.next; }, [](const model::Config&) {},
        [&] { bench.standing = true; }, [&] { bench.finished = true; }, "", record});
  };
  another();
  bench.driver->start(more);
  REQUIRE(bench.until([&] { return bench.standing && bench.kernel.table.size() == 3; }));
  another();
  bench.driver->start(config);
  REQUIRE(bench.until([&] { return bench.standing && bench.kernel.table.size() == 2; }));
  CHECK(bench.kernel.table.contains(foreign));
  CHECK_FALSE(bench.kernel.table.contains(more.services[1].key));
  CHECK(bench.logged("Purged virtual server"));
  // One that ends in order has nothing to leave, but for services with cleanstop=no.
  bench.driver->stop("TERM");
  REQUIRE(bench.until([&] { return bench.finished; }));
  CHECK_FALSE(io::read_file(record));
  another();
  bench.driver->start(more);
  REQUIRE(bench.until([&] { return bench.standing; }));
  bench.driver->stop("TERM");
  REQUIRE(bench.until([&] { return bench.finished; }));
  CHECK(io::read_file(record).value_or("") == more.services[1].key.str() + "\n");
}

TEST_CASE("handing over with a file that is broken by now leaves everything") {
  ScriptedServer server([](int) {});
  Bench bench;
  bench.driver->start(config_with({server.port()}, bench.path));
  REQUIRE(bench.until([&] { return bench.standing && bench.ports() == Ports{server.port()}; }));
  bench.driver->hand_over();
  REQUIRE(bench.until([&] { return bench.finished; }));
  CHECK(bench.ports() == Ports{server.port()});
}

TEST_CASE("handing over does not wait for a file whose names nobody answers for: all stays for the successor") {
  ScriptedServer server([](int) {});
  Bench bench;
  auto release = std::make_shared<std::promise<void>>();
  auto answered = release->get_future().share();
  auto over = std::make_shared<std::promise<void>>();
  auto ended = over->get_future();
  shell::Driver::Parts parts{bench.loop, bench.kernel, bench.log, 100,
                             [answered, over] {
                               answered.wait();
                               over->set_value();
                               return shell::NewConfig();
                             },
                             [](const model::Config&) {}, [&] { bench.standing = true; }, [&] { bench.finished = true; }};
  parts.hand_over_limit = 100ms;
  bench.driver = std::make_unique<shell::Driver>(std::move(parts));
  bench.driver->start(config_with({server.port()}, bench.path));
  REQUIRE(bench.until([&] { return bench.standing && bench.ports() == Ports{server.port()}; }));
  bench.kernel.applied.clear();
  bench.driver->hand_over();
  const bool finished = bench.until([&] { return bench.finished; });
  CHECK(finished);
  CHECK(bench.ports() == Ports{server.port()});
  CHECK(bench.kernel.applied.empty());
  CHECK(bench.logged("hand_over_blind "));
  // The answer comes when nobody is there any more.
  bench.driver.reset();
  release->set_value();
  ended.wait();
}

TEST_CASE("a table emptied from outside is repaired") {
  ScriptedServer server([](int) {});
  Bench bench;
  bench.driver->start(config_with({server.port()}, bench.path));
  REQUIRE(bench.until([&] { return bench.standing && bench.ports() == Ports{server.port()}; }));
  bench.kernel.table.clear();
  REQUIRE(bench.until([&] { return bench.ports() == Ports{server.port()}; }));
  CHECK(bench.logged("drift "));
}

TEST_CASE("a kernel that refuses for a while is asked again") {
  ScriptedServer server([](int) {});
  Bench bench;
  bench.kernel.unreadable = true;
  bench.driver->start(config_with({server.port()}, bench.path));
  REQUIRE(bench.until([&] { return bench.logged("read_failed "); }));
  bench.kernel.unreadable = false;
  REQUIRE(bench.until([&] { return bench.ports() == Ports{server.port()}; }));
}

TEST_CASE("a reload swaps; a broken one changes nothing and says so") {
  ScriptedServer one([](int) {}), two([](int) {});
  Bench bench;
  bench.driver->start(config_with({one.port()}, bench.path));
  REQUIRE(bench.until([&] { return bench.standing; }));

  bench.next.config.reset();
  bench.next.findings.error(bench.path, "nonsense");
  bench.driver->reload();
  REQUIRE(bench.until([&] { return bench.logged("reload_refused "); }));
  CHECK(bench.logged(fmt::format("config_error Error [{}]: {}: nonsense\n", ::getpid(), bench.path)));
  CHECK(bench.ports() == Ports{one.port()});

  bench.next = {};
  bench.next.config = config_with({two.port()}, bench.path);
  bench.driver->reload();
  REQUIRE(bench.until([&] { return bench.ports() == Ports{two.port()}; }));
}

TEST_CASE("a change of the file on disk is noticed, once, and read") {
  ScriptedServer one([](int) {}), two([](int) {});
  Bench bench;
  bench.driver->start(config_with({one.port()}, bench.path));
  REQUIRE(bench.until([&] { return bench.standing; }));
  bench.next.config = config_with({two.port()}, bench.path);
  REQUIRE(io::write_file(bench.path, "second"));
  REQUIRE(bench.until([&] { return bench.ports() == Ports{two.port()}; }));
  CHECK(bench.logged("has changed on disk"));
  CHECK(bench.logged("reread "));
}

TEST_CASE("a file that is still being written is not read") {
  ScriptedServer one([](int) {}), two([](int) {});
  Bench bench;
  bench.driver->start(config_with({one.port()}, bench.path));
  REQUIRE(bench.until([&] { return bench.standing; }));
  bench.next.config = config_with({two.port()}, bench.path);
  auto end = io::now_mono() + 2500ms;
  for (int n = 0; io::now_mono() < end; ++n) {
    REQUIRE(io::write_file(bench.path, fmt::format("line {}", n)));
    bench.loop.run_for(50ms);
  }
  CHECK_FALSE(bench.logged("has changed on disk"));
  CHECK(bench.ports() == Ports{one.port()});
  REQUIRE(bench.until([&] { return bench.ports() == Ports{two.port()}; }));
}

TEST_CASE("the fallback command hears start and stop in order") {
  auto server = std::make_unique<ScriptedServer>([](int) {});
  Bench bench;
  auto config = config_with({server->port()}, bench.path);
  auto heard = bench.dir / "heard";
  config.services[0].fallback_command = fmt::format("echo >>{}", heard);
  bench.driver->start(std::move(config));
  REQUIRE(bench.until([&] { return bench.standing; }));
  server.reset();
  REQUIRE(bench.until([&] {
    return io::read_file(heard).value_or("").find("start 10.0.0.1:80 tcp\n") != std::string::npos;
  }));
}

TEST_CASE("a stop against a kernel that refuses ends all the same") {
  ScriptedServer server([](int) {});
  Bench bench;
  bench.driver->start(config_with({server.port()}, bench.path));
  REQUIRE(bench.until([&] { return bench.standing; }));
  bench.kernel.refuse = [](const ipvs::Op&) { return true; };
  bench.driver->stop("INT");
  REQUIRE(bench.until([&] { return bench.finished; }));
}

TEST_CASE("a stop waits for a mail server that is silent, but not long") {
  if (!shell::smtp_built_in()) return;
  ScriptedServer server([](int) {}), smtp(ScriptedServer::wait_for_end);
  Bench bench;
  shell::Driver::Parts parts{bench.loop, bench.kernel, bench.log, 100, [&] { return bench.next; }, [](const model::Config&) {},
                             [&] { bench.standing = true; }, [&] { bench.finished = true; }};
  parts.mail.smtp_port = smtp.port();
  bench.driver = std::make_unique<shell::Driver>(std::move(parts));
  auto config = config_with({server.port()}, bench.path);
  config.services[0].email_alert = "admin@example.com";
  config.services[0].smtp = "127.0.0.1";
  bench.driver->start(std::move(config));
  REQUIRE(bench.until([&] { return bench.standing; }));
  const auto begun = io::now_mono();
  bench.driver->stop("TERM");
  REQUIRE(bench.until([&] { return bench.finished; }));
  CHECK(bench.kernel.table.empty());
  CHECK(bench.logged("errands_left Exiting before "));
  CHECK(io::now_mono() - begun < 15s);
}

TEST_CASE("a file in the maintenance directory takes a server out, before a start and while running") {
  ScriptedServer one([](int) {}), two([](int) {});
  Bench bench;
  auto config = config_with({one.port(), two.port()}, bench.path);
  config.maintenance_dir = bench.dir / "maintenance";
  config.services[0].monitorfile = bench.dir / "monitor";
  std::filesystem::create_directory(config.maintenance_dir);
  auto file = config.maintenance_dir + fmt::format("/127.0.0.1:{}", one.port());
  REQUIRE(io::write_file(file, ""));
  bench.driver->start(config);
  REQUIRE(bench.until([&] { return bench.standing && bench.ports() == Ports{two.port()}; }));
  for (const auto& op : bench.kernel.applied) {
    auto* added = std::get_if<ipvs::AddDest>(&op);
    CHECK((!added || added->dest.port != one.port()));
  }
  std::filesystem::remove(file);
  REQUIRE(bench.until([&] { return bench.ports().size() == 2; }));
  REQUIRE(io::write_file(file, ""));
  REQUIRE(bench.until([&] { return bench.ports() == Ports{two.port()}; }));
  CHECK(bench.logged("maintenance_on "));
  REQUIRE(bench.until([&] {
    return io::read_file(bench.dir / "monitor").value_or("").find("[down] Server in maintenance\n") != std::string::npos;
  }));
  // The next configuration has no such directory.
  bench.next.config = config_with({one.port(), two.port()}, bench.path);
  bench.driver->reload();
  REQUIRE(bench.until([&] { return bench.ports().size() == 2; }));
}

TEST_CASE("a name service that does not answer holds up neither a reload nor a file that says an address") {
  ScriptedServer one([](int) {}), two([](int) {});
  Bench bench;
  auto release = std::make_shared<std::promise<void>>();
  auto answered = release->get_future().share();
  shell::Driver::Parts parts{bench.loop, bench.kernel, bench.log, 100, [&] { return bench.next; }, [](const model::Config&) {},
                             [&] { bench.standing = true; }, [&] { bench.finished = true; }};
  parts.names_limit = 50ms;
  auto asked = std::make_shared<std::atomic<int>>(0);
  parts.name_of = [answered, asked](const base::IpAddress&) {
    ++*asked;
    answered.wait();
    return std::optional<std::string>("real1.example");
  };
  bench.driver = std::make_unique<shell::Driver>(std::move(parts));
  auto config = config_with({one.port()}, bench.path);
  config.maintenance_dir = bench.dir / "maintenance";
  std::filesystem::create_directory(config.maintenance_dir);
  auto file = config.maintenance_dir + fmt::format("/real1:{}", one.port());
  REQUIRE(io::write_file(file, ""));
  bench.driver->start(config);
  REQUIRE(bench.until([&] { return bench.standing && bench.ports() == Ports{one.port()}; }));
  REQUIRE(bench.until([&] { return *asked > 1; }));  // at the start, and now again

  const auto begun = io::now_mono();
  config.services[0].reals.push_back(real_on(two.port()));
  bench.next.config = config;
  bench.driver->reload();
  REQUIRE(bench.until([&] { return bench.ports().size() == 2; }));
  auto address = config.maintenance_dir + fmt::format("/127.0.0.1:{}", two.port());
  REQUIRE(io::write_file(address, ""));
  REQUIRE(bench.until([&] { return bench.ports() == Ports{one.port()}; }));
  CHECK(io::now_mono() - begun < 20s);  // less than a look-up that nobody answers may take

  std::filesystem::remove(address);
  release->set_value();
  REQUIRE(bench.until([&] { return bench.ports() == Ports{two.port()}; }));
}

TEST_CASE("every row of the shell's events has its text") {
  CHECK(base::Event(shell::kReloaded, {{"services", "3"}}).text() == "Configuration reloaded: 3 virtual services");
  CHECK(base::Event(shell::kReloadRefused, {{"errors", "2 errors"}}).text() ==
        "The new configuration has 2 errors: the running one stays in force, nothing was changed");
  CHECK(base::Event(shell::kErrandsLeft, {{"mails", "2"}, {"commands", "0"}}).text() ==
        "Exiting before 2 mails were taken and 0 commands had ended");
  CHECK(base::Event(shell::kHandOverBlind, {{"seconds", "20"}}).text() ==
        "The configuration could not be read within 20 s: every service stays as it is for the next daemon");
  CHECK(base::Event(shell::kMailFailed, {{"how", "SMTP "}, {"error", "no"}}).text() ==
        "failed to send SMTP email message: no");
  CHECK(base::Event(shell::kNoStatus, {{"error", "no"}}).text() == "The status verb will know no details: no");
  CHECK(base::Event(shell::kStopLate, {{"seconds", "5"}}).text() ==
        "The table could not be cleaned within 5 s: exiting nevertheless");
  CHECK(base::Event(shell::kCheckTrouble, {{"address", "10.0.0.1:80"}, {"error", "e"}, {"count", "1"}}).text() ==
        "Check of 10.0.0.1:80 could not run for want of our own means: e (1 such runs so far)");
}
