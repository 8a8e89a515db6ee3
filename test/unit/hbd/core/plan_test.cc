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
        std::vector<Step>{{0, Verb::status}, {0, Verb::start}, {1, Verb::status}, {1, Verb::start}});
  CHECK(stop_steps(group()) == std::vector<Step>{{1, Verb::stop}, {0, Verb::stop}});
  CHECK(sweep_steps(group()) == std::vector<Step>{{0, Verb::status}, {1, Verb::status}});
}

TEST_CASE("only addresses are announced again") {
  CHECK(announce_steps(group()) == std::vector<Step>{{0, Verb::start}});
}

TEST_CASE("status means what its text says") {
  CHECK(says_running("INFO:  Running OK\n"));
  CHECK(says_running("running"));
  CHECK(says_running("OK"));
  CHECK(says_running("ldirectord for /etc/ha.d/ldirectord.cf is running with pid: 21336"));
  CHECK_FALSE(says_running(""));
  CHECK_FALSE(says_running("INFO:  Resource is stopped"));
  CHECK_FALSE(says_running("nginx is not running"));
  CHECK_FALSE(says_running("Not yet Running"));
  CHECK_FALSE(says_running("NOT running but OK"));
  CHECK_FALSE(says_running("ok"));
  CHECK(says_running("running, could not ask"));  // "not" must come before
}
