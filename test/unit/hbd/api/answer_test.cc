// SPDX-License-Identifier: Apache-2.0
// Expected texts are heartbeat 3.0.6's own answers, field by field.
#include "hbd/api/answer.h"

#include "hbd/wire/text_form.h"
#include "test/support/catch.h"
#include "test/unit/hbd/api/world.h"

using namespace hbd;
using namespace hbd::api;
using wire::Message;

namespace {
std::string said(const Message& request, const test::World& world = {}) {
  std::string out;
  for (const auto& reply : answer(request, world.view())) out += wire::encode_text(reply);
  return out;
}
Message ask(std::string_view what, std::string_view name = {}, std::string_view value = {}) {
  auto request = Message("hbapi-req").add("reqtype", what);
  if (!name.empty()) request.add(name, value);
  return request;
}
std::string resp(std::string_view body) { return ">>>\nt=hbapi-resp\nreqtype=" + std::string(body) + "\n<<<\n"; }
}  // namespace

TEST_CASE("lists say that more follow, until the last") {
  CHECK(said(ask("nodelist")) == resp("nodelist\nnode=alice\nnodetype=normal\nst=active\nresult=ok/more") +
                                     resp("nodelist\nnode=bob\nnodetype=normal\nst=dead\nresult=ok/more") +
                                     resp("nodelist\nnode=10.77.0.1\nnodetype=ping\nst=ping\nresult=OK"));
  CHECK(said(ask("iflist", "node", "bob")) == resp("iflist\nifname=hb0\nst=dead\nresult=OK"));
}

TEST_CASE("questions about one node") {
  CHECK(said(ask("nodestatus", "node", "bob")) == resp("nodestatus\nst=dead\nresult=OK"));
  CHECK(said(ask("nodestatus", "node", "BOB")) == resp("nodestatus\nst=dead\nresult=OK"));
  CHECK(said(ask("nodetype", "node", "10.77.0.1")) == resp("nodetype\nnodetype=ping\nresult=OK"));
  CHECK(said(ask("nodeweight", "node", "alice")) == resp("nodeweight\nweight=100\nresult=OK"));
  CHECK(said(ask("nodesite", "node", "alice")) == resp("nodesite\nsite=\nresult=OK"));
  CHECK(said(ask("ifstatus", "node", "alice").add("ifname", "hb0")) == resp("ifstatus\nst=up\nresult=OK"));
  CHECK(said(ask("ifstatus", "node", "bob").add("ifname", "zz")) == resp("ifstatus\nresult=badreq\ninfo=EINVAL"));
  for (const char* what : {"nodestatus", "nodetype", "nodeweight", "nodesite", "iflist", "ifstatus"}) {
    auto refused = resp(std::string(what) + "\nresult=badreq\ninfo=EINVAL");
    CHECK(said(ask(what, "node", "zz")) == refused);
    CHECK(said(ask(what)) == refused);
  }
}

TEST_CASE("questions about the cluster") {
  CHECK(said(ask("getparm", "pname", "deadtime")) == resp("getparm\npvalue=5\nresult=OK"));
  CHECK(said(ask("getparm", "pname", "nono")) == resp("getparm\nresult=OK"));
  CHECK(said(ask("getparm", "pname", "crm")) == resp("getparm\npvalue=false\nresult=OK"));
  CHECK(said(ask("getparm")) == resp("getparm\nresult=badreq\ninfo=EINVAL"));
  CHECK(said(ask("numnodes")) == resp("numnodes\nnumnodes=2\nresult=OK"));
  CHECK(said(ask("getuuid", "queryname", "alice")) ==
        resp("getuuid\n(1)queryuuid=QUFBQUFBQUFBQUFBQUFBQQ==\nresult=OK"));
  CHECK(said(ask("getuuid", "queryname", "zz")) == resp("getuuid\nresult=OK"));
  CHECK(said(ask("getnodename").add("queryuuid", std::string(16, 'A'), wire::FieldType::binary)) ==
        resp("getnodename\nqueryname=alice\nresult=OK"));
  CHECK(said(ask("bogus")) == resp("bogus\nresult=badreq"));
}

TEST_CASE("what is held, while nothing moves and nothing is legacy") {
  test::World world;
  CHECK(said(ask("getrsc"), world) == resp("getrsc\nrsc_hold=all\nresult=OK"));
  world.snapshot.transition = true;
  CHECK(said(ask("getrsc"), world) == resp("getrsc\nrsc_hold=transition\nresult=OK"));
  world.cluster.failback = model::Failback::legacy;
  CHECK(said(ask("getrsc"), world) == resp("getrsc\nrsc_hold=none\nresult=OK"));
}

TEST_CASE("what signon tells of the daemon") {
  test::World world;
  auto reply = reply_to("signon").add("result", "OK");
  add_daemon(reply, world.view());
  CHECK(wire::encode_text(reply) == resp("signon\nresult=OK\ndeadtime=1388\nkeepalive=3e8\nnode=alice\nhbversion=" +
                                         std::string(version_text()) + "\npacemaker=false\nlogfacility=-1"));
  world.cluster.log.facility = "local0";
  Message other;
  add_daemon(other, world.view());
  CHECK(other.get("logfacility") == "128");
}

TEST_CASE("nodes are listed in the order of ha.cf, ping nodes among them") {
  test::World world;
  world.cluster.listed = {"10.77.0.1", "bob", "alice"};
  auto replies = answer(wire::Message("hbapi-req").add("reqtype", "nodelist"), world.view());
  REQUIRE(replies.size() == 3);
  CHECK(replies[0].get("node") == "10.77.0.1");
  CHECK(replies[1].get("node") == "bob");
  CHECK(replies[2].get("node") == "alice");
}
