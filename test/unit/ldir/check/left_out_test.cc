// SPDX-License-Identifier: Apache-2.0
// Built once for each library that may be missing, with the registry of a build that lacks it (LEFT_OUT names it): the
// services that need it are refused by name, where they stand in the file, and no other is. `./dev options` does the
// same with whole builds.
#include <fmt/format.h>

#include <set>

#include "io/files.h"
#include "ldir/check/registry.h"
#include "ldir/load.h"
#include "ldir/resolver.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"

using namespace ldir;

TEST_CASE("a build without " LEFT_OUT " refuses what needs it, by name and place, and nothing else") {
  const std::set<std::string> needed = LEFT_OUT == std::string("liblber") ? std::set<std::string>{"ldap", "ldaps"}
                                       : LEFT_OUT == std::string("ldns")  ? std::set<std::string>{"dns"}
                                       : LEFT_OUT == std::string("libmariadb") ? std::set<std::string>{"mysql"}
                                                                               : std::set<std::string>{"pgsql"};
  test::Scratch dir;
  const auto path = dir / "t.cf";
  for (int i = 0; i <= static_cast<int>(model::ServiceType::submission); ++i) {
    const std::string service(check::row_of(static_cast<model::ServiceType>(i)).name);
    if (service == "oracle") continue;  // needs a program, not a library
    const bool udp = service == "radius" || service == "dns";
    REQUIRE(io::write_file(path, fmt::format("virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n\tservice={}\n"
                                             "\trequest=\"http://10.0.0.2/\"\n\tprotocol={}\n",
                                             service, udp ? "udp" : "tcp")));
    const auto loaded = load_config(path, SystemResolver());
    const auto said = loaded.findings.render();
    INFO(service << ": " << said);
    CHECK(loaded.usable() == !needed.count(service));
    const auto words = fmt::format("{}:2:7: error: this real server cannot be checked: this ldirectord was built without {}, "
                                   "which service={} needs", path, LEFT_OUT, service);
    CHECK((said.find(words) != said.npos) == (needed.count(service) > 0));
    // A connect needs no library.
    REQUIRE(io::write_file(path, fmt::format("virtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n\tservice={}\n"
                                             "\tchecktype=connect\n\trequest=\"http://10.0.0.2/\"\n", service)));
    CHECK(load_config(path, SystemResolver()).usable());
  }
}
