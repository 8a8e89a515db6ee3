// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/plan.h"

#include "test/support/catch.h"

using namespace hbd::core;

namespace {
hbd::model::ResourceGroup group() {
  hbd::model::ResourceGroup out;
  out.node = "alice";
  out.resources = {{"IPaddr", {"10.0.0.1"}, "IPaddr::10.0.0.1", {}}, {"ipvsadm", {}, "ipvsadm", {}}};
  return out;
}
}  // namespace

TEST_CASE("a group starts left to right and stops right to left") {
  CHECK(start_steps(group()) ==
        std::vector<Step>{{0, Verb::status}, {0, Verb::start}, {1, Verb::status}, {1, Verb::start}, {0, Verb::status, true}, {1, Verb::status, true}});
  CHECK(stop_steps(group()) == std::vector<Step>{{1, Verb::stop}, {0, Verb::stop}});
  CHECK(sweep_steps(group()) == std::vector<Step>{{0, Verb::status}, {1, Verb::status}});
}

TEST_CASE("what a later one of the group takes back is not asked whether it still runs") {
  hbd::model::ResourceGroup blocked;
  blocked.resources = {{"portblock", {"tcp", "80", "block"}, "a", {}},
                       {"OCF", {"heartbeat", "portblock", "protocol=tcp", "portno=80", "action=block"}, "b", {}},
                       {"portblock", {"tcp", "80", "unblock"}, "c", {}}};
  const auto steps = start_steps(blocked);
  REQUIRE(steps.size() == 7);
  CHECK(steps.back() == Step{2, Verb::status, true});
}

TEST_CASE("only addresses are announced again") {
  CHECK(announce_steps(group()) == std::vector<Step>{{0, Verb::start}});
}
