// SPDX-License-Identifier: Apache-2.0
#include "hbd/conf/load.h"
#include "test/support/catch.h"
#include "test/unit/hbd/conf/fake_machine.h"

using namespace hbd;

namespace {
conf::Loaded load_testing(std::string text) {
  auto files = good_files();
  files.only_for_testing = {{"/etc/ha.d/OnlyForTesting", std::move(text)}, "", 0644};
  return conf::load(files, FakeMachine{});
}
}  // namespace

TEST_CASE("OnlyForTesting says which share of the packets is lost on purpose, and whose are not") {
  const auto loaded = load_testing("# a storm\nrcvloss = 0.25\nxmitloss=1\n");
  CHECK(loaded.cluster.loss == model::PacketLoss{0.25, 1, {}});
  CHECK(loaded.ok());
  CHECK(loaded.diagnostics.render() ==
        "/etc/ha.d/OnlyForTesting: warning: this node loses packets on purpose: 0.25 of those that it receives, 1 of those that "
        "it sends; remove /etc/ha.d/OnlyForTesting when the test is over\n");
  const auto spared = load_testing("xmitloss=1\nrcvloss=1\nallownodes=Alice;carol;\n");
  CHECK(spared.cluster.loss == model::PacketLoss{1, 1, {"alice", "carol"}});
  CHECK(spared.diagnostics.render().find("1 of those that it receives from others than alice, carol, 0 of those that it sends") !=
        std::string::npos);
}

TEST_CASE("without OnlyForTesting, or with one that loses nothing, nothing is lost and nothing is said") {
  CHECK(conf::load(good_files(), FakeMachine{}).cluster.loss.none());
  CHECK(conf::load(good_files(), FakeMachine{}).diagnostics.render().empty());
  const auto nothing = load_testing("xmitloss=0\nrcvloss=0\nallownodes=bob;\n");
  CHECK(nothing.cluster.loss.none());
  CHECK(nothing.diagnostics.render().empty());
}

TEST_CASE("an OnlyForTesting that is there and cannot be read is told of") {
  auto files = good_files();
  files.only_for_testing = {{"/etc/ha.d/OnlyForTesting", ""}, "Is a directory", 0755};
  const auto loaded = conf::load(files, FakeMachine{});
  CHECK(loaded.ok());
  CHECK(loaded.diagnostics.render() == "/etc/ha.d/OnlyForTesting: warning: is there, but cannot be read: Is a directory\n");
  files.only_for_testing.mode = 0;  // stat(2) has not found it
  CHECK(conf::load(files, FakeMachine{}).diagnostics.render().empty());
}

TEST_CASE("what is wrong in OnlyForTesting is said, and keeps no director from starting") {
  for (const auto& [text, said] : std::initializer_list<std::pair<std::string, std::string>>{
           {"rcvloss=2\n", "/etc/ha.d/OnlyForTesting:1:1: warning: rcvloss is a probability from 0 to 1, not \"2\""},
           {"xmitloss=-0.1\n", "xmitloss is a probability from 0 to 1, not \"-0.1\""},
           {"xmitloss\n", "xmitloss is a probability from 0 to 1, not \"\""},
           {"rcvloss=nan\n", "rcvloss is a probability from 0 to 1, not \"nan\""},
           {"\nloss=1\n", "/etc/ha.d/OnlyForTesting:2:1: warning: Cannot recognize test param [loss]: rcvloss, xmitloss or allownodes"},
           {std::string("rcv\0loss=1\n", 11), "warning"}}) {
    INFO(text);
    const auto loaded = load_testing(text);
    CHECK(loaded.ok());
    CHECK(loaded.cluster.loss.none());
    CHECK(loaded.diagnostics.render().find(said) != std::string::npos);
    CHECK(loaded.diagnostics.render().find("error") == std::string::npos);
  }
}
