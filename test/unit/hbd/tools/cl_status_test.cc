// SPDX-License-Identifier: Apache-2.0
// Expected words and exit codes are those of heartbeat 3.0.6's cl_status, asked about the same cluster.
#include "hbd/tools/cl_status.h"

#include "hbd/api/answer.h"
#include "test/support/catch.h"
#include "test/unit/hbd/api/world.h"

using namespace hbd;
using namespace hbd::tools;
using wire::Message;

namespace {

/// The daemon of test/unit/hbd/api/world.h.
struct Running : Heartbeat {
  api::test::World world;
  Replies sign_on() override {
    auto reply = api::reply_to("signon").add("result", "OK");
    api::add_daemon(reply, world.view());
    return std::vector<Message>{reply};
  }
  Replies ask(const Message& request, std::chrono::milliseconds limit) override {
    if (request.get("reqtype") == "clientstatus") {
      if (limit.count() == 0) return tl::unexpected<Failure>(Failure{Failure::Kind::no_answer, "No timely response."});
      return std::vector<Message>{Message().add("cs", request.get("cn") == "ipfail" ? "online" : "offline")};
    }
    auto replies = api::answer(request, world.view());
    if (replies.back().get("result") == "badreq")
      return tl::unexpected<Failure>(Failure{Failure::Kind::bad, std::string(replies.back().get("info"))});
    return replies;
  }
};

struct Dumb : Heartbeat {
  Failure failure;
  explicit Dumb(Failure f) : failure(std::move(f)) {}
  Replies sign_on() override { return tl::unexpected<Failure>(failure); }
  Replies ask(const Message&, std::chrono::milliseconds) override { return tl::unexpected<Failure>(failure); }
};

struct Said {
  int code;
  std::string out, err;
};

Said run(Heartbeat& heartbeat, const std::vector<std::string>& args) {
  Said said{};
  Voice voice{[&](const std::string& text) { said.out += text; }, [&](const std::string& text) { said.err += text; },
              [&](const std::string& text) { said.err += "ERROR: " + text + "\n"; }};
  said.code = cl_status(args, heartbeat, voice);
  return said;
}

void expect(const std::vector<std::string>& args, int code, const std::string& out, const std::string& err = "") {
  Running heartbeat;
  auto said = run(heartbeat, args);
  std::string line;
  for (const auto& arg : args) line += " " + arg;
  INFO("cl_status" << line);
  CHECK(said.code == code);
  CHECK(said.out == out);
  CHECK(said.err == err);
}

const std::string kList = "\n10.77.0.1\tping\t(nodetype: ping)\n\t10.77.0.1\tup\n\nbob\tdead\t(nodetype: normal)\n\thb0\tdead\n"
                          "\nalice\tactive\t(nodetype: normal)\n\thb0\tup\n";
const std::string kBadNode = "Error. May be due to incorrect node name\n";

}  // namespace

TEST_CASE("hbstatus") {
  auto version = std::string(api::version_text());
  expect({"hbstatus"}, 0, "Heartbeat is running on this machine.\n");
  expect({"hbstatus", "-m"}, 0, "Heartbeat is running on this machine.\n");
  expect({"hbstatus", "extra"}, 0, "Heartbeat is running on this machine.\n");
  expect({"hbstatus", "-v"}, 0, "version:\t" + version + "\nmanaged by:\t\"haresources\"\n" + kList);
  expect({"hbstatus", "-z"}, 0, "Heartbeat is running on this machine.\n", "hbstatus: invalid option -- 'z'\n");
  Running heartbeat;
  CHECK(run(heartbeat, {"hbstatus", "-v", "-m"}).out.starts_with(
      "Heartbeat version " + version + "\nResources controlled by \"haresources\"\nThe nodes are as follow:\n\n10.77.0.1\tping"));
}

TEST_CASE("listnodes is the reverse of the configuration") {
  expect({"listnodes"}, 0, "10.77.0.1\nbob\nalice\n");
  expect({"listnodes", "-n"}, 0, "bob\nalice\n");
  expect({"listnodes", "-p"}, 0, "10.77.0.1\n");
  expect({"listnodes", "-np"}, 0, "10.77.0.1\nbob\nalice\n");
  expect({"listnodes", "-v"}, 0, kList);
  expect({"listnodes", "-m"}, 0, "The nodes are as follow:\n10.77.0.1\nbob\nalice\n");
  expect({"listnodes", "-z"}, 11, "", "listnodes: invalid option -- 'z'\nERROR: Error: getopt returnedcharacter code ?.\n");
}

TEST_CASE("what is known of a node") {
  expect({"nodestatus", "alice"}, 0, "active\n");
  expect({"nodestatus", "BOB"}, 1, "dead\n");
  expect({"nodestatus", "10.77.0.1"}, 0, "ping\n");
  expect({"nodestatus", "-m", "bob"}, 1, "The cluster node bob is dead\n");
  expect({"nodestatus", "bob", "-m"}, 1, "The cluster node bob is dead\n");
  expect({"nodestatus", "zz"}, 11, "", kBadNode);
  expect({"nodestatus"}, 11, "", "Not enough parameters.\n");
  expect({"nodestatus", "alice", "-v"}, 11, "",
         "nodestatus: invalid option -- 'v'\nERROR: Error: getopt returnedcharacter ?.\n");
  expect({"nodeweight", "alice"}, 0, "100\n");
  expect({"nodeweight", "alice", "-m"}, 0, "The weight of the cluster node alice is 100\n");
  expect({"nodeweight", "zz"}, 11, "", "Error. Maybe due to incorrect node name.\n");
  expect({"nodesite", "alice"}, 0, "\n");
  expect({"nodesite", "alice", "-m"}, 0, "The site of the cluster node alice is \n");
  expect({"nodesite", "zz"}, 11, "", kBadNode);
  expect({"nodetype", "alice"}, 0, "normal\n");
  expect({"nodetype", "10.77.0.1", "-m"}, 0, "The node 10.77.0.1's type: ping\n");
  expect({"nodetype", "zz"}, 11, "", kBadNode);
  expect({"nodetype"}, 11, "", "No enough parameter.\n");
}

TEST_CASE("links") {
  expect({"listhblinks", "bob"}, 0, "\thb0\n");
  expect({"listhblinks", "bob", "-v"}, 0, "\thb0\tdead\n");
  expect({"listhblinks", "bob", "-v", "-m"}, 0, "\tthis node has the following heartbeat links:\n\thb0\tdead\n");
  expect({"listhblinks", "zz"}, 13, "", "ERROR: Cannot start heartbeat link interface walk.\nERROR: REASON: EINVAL\n");
  expect({"listhblinks"}, 11, "", "No enough parameter.\n");
  expect({"hblinkstatus", "bob", "hb0"}, 1, "dead\n");
  expect({"hblinkstatus", "10.77.0.1", "10.77.0.1"}, 0, "up\n");
  expect({"hblinkstatus", "bob", "hb0", "-m"}, 1, "The node bob's heartbeat link hb0 is dead\n");
  expect({"hblinkstatus", "bob", "zz"}, 13, "", "ERROR: Cannot get heartbeat link status\nERROR: REASON: \n");
  expect({"hblinkstatus", "bob"}, 11, "", "No enough parameter.\n");
}

TEST_CASE("clients, resources, parameters") {
  expect({"clientstatus", "alice", "ipfail"}, 0, "online\n");
  expect({"clientstatus", "alice", "other"}, 1, "offline\n");
  expect({"clientstatus", "alice", "ipfail", "abc"}, 13, "",
         "ERROR: Cannot get heartbeat client ipfail's status\nERROR: REASON: No timely response.\n");
  expect({"clientstatus", "alice"}, 11, "", "No enough parameter.\n");
  expect({"rscstatus"}, 0, "all\n");
  expect({"rscstatus", "-m"}, 0, "This node is holding all resources.\n");
  expect({"hbparameter", "-p", "deadtime"}, 0, "5\n");
  expect({"hbparameter", "-pdeadtime", "-m"}, 0, "Heartbeat parameter deadtime's value: 5\n");
  expect({"hbparameter", "-p", "warntime"}, 0, "2500ms\n");
  expect({"hbparameter", "-p", "zzz"}, 1, "", "ERROR: Cannot get parameter zzz's value\nERROR: REASON: \n");
  expect({"hbparameter", "deadtime"}, 11, "", "ERROR: parameter name required\n");
  expect({"hbparameter", "-p"}, 11, "",
         "hbparameter: option requires an argument -- 'p'\nERROR: Error: getopt returnedcharacter code ?.\n");
}

TEST_CASE("what is no question") {
  expect({"zz"}, 11, "", "ERROR: zz: invalid sub-command.\n");
  expect({"--hepl"}, 11, "", "ERROR: --hepl: invalid sub-command.\n");
  expect({"-m", "hbstatus"}, 11, "", "ERROR: -m: invalid sub-command.\n");
  Running heartbeat;
  for (const auto& args : std::vector<std::vector<std::string>>{{}, {"-h"}}) {
    auto said = run(heartbeat, args);
    CHECK(said.code == 0);
    CHECK(said.out.starts_with("Usage: cl_status <sub-command> [<options>] [<parameters>]\n"));
  }
  CHECK(run(heartbeat, {"--help"}).out.starts_with("Usage: cl_status SUB-COMMAND "));
  CHECK(run(heartbeat, {"--version"}).out.starts_with("cl_status (Upbeat "));
}

TEST_CASE("a daemon that is not there, or not for us, or silent") {
  Dumb stopped({Failure::Kind::stopped, "hb_api_signon: Can't initiate connection to heartbeat"});
  auto said = run(stopped, {"hbstatus", "-v"});
  CHECK(said.code == 1);
  CHECK(said.out == "Heartbeat is stopped on this machine.\n(hb_api_signon: Can't initiate connection to heartbeat)\n");
  said = run(stopped, {"nodestatus"});  // before parameters are looked at
  CHECK(said.code == 1);
  CHECK(said.err ==
        "ERROR: Cannot signon with heartbeat\nERROR: REASON: hb_api_signon: Can't initiate connection to heartbeat\n");
  Dumb refused({Failure::Kind::refused, "client failed authorization"});
  said = run(refused, {"hbstatus"});
  CHECK(said.code == 0);
  CHECK(said.out == "Heartbeat is apparently running on this machine, but refuses my connection\n");
  Dumb late({Failure::Kind::late, ""});
  for (const char* what : {"hbstatus", "rscstatus", "listnodes"}) CHECK(run(late, {what}).code == 12);
}

namespace {
Running with_groups() {
  Running heartbeat;
  heartbeat.world.snapshot.groups = {
      {"IPaddr::10.0.0.1", "alice", core::GroupState::held, "preferred here"},
      {"IPaddr::10.0.0.2", "bob", core::GroupState::held, "bob is dead"},
      {"say \"hi\"", "bob", core::GroupState::failed, "its start failed"}};
  return heartbeat;
}
}  // namespace

TEST_CASE("explain: each group with its reason and what would move it") {
  auto heartbeat = with_groups();
  auto said = run(heartbeat, {"explain"});
  CHECK(said.code == kOk);
  CHECK(said.out ==
        "IPaddr::10.0.0.1\theld\t(preferred: alice)\n\tpreferred here\n"
        "\tit leaves when this node fails, is stopped or gives it up (hb_standby)\n"
        "IPaddr::10.0.0.2\theld\t(preferred: bob)\n\tbob is dead\n"
        "\tit goes back to bob when that node is active again\n"
        "say \"hi\"\tfailed\t(preferred: bob)\n\tits start failed\n"
        "\tit comes here when bob fails, is stopped or gives it up (hb_standby there)\n");
  heartbeat.world.cluster.failback = model::Failback::off;
  CHECK(run(heartbeat, {"explain"}).out.find("it stays until this node fails") != std::string::npos);
  Running none;
  CHECK(run(none, {"explain"}).out.empty());
  Dumb stopped({Failure::Kind::stopped, "nobody"});
  CHECK(run(stopped, {"explain"}).code == kNo);
}

TEST_CASE("explain: with auto_failback on, what was given away on purpose or failed says who must ask for it") {
  auto heartbeat = with_groups();
  auto& world = heartbeat.world;
  auto& groups = world.snapshot.groups;
  world.snapshot.nodes[1].status = "active";
  auto moves = [&] { return run(heartbeat, {"explain"}).out; };
  CHECK(moves().find("\tit goes back to bob as soon as both nodes are at rest\n") != std::string::npos);
  groups[1].back = core::Return::on_request;
  CHECK(moves().find("\tit goes back to bob on request (hb_standby foreign here, hb_takeover local there) or after that node was away\n") !=
        std::string::npos);
  groups[1].back = core::Return::after_failure;
  CHECK(moves().find("\tit could not be started on bob and goes back there on request (hb_takeover local there)\n") != std::string::npos);
  groups[0].state = core::GroupState::released;
  CHECK(moves().find("\tit comes here when this node is at rest\n") != std::string::npos);
  groups[0].holder = "bob";
  CHECK(moves().find("\tit comes here when bob gives it back: by itself when both nodes are at rest, or on request (hb_takeover "
                     "local here) where it was given away on purpose\n") != std::string::npos);
  groups[0].state = core::GroupState::failed;
  CHECK(moves().find("\tit could not be started here; hb_takeover local here tries again\n") != std::string::npos);
}

TEST_CASE("--json: all of it for programs, with every quote in its place") {
  auto heartbeat = with_groups();
  heartbeat.world.snapshot.ignored_packets = 4000;
  auto said = run(heartbeat, {"--json"});
  CHECK(said.code == kOk);
  CHECK(said.out.find("  \"ignored_packets\": 4000,\n") != std::string::npos);
  CHECK(said.out.find("  \"node\": \"alice\",\n") != std::string::npos);
  CHECK(said.out.find("  \"holding\": \"all\",\n") != std::string::npos);
  CHECK(said.out.find("    {\"name\": \"bob\", \"type\": \"normal\", \"status\": \"dead\", \"files_differ\": false, \"links\": "
                      "[{\"name\": \"hb0\", \"status\": \"dead\", \"received\": 0, \"late\": 0, \"lost\": 0}]},\n") != std::string::npos);
  CHECK(said.out.find("{\"group\": \"say \\\"hi\\\"\", \"preferred\": \"bob\", \"state\": \"failed\"") != std::string::npos);
  CHECK(said.out.ends_with("\n  ],\n  \"timeline\": []\n}\n"));
}

TEST_CASE("a node whose files differ is warned of beside the list, not in it") {
  Running heartbeat;
  heartbeat.world.snapshot.nodes[1].files_differ = true;
  for (const char* what : {"listnodes", "explain"}) {
    auto said = run(heartbeat, {what});
    CHECK(said.code == kOk);
    CHECK(said.err.find("WARNING: haresources or ha.cf of node bob differs") == 0);
    CHECK(said.out.find("WARNING") == std::string::npos);
  }
  CHECK(run(heartbeat, {"--json"}).out.find("\"files_differ\": true") != std::string::npos);
  expect({"listnodes", "-n"}, kOk, "bob\nalice\n");
}
