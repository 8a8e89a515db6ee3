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

TEST_CASE("only addresses are announced again") {
  CHECK(announce_steps(group()) == std::vector<Step>{{0, Verb::start}});
}
