// SPDX-License-Identifier: Apache-2.0
// Hostile bytes: seeded mutations of good files must end in findings or in a cluster, never in anything else.
#include "base/rng.h"
#include "test/unit/hbd/conf/fake_machine.h"
#include "test/support/catch.h"

TEST_CASE("mutated files neither crash the parsers nor make them talk without end") {
  const std::string seeds[] = {
      "logfacility local0\nkeepalive 2\ndeadtime 5\nudpport 694\nbcast eth0\nmcast eth0 225.0.0.1 694 1 0\nucast eth0 10.0.0.2\n"
      "auto_failback on\nnode alice bob\nping_group g 10.0.0.1 10.0.0.2\nrespawn root /x/ipfail\napiauth ipfail gid=root uid=root\n",
      "alice IPaddr::10.0.0.1/24/eth0 ipvsadm \\\n ldirectord::x # y\nbob IPv6addr::fd00::1 Filesystem::a::b\n",
      "auth 3\n3 md5 Hello!\n1 crc\n15 sha256 abc\n"};
  base::Rng rng(1);
  for (int round = 0; round < 3000; ++round) {
    std::string text[3];
    for (int f = 0; f < 3; ++f) {
      text[f] = seeds[f];
      for (auto edits = rng.below(12); edits > 0; --edits) {
        auto at = rng.below(text[f].size() + 1);
        if (rng.chance(0.4)) {
          text[f].insert(at, rng.below(4), static_cast<char>(rng.below(256)));
        } else if (at < text[f].size()) {
          if (rng.chance(0.5)) text[f][at] = static_cast<char>(rng.below(256));
          else text[f].erase(at, rng.below(9));
        }
      }
    }
    auto files = good_files();
    files.ha_cf.source = {"ha.cf", text[0]};
    files.haresources.source = {"haresources", text[1]};
    files.authkeys.source = {"authkeys", text[2]};
    auto loaded = hbd::conf::load(files, FakeMachine{});
    REQUIRE(loaded.diagnostics.all().size() < 200);
    REQUIRE(loaded.diagnostics.render().size() < 100'000);
    for (const auto& group : loaded.haresources.groups) REQUIRE(!group.resources.empty());
  }
}
