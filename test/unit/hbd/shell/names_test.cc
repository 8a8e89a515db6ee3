// SPDX-License-Identifier: Apache-2.0
// The check of names with a name server of the test's: who is asked for, what is said of it and where.
#include "hbd/shell/names.h"

#include <sys/socket.h>

#include <future>
#include <map>
#include <mutex>

#include "io/clock.h"
#include "test/support/catch.h"

using namespace hbd;
using namespace hbd::shell;
using namespace std::chrono_literals;

namespace {

const std::string kFile = "# the pair\n"
                          "ucast eth0 bob.invalid\n"
                          "ucast eth0 192.0.2.2\n"
                          "ping 192.0.2.254, gate.invalid\n"
                          "ping_group gates near.example far.invalid\n"
                          "ucast6 eth1 bob.invalid # far.invalid\n"
                          "ping6 fe80::1%eth1\n";

Config as_parsed() {
  Config out;
  auto add = [&out](model::Medium medium, std::size_t line, std::size_t column) {
    out.cluster.media.push_back({std::move(medium), model::kDefaultPort, {line, column, 4}});
  };
  add(model::Ucast{"eth0", "bob.invalid"}, 2, 7);
  add(model::Ucast{"eth0", "192.0.2.2"}, 3, 7);
  add(model::Ping{"192.0.2.254", false}, 4, 6);
  add(model::Ping{"gate.invalid", false}, 4, 19);
  add(model::PingGroup{"gates", {"near.example", "far.invalid"}}, 5, 12);
  add(model::Ucast6{"eth1", "bob.invalid"}, 6, 8);
  add(model::Ping{"fe80::1%eth1", true}, 7, 7);
  return out;
}

constexpr auto kConsequence =
    "; a start does not wait for it: this node goes on asking, and hears nothing from there until the name has an address";

}  // namespace

TEST_CASE("each name without an address is a warning at its place, and no address is looked up") {
  auto config = as_parsed();
  struct Asked {
    std::mutex mutex;
    std::map<std::pair<std::string, int>, int> times;
  };
  auto asked = std::make_shared<Asked>();
  check_names(config, {"ha.cf", kFile, {}, 0}, [asked](const std::string& host, int family) -> base::Result<void> {
    std::lock_guard lock(asked->mutex);
    ++asked->times[{host, family}];
    if (host == "near.example") return {};
    return base::fail(host + ": Name or service not known");
  });
  CHECK(config.ok());
  CHECK(asked->times == std::map<std::pair<std::string, int>, int>{{{"bob.invalid", AF_INET}, 1},
                                                                   {{"bob.invalid", AF_INET6}, 1},
                                                                   {{"gate.invalid", AF_INET}, 1},
                                                                   {{"near.example", AF_INET}, 1},
                                                                   {{"far.invalid", AF_INET}, 1}});
  const auto& found = config.diagnostics.all();
  REQUIRE(found.size() == 4);
  auto is = [&](std::size_t i, std::size_t line, std::size_t column, const std::string& text) {
    CHECK(found[i].severity == base::Diagnostic::Severity::warning);
    CHECK(found[i].file == "ha.cf");
    CHECK(found[i].at.line == line);
    CHECK(found[i].at.column == column);
    CHECK(found[i].message == text + ": Name or service not known" + kConsequence);
  };
  is(0, 2, 12, "ucast: cannot resolve hostname bob.invalid");
  is(1, 4, 19, "unknown host: gate.invalid");
  is(2, 5, 31, "unknown host: far.invalid");
  is(3, 6, 13, "ucast6: cannot resolve hostname bob.invalid");
}

TEST_CASE("a name server that does not answer costs the limit once, however many names there are") {
  auto config = as_parsed();
  std::promise<void> never;
  auto gate = never.get_future().share();
  const auto begun = io::now_mono();
  check_names(config, {"ha.cf", kFile, {}, 0},
              [gate](const std::string&, int) -> base::Result<void> {
                gate.wait();
                return {};
              },
              1s);
  CHECK(io::now_mono() - begun < 20s);
  never.set_value();
  REQUIRE(config.diagnostics.all().size() == 5);
  CHECK(config.diagnostics.all().front().message ==
        std::string("ucast: cannot resolve hostname bob.invalid: no answer within 1 s") + kConsequence);
  CHECK(config.ok());
}

TEST_CASE("the system's look-up tells a name from none") {
  CHECK(system_look_up()("localhost", AF_INET));
  auto none = system_look_up()("nosuch.invalid", AF_INET);
  REQUIRE_FALSE(none);
  CHECK(none.error().message.find("nosuch.invalid: ") == 0);
}
