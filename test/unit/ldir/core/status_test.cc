// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/status.h"

#include "test/support/catch.h"
#include "test/unit/ldir/core/world.h"

using namespace test;
using namespace ldir::core;

namespace {

Status of(const World& w) {
  // 2026-11-20 13:40:12 UTC
  return {"/etc/ha.d/t.cf",    w.director.phase(), 42, w.now, base::Wall(std::chrono::seconds(1795182012)),
          w.director.explain()};
}

World one_down() {
  auto v = service("10.9.9.100:80");
  v.options.persistent_s = 600;
  real(v, "10.9.9.2:8080", Forward::masq, 3);
  real(v, "10.9.9.3:80", Forward::route);
  fallback(v, "127.0.0.1:80");
  World w;
  w.off = {"10.9.9.3:80"};
  w.start(config({v}));
  return w;
}

}  // namespace

TEST_CASE("status names each service and real server with weight, state, since when, and the last result") {
  auto w = one_down();
  w.now += 72s;
  CHECK(status_text(of(w), false) ==
        "/etc/ha.d/t.cf: running, pid 42\n"
        "\n"
        "tcp:10.9.9.100:80 (wrr, persistent 600)\n"
        "  real      10.9.9.2:8080  masq  weight 3   up           2026-11-20T13:39:00Z  connected\n"
        "  real      10.9.9.3:80    gate  -          down         2026-11-20T13:39:00Z  refused\n"
        "  fallback  127.0.0.1:80   gate  -          off                                not needed: a real "
        "server is up\n");
}

TEST_CASE("with --explain each entry has its reason") {
  auto w = one_down();
  auto text = status_text(of(w), true);
  CHECK(text.find("  real      10.9.9.3:80    gate  -          down         2026-11-20T13:40:12Z\n"
                  "            down; taken out (quiescent=no); last check failed: refused\n") != text.npos);
}

TEST_CASE("the words of a service that is not there never say that the daemon has stopped") {
  // Cluster managers read a resource's state from these words.
  auto w = one_down();
  for (bool reasons : {false, true}) {
    auto text = status_text(of(w), reasons);
    CHECK(text.find("stopped") == text.npos);
    CHECK(text.find("not running") == text.npos);
  }
}

TEST_CASE("JSON, with every byte of a server made harmless") {
  auto v = service("10.9.9.100:80");
  real(v, "10.9.9.2:80", Forward::masq);
  World w;
  w.load(config({v}));
  Effects out;
  w.director.step(
      w.now, CheckDone{0, ldir::check::failed(ldir::check::Layer::application, "no \"match\"\n\xff")}, out);
  w.director.settle(w.now, out);
  auto status = of(w);
  status.host = "dir";
  status.errands.reloads = 3;
  status.errands.mails_failed = 2;
  status.tally.mails_held_back = 5;
  CHECK(status_json(status) ==
        R"({"config": "/etc/ha.d/t.cf", "host": "dir", "phase": "running", "pid": 42, "time": "2026-11-20T13:40:12Z",
  "reloads": 3, "reloads_refused": 0, "mails_sent": 0, "mails_not_sent": 7, "services": [
  {"service": "tcp:10.9.9.100:80", "scheduler": "wrr", "persistent": 0, "in_kernel": true, "error": null, )"
        R"("table_entries": 0, "without_reals": true, )"
        R"("checks": [{"checktype": "connect", "service": "", "passed": 0, "failed": 1, "mean_ms": null}], )"
        R"("went_up": 0, "went_down": 1, "drift_repairs": 0, "refused": 0, "entries": [
    {"role": "real", "name": "10.9.9.2:80", "address": "10.9.9.2", "port": 80, "method": "masq", "weight": null, )"
        R"("placement": "absent", "state": "down", "failures": 1, "maintenance": null, )"
        R"("reason": "down; taken out (quiescent=no); last check failed: no \"match\"\u000a)"
        "\uFFFD"
        R"(", "since": "2026-11-20T13:40:12Z", "connections": null, "limit": null, )"
        R"("timeline": [{"at": "2026-11-20T13:40:12Z", "turn": "down", "reason": "no \"match\"\u000a)"
        "\uFFFD"
        R"("}], "last": {"passed": false, "layer": "application", "detail": "no \"match\"\u000a)"
        "\uFFFD"
        R"(", "ms": 0.0}}]}]}
)");
}

TEST_CASE("a service that the kernel refused says so") {
  auto v = service("10.9.9.100:80");
  v.options.scheduler = "nosuch";
  World w;
  w.start(config({v}));
  auto text = status_text(of(w), false);
  CHECK(text.find("tcp:10.9.9.100:80 (nosuch)  NOT IN THE KERNEL\n"
                  "  refused by the kernel: -A -t 10.9.9.100:80 -s nosuch: no such scheduler\n") !=
        text.npos);
}
