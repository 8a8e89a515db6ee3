// SPDX-License-Identifier: Apache-2.0
#include "test/unit/hbd/conf/fake_machine.h"
#include "test/support/catch.h"

namespace {
hbd::conf::LoadedResources load(std::string text, const FakeMachine& machine = {}) {
  hbd::model::Cluster cluster;
  cluster.nodes = {"alice", "bob"};
  return hbd::conf::load_resources({{"haresources", std::move(text)}, "", 0644}, cluster, machine);
}
hbd::model::Resource one(std::string word) {
  FakeMachine machine;
  machine.any_script = true;
  auto loaded = load("alice " + word + "\n", machine);
  INFO(loaded.diagnostics.render());
  REQUIRE(loaded.haresources.groups.size() == 1);
  return loaded.haresources.groups[0].resources.at(0);
}
using Args = std::vector<std::string>;
}  // namespace

TEST_CASE("words become scripts and arguments") {
  auto r = one("IPaddr::172.16.60.111");
  CHECK(r.script == "IPaddr");
  CHECK(r.args == Args{"172.16.60.111"});
  CHECK(r.text == "IPaddr::172.16.60.111");
  r = one("10.0.0.1/24/eth0:0");
  CHECK(r.script == "IPaddr");
  CHECK(r.args == Args{"10.0.0.1/24/eth0:0"});
  CHECK(r.text == "10.0.0.1/24/eth0:0");
  r = one("Filesystem::/dev/drbd0::/mnt::ext3::defaults");
  CHECK(r.args == Args{"/dev/drbd0", "/mnt", "ext3", "defaults"});
  r = one("eth0::");
  CHECK(r.args == Args{""});
  CHECK(one("drbddisk").args.empty());
  CHECK(one("IPv6addr::fd00::1/64/eth0").args == Args{"fd00::1/64/eth0"});
  CHECK(one("IPv6addr::fd00:0:0:0:0:0:0:1").args == Args{"fd00:0:0:0:0:0:0:1"});
  CHECK(one("vip6::fd00:0:0:0:0:0:0:1/64::eth0").args == Args{"fd00:0:0:0:0:0:0:1/64", "eth0"});
  r = one("fd00::1/64");
  CHECK(r.script == "IPv6addr");
  CHECK(r.args == Args{"fd00::1/64"});
  CHECK(one("IPaddr2::fd00::1").args == Args{"fd00::1"});
  CHECK(one("Delay::5::10").args == Args{"5", "10"});  // an address too, for whoever looks for one
}

TEST_CASE("lines: comments, continuation, blanks, case") {
  auto loaded = load(
      "# comment\n\n  Alice\tIPaddr::10.0.0.1   ldirectord # the web\n"
      "bob \\\n   IPaddr2::10.0.0.2/24 \\  \n\tMailTo::root\\\n\n");
  INFO(loaded.diagnostics.render());
  CHECK(loaded.diagnostics.empty());
  REQUIRE(loaded.haresources.groups.size() == 2);
  CHECK(loaded.haresources.groups[0].line() == "alice IPaddr::10.0.0.1 ldirectord");
  CHECK(loaded.haresources.groups[0].at.line == 3);
  CHECK(loaded.haresources.groups[1].line() == "bob IPaddr2::10.0.0.2/24 MailTo::root");
  CHECK(loaded.haresources.groups[1].key() == "IPaddr2::10.0.0.2/24");
  CHECK(loaded.haresources.groups[1].resources[1].at.line == 6);
}

TEST_CASE("findings, word for word") {
  CHECK(load("alcie 10.0.0.1\ncarol 10.0.0.2 mailto::root nginxx\n").diagnostics.render() ==
        "haresources:1:1: error: Bad nodename in haresources [alcie]; did you mean \"alice\"?\n"
        "    1 | alcie 10.0.0.1\n"
        "      | ^~~~~\n"
        "haresources:2:1: error: Bad nodename in haresources [carol]; the nodes of ha.cf are alice, bob\n"
        "    2 | carol 10.0.0.2 mailto::root nginxx\n"
        "      | ^~~~~\n"
        "haresources:2:16: error: Cannot locate resource script mailto; did you mean \"MailTo\"?\n"
        "    2 | carol 10.0.0.2 mailto::root nginxx\n"
        "      |                ^~~~~~\n"
        "haresources:2:29: error: Cannot locate resource script nginxx; it must be an executable file in resource.d or init.d\n"
        "    2 | carol 10.0.0.2 mailto::root nginxx\n"
        "      |                             ^~~~~~\n");
  CHECK(load("alice /etc/init.d/nginx\n").diagnostics.render().find("a script is called by its file name, without a folder") != std::string::npos);
  CHECK(load("alice IPaddr\n").diagnostics.render().find("IPaddr needs an address") != std::string::npos);
  CHECK(load("alice IPaddr::vip/24\n").diagnostics.render().find("IPaddr needs an IPv4 address, got \"vip/24\"") != std::string::npos);
  CHECK(load("alice IPv6addr::10.0.0.1\n").diagnostics.render().find("IPv6addr needs an IPv6 address, got \"10.0.0.1\"") != std::string::npos);
  CHECK(load("alice IPaddr::10.0.0.1/99/eth0\n").diagnostics.render().find("the netmask of \"10.0.0.1/99/eth0\" has 99 bits") !=
        std::string::npos);
  CHECK(load("alice IPaddr::10.0.0.1/32/eth0\n").diagnostics.render().empty());
  CHECK(load("alice 10.0.0.256\n").diagnostics.render().find("IPaddr needs an IPv4 address, got \"10.0.0.256\"") != std::string::npos);
}

TEST_CASE("arguments that our scripts would only answer with their usage are found before a start") {
  FakeMachine machine;
  machine.script_names = {"IPaddr", "IPaddr2", "IPv6addr", "Filesystem", "Delay", "LVSSyncDaemonSwap", "OCF", "ldirectord",
                          "portblock", "MailTo"};
  machine.files = {"www.cf", "/etc/ha.d/www.cf"};
  const auto says = [&](const std::string& word) {
    auto text = load("alice " + word + "\n", machine).diagnostics.render();
    return text.substr(0, text.find('\n'));
  };
  for (const auto* good :
       {"10.0.0.4/24/eth0", "10.0.0.4/255.255.255.0/eth0:1/10.0.0.255", "IPaddr2::fd00::4/64/eth1", "Delay::5::0.5", "Delay",
        "Filesystem::/dev/sdb1::/srv::ext4", "LVSSyncDaemonSwap::master::eth1", "OCF::heartbeat::apache::port=80",
        "OCF::apache::port=80", "ldirectord", "ldirectord::www.cf", "ldirectord::/etc/ha.d/www.cf", "portblock::tcp::80,443::block",
        "MailTo::root"})
    CHECK(says(good) == "");
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"IPaddr::10.0.0.4/xx/lo", "error: \"10.0.0.4/xx/lo\": Invalid broadcast address [lo]; write "
                                 "address[/bits[/device[:label][/broadcast]]]"},
      {"10.0.0.4/255.0.255.0", "error: \"10.0.0.4/255.0.255.0\": Invalid netmask specification [255.0.255.0]; write "
                               "address[/bits[/device[:label][/broadcast]]]"},
      {"10.0.0.4/24/lo/10.0.0.255/zz", "error: \"10.0.0.4/24/lo/10.0.0.255/zz\": [zz] is one part too many; write "
                                       "address[/bits[/device[:label][/broadcast]]]"},
      {"10.0.0.4/24/eth9", "warning: \"10.0.0.4/24/eth9\": IP interface [eth9] does not exist; without it this address cannot "
                           "be taken"},
      {"Filesystem", "error: Filesystem is not called so: write `Filesystem::device::/directory[::fstype[::options]]`"},
      {"Filesystem::/dev/sdb1::srv", "error: Filesystem is not called so: write `Filesystem::device::/directory[::fstype[::options]]`"},
      {"Delay::abc", "error: Delay is not called so: write `Delay[::seconds[::seconds]]`"},
      {"LVSSyncDaemonSwap::slave", "error: LVSSyncDaemonSwap is not called so: write "
                                   "`LVSSyncDaemonSwap::master|backup[::device[::syncid]]`"},
      {"portblock::tcp::80::shut", "error: portblock is not called so: write `portblock::tcp|udp::ports::block|unblock`"},
      {"OCF", "error: OCF is not called so: write `OCF[::provider]::agent[::name=value...]`"},
      {"OCF::heartbeat::NoSuchAgent::a=b", "error: there is no such OCF agent in /usr/lib/ocf/resource.d: write "
                                           "`OCF[::provider]::agent[::name=value...]`; most agents come with the package "
                                           "resource-agents"},
      {"ldirectord::nofile.cf", "warning: nofile.cf: no such file; without it ldirectord cannot start"}};
  for (const auto& [word, finding] : bad) CHECK(says(word) == "haresources:1:7: " + finding);
  // An operator's own script by one of these names takes what it likes.
  machine.foreign_scripts = machine.script_names;
  for (const auto* own : {"Filesystem", "Delay::abc", "10.0.0.4/xx/lo", "ldirectord::nofile.cf"}) CHECK(says(own) == "");
}

TEST_CASE("groups are known by their first resource") {
  auto twice = load("alice 10.0.0.1\nbob 10.0.0.1 ldirectord\n");
  CHECK(twice.diagnostics.render() ==
        "haresources:2:5: error: 10.0.0.1 is the first resource of the group in line 1 already; a group is known by its first "
        "resource, which must differ\n"
        "    2 | bob 10.0.0.1 ldirectord\n"
        "      |     ^~~~~~~~\n");
  auto shared = load("alice 10.0.0.1 ldirectord\nbob 10.0.0.2 ldirectord\n");
  CHECK(shared.ok());
  CHECK(shared.diagnostics.render().find("ldirectord is also in the group in line 1") != std::string::npos);
  CHECK(load("alice 10.0.0.1 10.0.0.1\n").diagnostics.render().find("10.0.0.1 is in this group twice") != std::string::npos);
}

TEST_CASE("a node without resources is a warning and no group") {
  auto loaded = load("alice\n");
  CHECK(loaded.ok());
  CHECK(loaded.haresources.groups.empty());
  CHECK(loaded.diagnostics.render() ==
        "haresources:1:1: warning: no resources after the node name; the line does nothing\n    1 | alice\n      | ^~~~~\n");
}

TEST_CASE("a file without a group is taken, and it is said that nothing will be held") {
  const std::string warning =
      "haresources: warning: no resource groups: the nodes will hear each other and hold nothing; write one line a group, "
      "`NODE RESOURCE...`\n";
  for (const auto* text : {"", "\n", "# alice 10.0.0.1\n"}) {
    auto loaded = load(text);
    CHECK(loaded.ok());
    CHECK(loaded.diagnostics.render() == warning);
  }
}

TEST_CASE("node names are not checked against a broken ha.cf") {
  hbd::model::Cluster empty;
  CHECK(hbd::conf::load_resources({{"haresources", "zoe 10.0.0.1\n"}, "", 0644}, empty, FakeMachine{}).ok());
}

TEST_CASE("odd bytes") {
  CHECK_FALSE(load(std::string("alice\0", 6)).ok());
  CHECK_FALSE(load("alice " + std::string(6000, 'x')).ok());
  CHECK(load("\\\n\\\n").ok());
  CHECK(load("\\").ok());
  CHECK(load("").ok());
  CHECK(load("alice 10.0.0.1\r\n").haresources.groups[0].resources[0].text == "10.0.0.1");
}
