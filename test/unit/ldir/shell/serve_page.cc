// SPDX-License-Identifier: Apache-2.0
// serve_page PORT COUNT: a status page of COUNT real servers of which some are down and one has just come back, from a
// director with a kernel and servers in memory; for a browser. Ends after two minutes.
#include <cstdio>
#include <cstdlib>

#include "io/clock.h"
#include "io/loop.h"
#include "io/timer.h"
#include "ldir/shell/status_server.h"
#include "test/unit/ldir/core/world.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int count = std::atoi(argv[2]);
  auto web = test::service("192.168.6.240:80"), mail = test::service("192.168.6.240:25");
  auto name = [](int i) { return "192.168." + std::to_string(7 + i / 250) + "." + std::to_string(1 + i % 250) + ":80"; };
  for (int i = 0; i < count; ++i) test::real(web, name(i), test::Forward::masq, 1 + static_cast<std::uint32_t>(i) % 3);
  test::real(mail, "192.168.6.25:25", test::Forward::masq);
  test::real(mail, "192.168.6.26:25", test::Forward::masq).dest.upper = 20;
  test::fallback(web, "127.0.0.1:80");
  auto config = test::config({web, mail});
  config.maintenance_dir = "/etc/ha.d/maintenance";

  test::World w;
  const auto begin = io::now_mono();
  w.now = begin - std::chrono::hours(5);
  w.start(std::move(config));
  for (auto& [key, service] : w.kernel.table)
    for (auto& [endpoint, dest] : service.dests) dest.connections.count = 20;
  ldir::core::MaintenanceFiles files;
  files.files = {"192.168.7.31"};
  w.now = begin - std::chrono::minutes(50);
  w.step(ldir::core::Maintenance{files});
  w.off = {name(17), name(140), name(3)};
  w.now = begin - std::chrono::minutes(9);
  w.check();
  w.off.erase(name(3));
  w.now = begin - std::chrono::minutes(2);
  w.check();
  w.step(ldir::core::Tick{});

  io::Loop loop;
  auto now = [&] {
    return ldir::core::Status{"/etc/ha.d/t.cf", w.director.phase(), 42, io::now_mono(), io::now_wall(), w.director.explain(),
                              "dir", w.director.tally(), {2, 1, 4, 0, 0, 0, 0}};
  };
  auto server = ldir::shell::StatusServer::open(loop, std::string("/tmp/serve_page.") + argv[1], now);
  if (!server) return std::fprintf(stderr, "%s\n", server.error().message.c_str()), 1;
  const base::Endpoint at{*base::IpAddress::parse("127.0.0.1"), static_cast<std::uint16_t>(std::atoi(argv[1]))};
  if (auto served = (*server)->serve_at(at); !served) return std::fprintf(stderr, "%s\n", served.error().message.c_str()), 1;
  io::Timer end(loop.context());
  end.after(std::chrono::minutes(2), [&] { loop.stop(); });
  loop.run();
}
