// SPDX-License-Identifier: Apache-2.0
// Reads a configuration as ldirectord does and runs each of its checks once, all at the same time. Per check
// a line: the servicename of its section, the real server, "up" or "down", the seconds it took, the reason.
// The lab plays it against real servers (scenarios check-*).
#include <cstdio>
#include <deque>

#include "io/loop.h"
#include "ldir/check/sequence.h"
#include "ldir/load.h"
#include "ldir/probe/prober.h"
#include "ldir/resolver.h"

int main(int argc, char** argv) {
  const auto loaded = ldir::load_config(argc > 1 ? argv[1] : "/etc/ha.d/ldirectord.cf", ldir::SystemResolver());
  std::fputs(loaded.findings.render().c_str(), stdout);
  if (!loaded.usable()) return 2;

  struct Check {
    const ldir::model::VirtualService& service;
    const ldir::model::RealServer& real;
    ldir::check::Scripts scripts;
    ldir::probe::Running run;
  };
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  ldir::probe::Prober prober{loop.context(), programs};
  std::deque<Check> checks;
  for (const auto& service : loaded.config.services)
    for (const auto& real : service.reals) checks.push_back({service, real, {}, {}});
  auto left = checks.size();
  for (auto& check : checks) {
    const auto& spec = check.real.check;
    check.run = prober.start(
        spec, ldir::check::Sequence(spec).next(), check.scripts, [&](const ldir::probe::Outcome& outcome) {
          const bool up = outcome && outcome->pass;
          std::printf("%s %s %s %.1f %s\n", check.service.service_name.c_str(),
                      check.real.endpoint.address.str().c_str(), up ? "up" : "down",
                      outcome ? std::chrono::duration<double>(outcome->elapsed).count() : 0.0,
                      outcome ? outcome->detail.c_str() : outcome.error().message.c_str());
          if (--left == 0) loop.stop();
        });
  }
  if (left) loop.run();
  return 0;
}
