// SPDX-License-Identifier: Apache-2.0
// Checks in numbers: those that hang hold up no other, and a day's worth of them leaves nothing behind.
#include <arpa/inet.h>
#include <dirent.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>

#include "ldir/shell/monitor.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

using namespace std::chrono_literals;
using ldir::core::CheckId;
using ldir::model::CheckSpec;
using ldir::model::CheckType;
using ldir::model::ServiceType;

namespace {

/// Serves one connection after the other on one thread, so that thousands cost nothing; or never accepts.
class Server {
 public:
  explicit Server(std::string answer) : answer_(std::move(answer)) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(listening_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    if (answer_ == "refuse") return;
    REQUIRE(::listen(listening_, 4096) == 0);
    if (!answer_.empty()) thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(listening_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listening_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    for (;;) {
      const int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      char buffer[2048];
      if (::recv(fd, buffer, sizeof buffer, 0) > 0)
        (void)!::send(fd, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::close(fd);
    }
  }
  const std::string answer_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

CheckSpec http_at(std::uint16_t port) {
  CheckSpec spec;
  spec.service = ServiceType::http;
  spec.address = base::IpAddress::v4(INADDR_LOOPBACK);
  spec.port = port;
  spec.request.assign(1, '/');
  spec.receive = "fine";
  spec.interval = 1s;
  spec.check_timeout = spec.negotiate_timeout = 3s;
  return spec;
}

constexpr const char* kFine = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

int open_descriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder)) ++count;
  ::closedir(folder);
  return count;
}

}  // namespace

TEST_CASE(
    "a tenth of a thousand servers hangs: the others are checked again and again, with a bounded number of "
    "sockets") {
  Server good(kFine), hanging("");
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  ldir::probe::Prober prober{loop.context(), programs};
  std::map<CheckId, int> passed, failed;
  constexpr std::size_t kMost = 200;
  ldir::shell::Monitor monitor(
      loop, prober, kMost,
      [&](CheckId id, const ldir::check::Verdict& v) { ++(v.pass ? passed : failed)[id]; },
      [](const CheckSpec&, const std::string& error) { FAIL(error); });
  const auto before = open_descriptors();
  for (CheckId id = 0; id < 1000; ++id)
    monitor.start(id, http_at(id % 10 == 7 ? hanging.port() : good.port()));
  std::size_t most_running = 0;
  int most_descriptors = 0, looks = 0;
  // Were they to wait for each other, the hundred that hang would cost five minutes a round.
  REQUIRE(test::run_until(loop, [&] {
    most_running = std::max(most_running, monitor.running());
    if (++looks % 50 == 0) most_descriptors = std::max(most_descriptors, open_descriptors());
    return failed.size() == 100 && passed.size() == 900 &&
           std::all_of(passed.begin(), passed.end(), [](const auto& each) { return each.second >= 4; });
  }));
  CHECK(most_running <= kMost);
  CHECK(most_descriptors <= before + static_cast<int>(kMost) + 1);  // and one of the server's
  for (const auto& [id, count] : failed) CHECK(id % 10 == 7);
}

TEST_CASE("programs that hang have a bound of their own and hold up no socket") {
  Server good(kFine);
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  ldir::probe::Prober prober{loop.context(), programs};
  std::map<CheckId, int> seen;
  {
    ldir::shell::Monitor monitor(
        loop, prober, 4, [&](CheckId id, const ldir::check::Verdict&) { ++seen[id]; },
        [](const CheckSpec&, const std::string& error) { FAIL(error); });
    test::Scratch dir;
    auto sleeper = http_at(0);
    sleeper.type = CheckType::external;
    sleeper.command = "/bin/sleep";
    sleeper.external_args[0] = "1000";
    for (auto& rest : {1, 2, 3}) sleeper.external_args[rest] = "0";
    sleeper.check_timeout = 300s;
    for (CheckId id = 0; id < 20; ++id) monitor.start(id, sleeper);
    monitor.start(100, http_at(good.port()));
    REQUIRE(test::run_until(loop, [&] { return seen[100] >= 2 && programs.running() == 4; }));
    CHECK(monitor.running() <= 5);
  }
  // What goes ends its programs.
  REQUIRE(test::run_until(loop, [&] { return programs.running() == 0; }));
}

namespace {

/// External checks of which some hang until their time is up.
struct External {
  CheckSpec good = http_at(0), hanging;
  External(std::chrono::seconds interval, std::chrono::seconds timeout) {
    good.type = CheckType::external;
    good.command = "/bin/true";
    good.interval = interval;
    good.check_timeout = timeout;
    hanging = good;
    hanging.command = "/bin/sleep";
    hanging.external_args[0] = "1000";
    for (int rest : {1, 2, 3}) hanging.external_args[rest] = "0";
  }
};

/// Checks of which the first `hang` ones hang, and when the others were judged.
struct Crowded {
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  ldir::probe::Prober prober{loop.context(), programs};
  std::map<CheckId, std::vector<std::chrono::steady_clock::time_point>> good;
  std::size_t hung = 0, others;
  ldir::shell::Monitor monitor;
  Crowded(std::size_t most_at_once, CheckId all, CheckId hang, std::chrono::seconds interval, std::chrono::seconds timeout)
      : others(all - hang), monitor(
            loop, prober, most_at_once,
            [this, hang](CheckId id, const ldir::check::Verdict& v) {
              CHECK(v.pass == (id >= hang));
              if (v.pass) good[id].push_back(std::chrono::steady_clock::now());
              else ++hung;
            },
            [](const CheckSpec&, const std::string& error) { FAIL(error); }) {
    const External spec(interval, timeout);
    for (CheckId id = 0; id < all; ++id) monitor.start(id, id < hang ? spec.hanging : spec.good);
  }
  std::size_t least() const {
    std::size_t count = good.size() == others ? good.begin()->second.size() : 0;
    for (const auto& [id, times] : good) count = std::min(count, times.size());
    return count;
  }
  double longest_gap() const {
    std::chrono::duration<double> most{};
    for (const auto& [id, times] : good)
      for (std::size_t i = 1; i < times.size(); ++i) most = std::max<std::chrono::duration<double>>(most, times[i] - times[i - 1]);
    return most.count();
  }
};

}  // namespace

TEST_CASE("a tenth of a thousand programs hangs: the others are checked in every interval") {
  Crowded crowded(4096, 1000, 100, 10s, 10s);
  REQUIRE(test::run_until(crowded.loop, [&] { return crowded.least() >= 3; }));
  CHECK(crowded.hung >= 100);
  const auto gap = crowded.longest_gap();
  if (gap < 12) return;
  // A machine that is too busy for a thousand programs in ten seconds: then it has to be so without those that hang, too.
  for (CheckId id = 0; id < 100; ++id) crowded.monitor.stop(id);
  crowded.good.clear();
  REQUIRE(test::run_until(crowded.loop, [&] { return crowded.least() >= 3; }));
  INFO(crowded.longest_gap() << " s without those that hang");
  CHECK(gap < 1.5 * crowded.longest_gap());
}

TEST_CASE("more programs hang than there are places: once that is known they have places of their own") {
  // In one queue with the others, 40 that hang for two seconds on 16 places would cost everybody five seconds a round.
  Crowded crowded(16, 100, 40, 1s, 2s);
  REQUIRE(test::run_until(crowded.loop, [&] { return crowded.least() >= 1 && crowded.hung >= 40; }));
  crowded.good.clear();
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(test::run_until(crowded.loop, [&] { return crowded.least() >= 5; }));
  CHECK(std::chrono::steady_clock::now() - began < 10s);
}

TEST_CASE("a day's worth of checks leaves neither memory nor descriptors behind") {
  Server good(kFine), closed("refuse");
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  ldir::probe::Prober prober{loop.context(), programs};
  // A check per second for 24 hours, without the seconds: most are refused, which is quickest, the others run
  // through.
  const CheckSpec specs[] = {http_at(closed.port()), http_at(good.port())};
  ldir::check::Scripts scripts[2];
  int done = 0;
  ldir::probe::Running run;
  std::function<void()> next = [&] {
    const int which = done % 20 == 0 ? 1 : 0;
    run = prober.start(specs[which], specs[which].type, scripts[which],
                       [&, which](const ldir::probe::Outcome& outcome) {
                         REQUIRE(outcome);
                         CHECK(outcome->pass == (which == 1));
                         ++done;
                         loop.post([&] { next(); });
                       });
  };
  next();
  REQUIRE(test::run_until(loop, [&] { return done >= 2000; }));
  const auto memory = ::mallinfo2().uordblks;
  const auto descriptors = open_descriptors();
  const int from = done;
  // In parts: each has run_until's minute.
  for (int part = 1; part <= 8; ++part)
    REQUIRE(test::run_until(loop, [&] { return done >= from + part * 10'800; }));
  CHECK(open_descriptors() <= descriptors + 1);  // one connection may be under way
  CHECK(::mallinfo2().uordblks < memory + 64 * 1024);
  run = {};
}
