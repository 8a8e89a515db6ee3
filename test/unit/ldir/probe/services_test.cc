// SPDX-License-Identifier: Apache-2.0
// All services, data bases included, against servers that misbehave: one table of misbehaviours for all of
// them. Each run must end in time, fail with a reason in one line, and leave no descriptor behind. And
// programs as checks.
#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <map>

#include "ldir/check/registry.h"
#include "ldir/probe/prober.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"
#include "test/unit/ldir/probe/scripted_server.h"

using namespace std::chrono_literals;
using ldir::check::Layer;
using ldir::check::row_of;
using ldir::check::Transport;
using ldir::model::CheckSpec;
using ldir::model::CheckType;
using ldir::model::ServiceType;
using test::ScriptedServer;

namespace {

CheckSpec spec_of(ServiceType service, std::uint16_t port, std::chrono::seconds timeout) {
  CheckSpec spec;
  spec.service = service;
  spec.address = base::IpAddress::v4(INADDR_LOOPBACK);
  spec.port = port;
  spec.request = service == ServiceType::http_proxy                               ? "http://10.0.0.1/"
                 : service == ServiceType::mysql || service == ServiceType::pgsql ? "SELECT 1"
                                                                                  : "/x";
  spec.receive = "never";
  spec.login = "monitor";
  spec.passwd = "secret";
  spec.secret = "shared";
  spec.negotiate_timeout = spec.check_timeout = timeout;
  return spec;
}

std::vector<ServiceType> services_over(Transport transport, ldir::ipvs::Protocol protocol) {
  std::vector<ServiceType> out;
  for (int i = 0; i <= static_cast<int>(ServiceType::submission); ++i) {
    const auto& row = row_of(static_cast<ServiceType>(i));
    const auto over = protocol == ldir::ipvs::Protocol::udp ? row.udp : row.tcp;
    if (row.built && over == transport) out.push_back(row.service);
  }
  return out;
}

int open_descriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder)) ++count;
  ::closedir(folder);
  return count;
}

struct Bench {
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  ldir::probe::Prober prober{loop.context(), programs};

  /// All of them at once; by the services' names.
  std::map<std::string, ldir::check::Verdict> verdicts(const std::vector<CheckSpec>& specs) {
    std::vector<ldir::check::Scripts> scripts(specs.size());
    std::vector<ldir::probe::Running> runs(specs.size());
    std::map<std::string, ldir::check::Verdict> out;
    for (std::size_t i = 0; i < specs.size(); ++i)
      runs[i] =
          prober.start(specs[i], specs[i].type, scripts[i], [&, i](const ldir::probe::Outcome& outcome) {
            INFO(row_of(specs[i].service).name);
            REQUIRE(outcome);
            REQUIRE(out.emplace(row_of(specs[i].service).name, *outcome).second);
          });
    REQUIRE(test::run_until(loop, [&] { return out.size() == specs.size(); }));
    return out;
  }
  ldir::check::Verdict verdict(const CheckSpec& spec) { return verdicts({spec}).begin()->second; }
};

struct Misbehaviour {
  const char* name;
  std::chrono::seconds timeout;
  ScriptedServer::Behaviour behaviour;
  const char* words;  ///< what the reason may say, for all
};

const Misbehaviour kMisbehaviours[] = {
    {"silence", 1s, [](int fd) { ScriptedServer::wait_for_end(fd); }, " within 1 s"},
    {"slow drip", 1s,
     [](int fd) {
       while (::send(fd, "2", 1, MSG_NOSIGNAL) == 1) ::usleep(20'000);
     },
     ""},
    {"closes at once", 20s, [](int) {}, ""},
    {"resets", 20s, [](int fd) { ScriptedServer::arm_reset(fd); }, ""},
    {"endless line", 20s,
     [](int fd) {
       const std::string block(100'000, 'x');
       while (::send(fd, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
       }
     },
     ""},
    {"endless lines", 20s,
     [](int fd) {
       std::string block;
       for (int i = 0; i < 1000; ++i) block += "220-x\r\n* \r\n+OK\r\n";
       while (::send(fd, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
       }
     },
     ""},
    {"garbage", 20s,
     [](int fd) {
       std::string bytes;
       for (int i = 0; i < 20'000; ++i) bytes += static_cast<char>(i * 7919 >> 3);
       ScriptedServer::write(fd, bytes);
     },
     ""},
    {"somebody else", 20s,
     [](int fd) {
       ScriptedServer::write(fd, "SSH-2.0-OpenSSH_9.2p1\r\n");
       ::shutdown(fd, SHUT_WR);
       ScriptedServer::wait_for_end(fd);
     },
     ""},
};

}  // namespace

TEST_CASE("servers that misbehave fail every service in time, with a reason, and leave nothing behind") {
  Bench bench;
  std::vector<ServiceType> all = services_over(Transport::tcp, ldir::ipvs::Protocol::tcp);
  for (auto more : services_over(Transport::library, ldir::ipvs::Protocol::tcp)) all.push_back(more);
  CHECK(all.size() >= 13);
  {
    // Whatever a library opens once and keeps.
    ScriptedServer server([](int) {});
    std::vector<CheckSpec> specs;
    for (auto service : all) specs.push_back(spec_of(service, server.port(), 20s));
    bench.verdicts(specs);
  }
  const auto before = open_descriptors();
  for (const auto& bad : kMisbehaviours) {
    {
      ScriptedServer server(bad.behaviour);
      std::vector<CheckSpec> specs;
      for (auto service : all) specs.push_back(spec_of(service, server.port(), bad.timeout));
      for (const auto& [name, verdict] : bench.verdicts(specs)) {
        INFO(bad.name << ", " << name << ": " << verdict.detail);
        // As in the original, whose first byte is a 2 is a news server.
        CHECK(verdict.pass == (name == "nntp" && verdict.detail.starts_with("2")));
        CHECK_FALSE(verdict.detail.empty());
        CHECK(verdict.detail.find('\n') == std::string::npos);
        if (name != "simpletcp")
          CHECK(verdict.detail.find(bad.words) != std::string::npos);  // it closes first, and is closed to
      }
    }
    INFO(bad.name);
    CHECK(open_descriptors() == before);
  }
}

TEST_CASE("where nobody listens every service is refused, over udp by the answer that the port is closed") {
  Bench bench;
  for (int type : {SOCK_STREAM, SOCK_DGRAM}) {
    const int closed = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(closed, reinterpret_cast<sockaddr*>(&address), length) == 0);
    ::getsockname(closed, reinterpret_cast<sockaddr*>(&address), &length);
    const bool udp = type == SOCK_DGRAM;
    if (udp) ::close(closed);  // a bound one would take the datagram
    const auto protocol = udp ? ldir::ipvs::Protocol::udp : ldir::ipvs::Protocol::tcp;
    auto all = services_over(udp ? Transport::udp : Transport::tcp, protocol);
    if (!udp)
      for (auto more : services_over(Transport::library, protocol)) all.push_back(more);
    std::vector<CheckSpec> specs;
    for (auto service : all) {
      specs.push_back(spec_of(service, ntohs(address.sin_port), 20s));
      specs.back().protocol = protocol;
    }
    for (const auto& [name, verdict] : bench.verdicts(specs)) {
      INFO(name << ": " << verdict.detail);
      CHECK_FALSE(verdict.pass);
      CHECK(verdict.layer == Layer::network);
      if (name != "mysql" && name != "pgsql") CHECK(verdict.detail == "connection refused");
    }
    if (!udp) ::close(closed);
  }
}

TEST_CASE("over udp silence is asked three times, and garbage is told from an answer") {
  Bench bench;
  std::atomic<int> asked = 0;
  auto all = services_over(Transport::udp, ldir::ipvs::Protocol::udp);
  auto specs_for = [&](std::uint16_t port, std::chrono::seconds timeout) {
    std::vector<CheckSpec> specs;
    for (auto service : all) {
      specs.push_back(spec_of(service, port, timeout));
      specs.back().protocol = ldir::ipvs::Protocol::udp;
    }
    return specs;
  };
  {
    ScriptedServer silent(
        [&](int fd) {
          char buffer[2048];
          while (::recv(fd, buffer, sizeof buffer, 0) > 0) ++asked;
        },
        SOCK_DGRAM);
    for (const auto& [name, verdict] : bench.verdicts(specs_for(silent.port(), 1s))) {
      INFO(name);
      CHECK(verdict.detail == "no answer within 1 s");
    }
    CHECK(asked == static_cast<int>(3 * all.size()));
  }
  ScriptedServer garbage(
      [](int fd) {
        char buffer[2048];
        sockaddr_in from{};
        socklen_t length = sizeof from;
        while (::recvfrom(fd, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length) > 0)
          ::sendto(fd, "\x01garbage", 8, 0, reinterpret_cast<sockaddr*>(&from), length);
      },
      SOCK_DGRAM);
  for (const auto& [name, verdict] : bench.verdicts(specs_for(garbage.port(), 1s))) {
    INFO(name << ": " << verdict.detail);
    CHECK_FALSE(verdict.pass);
    if (name != "simpletcp") CHECK(verdict.layer == Layer::application);
  }
}

TEST_CASE("ftp fetches over a second connection; a redirect goes over a new one") {
  Bench bench;
  ScriptedServer files([](int fd) { ScriptedServer::write(fd, "it never ends"); });
  auto line = [](int fd) {
    char c;
    std::string out;
    while (::recv(fd, &c, 1, 0) == 1 && c != '\n') out += c;
    return out;
  };
  ScriptedServer ftp([&](int fd) {
    ScriptedServer::write(fd, "220 hi\r\n");
    for (auto command = line(fd); !command.empty(); command = line(fd)) {
      if (command.starts_with("USER"))
        ScriptedServer::write(fd, "230 in\r\n");
      else if (command.starts_with("TYPE"))
        ScriptedServer::write(fd, "200 ok\r\n");
      else if (command.starts_with("PASV"))
        ScriptedServer::write(fd, "227 x (9,9,9,9," + std::to_string(files.port() >> 8) + "," +
                                      std::to_string(files.port() & 255) + ")\r\n");
      else if (command.starts_with("RETR"))
        ScriptedServer::write(fd, "150 here\r\n226 done\r\n");
      else
        return;
    }
  });
  auto v = bench.verdict(spec_of(ServiceType::ftp, ftp.port(), 20s));
  INFO(v.detail);
  CHECK(v.pass);
  CHECK(v.detail == "/x fetched");

  ScriptedServer page([](int fd) {
    ScriptedServer::read_request(fd);
    ScriptedServer::write(fd, "HTTP/1.1 200 OK\r\n\r\nnever");
  });
  for (const char* host : {"127.0.0.1", "localhost"}) {
    ScriptedServer moved([&](int fd) {
      ScriptedServer::read_request(fd);
      ScriptedServer::write(fd, "HTTP/1.1 302 Found\r\nLocation: http://" + std::string(host) + ":" +
                                    std::to_string(page.port()) + "/\r\n\r\n");
    });
    v = bench.verdict(spec_of(ServiceType::http, moved.port(), 20s));
    INFO(host << ": " << v.detail);
    // A machine whose localhost is ::1 first finds nobody there; the name was looked up all the same.
    CHECK((v.pass || (host == std::string("localhost") && v.detail == "connection refused")));
  }
}

TEST_CASE("a certificate that nobody vouches for counts where it is asked for") {
  Bench bench;
  test::TlsIdentity identity;
  ScriptedServer server([&](int fd) { identity.serve(fd, "HTTP/1.1 200 OK\r\n\r\nnever", true); });
  auto spec = spec_of(ServiceType::https, server.port(), 20s);
  CHECK(bench.verdict(spec).pass);
  spec.ssl_verify = true;
  auto v = bench.verdict(spec);
  CHECK_FALSE(v.pass);
  CHECK(v.layer == Layer::tls);
  CHECK(v.detail.starts_with("TLS: certificate: "));
}

TEST_CASE("an answer without end is cut off in the data bases, too") {
  if (!row_of(ServiceType::pgsql).built) return;
  Bench bench;
  ScriptedServer server([](int fd) {
    ScriptedServer::write(fd, "N");  // no TLS
    char buffer[1024];
    (void)!::recv(fd, buffer, sizeof buffer, 0);
    (void)!::recv(fd, buffer, sizeof buffer, 0);
    ScriptedServer::write(fd, std::string("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15));  // welcome
    (void)!::recv(fd, buffer, sizeof buffer, 0);
    ScriptedServer::write(fd, "T\x3f\xff\xff\xff");  // a GiB of columns follows
    const std::string block(100'000, 'x');
    while (::send(fd, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  auto v = bench.verdict(spec_of(ServiceType::pgsql, server.port(), 20s));
  INFO(v.detail);
  CHECK(v.detail == "answer longer than 4194304 bytes");
}

TEST_CASE("a data base without login or request is down, and says why") {
  Bench bench;
  for (auto service : services_over(Transport::library, ldir::ipvs::Protocol::tcp)) {
    auto spec = spec_of(service, 1, 20s);
    spec.login.clear();
    CHECK(bench.verdict(spec).detail == "login and request must be set for this service");
  }
}

namespace {

std::string program_of(const test::Scratch& dir, const std::string& name, const std::string& text) {
  const auto path = dir / name;
  std::ofstream(path) << text;
  ::chmod(path.c_str(), 0755);
  return path;
}

}  // namespace

TEST_CASE("external-perl: a function body, run again and again in a Perl that stays") {
  if (::access("/usr/bin/perl", X_OK) != 0) {
    WARN("no perl here");
    return;
  }
  Bench bench;
  test::Scratch dir;
  CheckSpec spec;
  spec.type = CheckType::external_perl;
  spec.check_timeout = 20s;
  for (int i = 0; i < 4; ++i) spec.external_args[i] = std::string(1, static_cast<char>('a' + i));
  auto run = [&](const std::string& name, const std::string& text) {
    spec.command = program_of(dir, name, text);
    auto v = bench.verdict(spec);
    return v.pass ? std::string("up") : v.detail.substr(spec.command.size() + 1);
  };
  CHECK(run("good", "exit 0;") == "up");
  CHECK(run("silent", "my $x = 1;\n# the end") == "up");
  CHECK(run("bad", "print STDERR 'x'; print 'y'; exit 3") == "exit 3");
  CHECK(run("arguments", "exit(join('', @ARGV) eq 'abcd' && join('', @_) eq 'abcd' ? 0 : 1)") == "up");
  CHECK(run("nested", "eval { exit 4 }; exit 5;") == "exit 4");
  CHECK(run("dies", "die \"no such thing\\n\";") == "died: no such thing");
  CHECK(run("wrong", "if (").starts_with("died: syntax error"));
  CHECK(run("data", "exit 6;\n__END__\nthis is } no Perl") == "exit 6");
  // One process all along, and what it knows it keeps.
  CHECK(run("count", "our $count; ++$count; exit(10 + $count)") == "exit 11");
  CHECK(bench.verdict(spec).detail.ends_with("exit 12"));
  CHECK(bench.programs.running() == 1);
  // A change of the file counts.
  CHECK(run("count", "our $count; exit(20 + $count) # has changed") == "exit 22");
  // One that hangs is killed with its children; the next gets a new process.
  spec.check_timeout = 1s;
  spec.command = program_of(dir, "hangs", "system('sleep 1000'); exit 0");
  CHECK(bench.verdict(spec).detail == "no answer within 1 s");
  spec.check_timeout = 20s;
  CHECK(run("after", "exit 0") == "up");
  CHECK(run("quits", "require POSIX; POSIX::_exit(0)").find("its Perl process has ended") !=
        std::string::npos);
  CHECK(run("after", "exit 0") == "up");
  spec.command = "/no/such/file";
  CHECK(bench.verdict(spec).detail == "/no/such/file died: No such file or directory");
}

TEST_CASE("oracle: what sqlplus says, where it is installed") {
  Bench bench;
  test::Scratch dir;
  const std::string path = ::getenv("PATH") ? ::getenv("PATH") : "";
  auto spec = spec_of(ServiceType::oracle, 1521, 20s);
  spec.request = "SELECT 1 FROM dual";
  spec.database = "ORCL";
  ::setenv("PATH", (dir / "").c_str(), 1);
  auto missing = ldir::probe::installed(spec);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "service=oracle needs the program sqlplus, which is not installed");
  ::setenv("PATH", ((dir / "") + ":" + path).c_str(), 1);
  auto run = [&](const std::string& text) {
    program_of(dir, "sqlplus", "#!/bin/sh\ncat > " + (dir / "asked") + "\n" + text + "\n");
    auto v = bench.verdict(spec);
    return (v.pass ? "up: " : "down: ") + v.detail;
  };
  CHECK(run("echo '         1'; echo; echo '1 row selected.'") == "up: the query gave a row");
  CHECK(ldir::probe::installed(spec));
  std::ifstream in(dir / "asked");
  std::string asked((std::istreambuf_iterator<char>(in)), {});
  CHECK(
      asked.find("connect "
                 "\"monitor\"/\"secret\"@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=127.0.0.1)(PORT=1521))") !=
      std::string::npos);
  CHECK(asked.find("\nSELECT 1 FROM dual;\n") != std::string::npos);
  CHECK(run("echo 'no rows selected'") == "down: the query gave no row");
  CHECK(run("echo 'ERROR:'; echo 'ORA-01017: invalid username/password'; exit 8") ==
        "down: ORA-01017: invalid username/password");
  CHECK(run("exit 1") == "down: sqlplus: exit code 1");
  spec.login.clear();
  CHECK(run("exit 0") == "down: login and request must be set for this service");
  ::setenv("PATH", path.c_str(), 1);
}
