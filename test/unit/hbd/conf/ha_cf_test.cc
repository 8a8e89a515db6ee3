// SPDX-License-Identifier: Apache-2.0
// What is wrong with an ha.cf, word for word.
#include "test/unit/hbd/conf/fake_machine.h"
#include "test/support/catch.h"

namespace {
std::string says(std::string_view text) { return load_with(text).diagnostics.render(); }
bool says(std::string_view text, std::string_view words) { return says(text).find(words) != std::string::npos; }
}  // namespace

TEST_CASE("the drill's ha.cf has no finding") {
  auto files = good_files();
  files.node_name = "HA-master";
  files.haresources.source = {"haresources", "ha-master IPaddr::172.16.60.111 ipvsadm ldirectord\n"};
  files.authkeys.source = {"authkeys", "auth 3\n3 md5 Hello!\n"};
  files.ha_cf.source = {"ha.cf",
                        "debugfile /var/log/ha-debug\nlogfile /var/log/ha-log\nlogfacility local0\nkeepalive 2\ndeadtime 5\n"
                        "warntime 3\ninitdead 10\nudpport 694\nbcast eth0\nucast eth0 172.16.60.207\nauto_failback on\n"
                        "node ha-master\nnode ha-slave\nping_group group1 172.16.60.204 172.16.60.205\n"
                        "respawn root /usr/lib64/heartbeat/ipfail\napiauth ipfail gid=root uid=root\n"};
  auto loaded = hbd::conf::load(files, FakeMachine{});
  CHECK(loaded.diagnostics.render() == "");
  const auto& c = loaded.cluster;
  CHECK(c.self == "ha-master");
  CHECK(c.nodes == std::vector<std::string>{"ha-master", "ha-slave"});
  CHECK(c.media.size() == 3);
  CHECK(c.uses_ipfail());
  CHECK(c.auth.sign_with == 3);
  CHECK(c.auth.keys.at(3) == hbd::model::AuthKey{hbd::model::AuthKey::Method::md5, "Hello!"});
  REQUIRE(loaded.haresources.groups.size() == 1);
  CHECK(loaded.haresources.groups[0].line() == "ha-master IPaddr::172.16.60.111 ipvsadm ldirectord");
  CHECK(c.parameters.at("deadtime") == "5");
}

TEST_CASE("times against each other") {
  CHECK(says("keepalive 2\ndeadtime 1\n") ==
        "/etc/ha.d/ha.cf:6:10: error: deadtime must be more than twice keepalive (2s), got 1s: Dead time [1000] is too small "
        "compared to keeplive [2000]\n"
        "    6 | deadtime 1\n"
        "      |          ^\n");
  CHECK(load_with("keepalive 2\ndeadtime 4001ms\n").ok());
  CHECK_FALSE(load_with("keepalive 2\ndeadtime 4\n").ok());
  CHECK(says("keepalive 20\n") ==
        "/etc/ha.d/ha.cf:5:11: error: deadtime must be more than twice keepalive (20s), got 30s: Dead time [30000] is too "
        "small compared to keeplive [20000]\n"
        "    5 | keepalive 20\n"
        "      |           ^~\n");
  CHECK(says("deadping 1\n", "Ping dead time [1000] is too small compared to keeplive [1000]"));
  CHECK(says("initdead 5\n", "initdead must not be shorter than deadtime (30s), got 5s: Initial dead time [5000] is smaller than deadtime [30000]"));
  CHECK(says("deadtime 5\ninitdead 6\n", "warning: Initial dead time [6000 ms] may be too small!"));
  CHECK(says("deadtime 5\nwarntime 10\n", "warning: warntime (10s) is not shorter than deadtime (5s)"));
  CHECK(says("warntime 10s\n") ==
        "/etc/ha.d/ha.cf:5:10: error: \"10s\" is not a time; write seconds (2 or 0.5), milliseconds (500ms) or microseconds "
        "(500us), at most 30 days: Warn time [10s] is invalid.\n"
        "    5 | warntime 10s\n"
        "      |          ^~~\n");
  CHECK(says("keepalive 0\n", "keepalive must be at least 1ms"));
  CHECK(load_with("keepalive 1 2\n").cluster.timing.keepalive.count() == 2000);
  CHECK(says("keepalive 1 2\n", "warning: keepalive takes one value; of several the last counts"));
}

TEST_CASE("defaults that follow from deadtime") {
  auto timing = [](std::string_view text) { return load_with(text).cluster.timing; };
  CHECK(timing("").initdead.count() == 30000);
  CHECK(timing("deadtime 10\n").initdead.count() == 20000);
  CHECK(timing("deadtime 6\n").initdead.count() == 12000);
  CHECK(timing("deadtime 5\n").initdead.count() == 12000);
  CHECK(timing("deadtime 10.5\n").initdead.count() == 10500);
}

TEST_CASE("words nobody knows") {
  CHECK(says("pinggroup g 10.0.0.1\n") ==
        "/etc/ha.d/ha.cf:5:1: error: Illegal directive [pinggroup]; did you mean \"ping_group\"?\n"
        "    5 | pinggroup g 10.0.0.1\n"
        "      | ^~~~~~~~~\n");
  CHECK(says("quux 1\n", "Illegal directive [quux]; `man ha.cf` lists the directives"));
  CHECK(says("Keepalive 2\n", "did you mean \"keepalive\"?"));
}

TEST_CASE("all findings at once, in the order of the lines") {
  CHECK(says("keepalive x\nnode alice\nbcast eth9\nlogfacility local9\nauto_failback maybe\n") ==
        "/etc/ha.d/ha.cf:5:11: error: \"x\" is not a time; write seconds (2 or 0.5), milliseconds (500ms) or microseconds "
        "(500us), at most 30 days\n"
        "    5 | keepalive x\n"
        "      |           ^\n"
        "/etc/ha.d/ha.cf:6:6: error: node alice is listed twice\n"
        "    6 | node alice\n"
        "      |      ^~~~~\n"
        "/etc/ha.d/ha.cf:7:7: error: IP interface [eth9] does not exist: Illegal bcast [UDP/IP broadcast] in config file "
        "[eth9]; `ip link` lists the interfaces\n"
        "    7 | bcast eth9\n"
        "      |       ^~~~\n"
        "/etc/ha.d/ha.cf:8:13: error: Log facility(local9) not valid; did you mean \"local0\"?\n"
        "    8 | logfacility local9\n"
        "      |             ^~~~~~\n"
        "/etc/ha.d/ha.cf:9:15: error: auto_failback is on, off or legacy, got \"maybe\"\n"
        "    9 | auto_failback maybe\n"
        "      |               ^~~~~\n");
}

TEST_CASE("who we are") {
  auto as = [](std::string name, std::string text) {
    auto files = good_files();
    files.node_name = name;
    files.ha_cf.source = {"ha.cf", "logfacility local0\nauto_failback on\nbcast eth0\n" + text};
    const auto last = text.substr(text.rfind(' ') + 1);
    files.haresources.source = {"haresources", last.substr(0, last.find('\n')) + " 10.0.0.1\n"};
    return hbd::conf::load(files, FakeMachine{}).diagnostics.render();
  };
  CHECK(as("ALICE", "node Alice bob\n") == "");
  CHECK(as("carol", "node alice bob\n") ==
        "ha.cf: error: Current node [carol] not in configuration! Nodes are called by `uname -n`, which says \"carol\" here; "
        "the nodes are alice, bob\n");
  CHECK(as("lb1.example.com", "node lb1 lb2\n") ==
        "ha.cf: error: Current node [lb1.example.com] not in configuration! Nodes are called by `uname -n`, which says "
        "\"lb1.example.com\" here; \"lb1\" is; use one name in both places\n");
  CHECK(as("alicf", "node alice bob\n").find("\"alice\" is; use one name") != std::string::npos);
  CHECK(as("alice", "").find("no nodes defined") != std::string::npos);
  CHECK(as("alice", "node $HOST\n").find("no nodes defined") == std::string::npos);
  CHECK(as("alice", "node alice " + std::string(100, 'x') + "\n").find("node name of 100 characters; at most 99") != std::string::npos);
}

TEST_CASE("media") {
  CHECK(says("mcast eth0 225.0.0.1 694 1\n", "mcast [eth0] missing loop"));
  CHECK(says("mcast eth0\n", "mcast [eth0] missing mcast address"));
  CHECK(says("mcast eth0 225.0.0.1\n", "mcast [eth0] missing port"));
  CHECK(says("mcast eth0 10.0.0.1 0 5 2\n", "bad addr [10.0.0.1]"));
  CHECK(says("mcast eth0 10.0.0.1 0 5 2\n", "bad port [0]; 1 to 65535"));
  CHECK(says("mcast eth0 10.0.0.1 0 5 2\n", "bad ttl [5]; 0 to 4"));
  CHECK(says("mcast eth0 10.0.0.1 0 5 2\n", "bad loop [2]; 0 to 1"));
  CHECK(says("mcast eth9 225.0.0.1 694 1 0\n", "IP interface [eth9] does not exist"));
  CHECK(says("mcast6 eth0 225.0.0.1 694 1 0\n", "bad addr [225.0.0.1]; a multicast address is needed, such as ff02::694"));
  CHECK(says("ucast eth0\n", "ucast: [eth0] missing target IP address/hostname"));
  CHECK(says("ucast eth0 fd00::2\n", "ucast needs an IPv4 address; for this one write `ucast6 eth0 fd00::2`"));
  CHECK(says("ucast6 eth0 10.0.0.2\n", "ucast6 needs an IPv6 address; for this one write `ucast eth0 10.0.0.2`"));
  CHECK(says("ucast eth9 10.0.0.2\n", "warning: ucast: interface [eth9] does not exist"));
  CHECK(says("ping_group g\n", "ping_group needs a name and at least one host"));
  CHECK(says("ping bob\n", "error: ping bob: bob is a node of this cluster; its own heartbeats tell whether it is alive"));
  CHECK(says("ping_group Bob 10.0.0.1\n", "error: ping_group Bob: Bob is a node of this cluster"));
  CHECK(says("ping_group g fd00::1 10.0.0.1\n", "[fd00::1] is an IPv6 address; a group pings over IPv4. Write `ping6 fd00::1`"));
  CHECK(says("ping_group g 10.0.0.1\nping_group g 10.0.0.2\n", "ping node g is already named in line 5"));
  CHECK(says("ping 10.0.0.1\nping 10.0.0.1\n", "ping node 10.0.0.1 is already named in line 5"));
  CHECK(says("ping_group 10.0.0.1 10.0.0.2\n", "warning: 10.0.0.1 is taken as the name of the group"));
  CHECK(says("serial ttyS0\n", "Serial port not full pathname [ttyS0] in config file"));
  CHECK(says("serial /dev/ttyS9\n", "Nonexistent serial port [/dev/ttyS9] in config file"));
  CHECK(says("baud 1200\n", "invalid baudrate [1200] specified"));
  CHECK(says("bcast eth0\n", "warning: the same medium is already in line 3"));
  CHECK(says("udpport 695\n", "warning: udpport setting must precede media statements: bcast eth0 in line 3 stays on port 694"));
  CHECK(says("udpport 694\n") == "");
  CHECK(says("udpport 70000\n", "udpport must be a whole number from 1 to 65535, got \"70000\""));
  std::string many;
  for (int i = 0; i < 70; ++i) many += "ping 10.0.1." + std::to_string(i) + "\n";
  CHECK(says(many, "too many media; at most 64 are carried"));
}

TEST_CASE("a cluster that cannot hear itself") {
  auto files = good_files();
  files.ha_cf.source = {"ha.cf", "logfacility local0\nauto_failback on\nnode alice bob\n"};
  CHECK(hbd::conf::load(files, FakeMachine{}).diagnostics.render() ==
        "ha.cf: error: No heartbeat media defined: nodes need a way to hear each other, such as `bcast eth0` or `ucast eth0 peer`\n");
  files.ha_cf.source = {"ha.cf", "logfacility local0\nauto_failback on\nnode alice bob\nping 10.0.0.1\n"};
  auto loaded = hbd::conf::load(files, FakeMachine{});
  CHECK(loaded.ok());
  CHECK(loaded.diagnostics.render().find("only ping nodes are defined") != std::string::npos);
}

TEST_CASE("clients") {
  CHECK(says("respawn nobody1 /usr/local/bin/watcher\n", "Invalid uid [nobody1] specified for client child"));
  CHECK(says("respawn root watcher\n", "Client child command [watcher] is not full pathname"));
  CHECK(says("respawn root /nowhere\n", "Client child command [/nowhere] is not executable"));
  CHECK(says("respawn root\n", "respawn needs a user and a program"));
  CHECK(says("respawn hacluster /no/such/path/ipfail\n") == "");
  CHECK(says("apiauth foo\n", "Invalid apiauth directive [foo]; write `apiauth client [uid=a,b] [gid=c,d]`"));
  CHECK(says("apiauth foo uid=root uid=root\n", "at least one of the two lists, each once"));
  CHECK(says("apiauth foo uid=nosuch\n", "Invalid user id name [nosuch]"));
  CHECK(says("apiauth foo gid=nosuch\n", "Invalid group id name [nosuch]"));
  CHECK(says("apiauth foo uid=root\napiauth foo gid=root\n", "Duplicate apiauth directive for API client foo: [foo gid=root]"));
  CHECK(says("env =x\n", "env: invalid nvpair(=x)"));
  CHECK(says("env 1A=x\n", "env: invalid nvpair(1A=x)"));
  CHECK(says("env STOP_LIMIT_mysql=10m\n", "env: STOP_LIMIT_mysql is a number of seconds up to 1000000, 0 for none; ignored"));
  CHECK(says("env START_LIMIT=\n", "env: START_LIMIT is a number of seconds"));
  CHECK_FALSE(says("env STOP_LIMIT=0 STATUS_LIMIT_x=1000000 STOP_LIMITS=x\n", "is a number of seconds"));
}

TEST_CASE("what this suite does not do is refused with what to do instead") {
  CHECK(says("crm yes\n") ==
        "/etc/ha.d/ha.cf:5:5: error: `crm yes` hands all resources to Pacemaker, which runs on corosync today; this suite runs "
        "the groups of haresources: write them there and set `crm off`, or install pacemaker and corosync instead of it\n"
        "    5 | crm yes\n"
        "      |     ^~~\n");
  for (auto way : {"manual", "minimal", "respawn", "valgrind", "ccm-only"}) CHECK_FALSE(load_with("pacemaker " + std::string(way) + "\n").ok());
  CHECK(says("pacemaker maybe\n", "pacemaker is on or off, got \"maybe\""));
  CHECK(says("autojoin any\n", "R1 style resource management conflicts with  autojoin set"));
  CHECK(says("autojoin other\n", "R1 style resource management conflicts with  autojoin set"));
  CHECK(says("autojoin some\n", "Invalid autojoin directive [some]"));
  CHECK(says("quorum_server x\n", "warning: quorum_server only meant something together with Pacemaker"));
  CHECK(says("use_apphbd yes\n", "warning: there is no apphbd in this suite"));
  CHECK(says("hbaping 1\n", "Illegal directive [hbaping]"));
  CHECK(says("nice_failback off\n", "nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead"));
}

TEST_CASE("stonith lines: what is wrong with one, and whose they are") {
  CHECK(says("stonith_host * nosuch a b\n", "Invalid Stonith type [nosuch]; `stonith -L` of the package cluster-glue"));
  CHECK(says("stonith nosuch /etc/ha.d/ipmi.conf\n", "Invalid Stonith type [nosuch]"));
  CHECK(says("stonith baytech\n", "stonith needs a type and the file of its parameters"));
  CHECK(says("stonith baytech conf\n", "must be a full path"));
  CHECK(says("stonith baytech /nowhere\n", "Invalid Stonith config file [/nowhere]: no such file"));
  CHECK(says("stonith_host bob\n", "stonith_host needs a node and a type"));
  CHECK(says("stonith_host carol null x\n", "carol is no node of this cluster"));
  // The other node's device may be of a type that is not installed here, and is not ours to use.
  auto loaded = load_with("stonith_host bob rps10 /dev/ttyS1 alice 0\n");
  CHECK(loaded.ok());
  CHECK(loaded.cluster.stonith.empty());
  auto both = load_with("stonith_host * null bob\nstonith baytech /etc/ha.d/baytech.conf\n").cluster;
  CHECK(both.stonith_hosts == std::vector<std::string>{"null", "baytech"});
}

TEST_CASE("values out of range") {
  CHECK(says("debug 256\n", "debug must be a whole number from 0 to 255, got \"256\""));
  CHECK(says("hopfudge -1\n", "hopfudge must be a whole number from 0 to 255"));
  CHECK(says("rtprio 100\n", "Illegal realtime priority [100]"));
  CHECK(says("msgfmt xml\n", "msgfmt is classic or netstring, got \"xml\""));
  CHECK(says("compression lzma\n", "Compression module(lzma) not found; zlib or bz2"));
  CHECK(says("hbgenmethod x\n", "Illegal hb generation method [x]"));
  CHECK(says("statuspage 0.0.0.0:9694\n", "statuspage 0.0.0.0:9694: 0.0.0.0 is not a loopback address: other machines could read it"));
  CHECK(says("statuspage 127.0.0.1:9694\n", "take the line out before you go back to Heartbeat"));
  CHECK(says("statuspage 9694\n", "statuspage 9694: expected a loopback address and a port, such as 127.0.0.1:9694 or [::1]:9694"));
  CHECK(says("uuidfrom x\n", "Invalid uuidfrom directive [x]"));
  CHECK(says("max_rexmit_delay 0\n", "Invalid max_rexmit_delay time(0)"));
  CHECK(says("watchdog /dev/watchdog\nwatchdog /dev/watchdog\n", "Watchdog device multiply specified."));
  CHECK(says("watchdog /dev/dog\n", "warning: Cannot open watchdog device: /dev/dog"));
  CHECK(says("logfile ha-log\n", "logfile must be a full path, starting with /"));
}

TEST_CASE("where log lines go") {
  auto with = [](std::string log) {
    auto files = good_files();
    files.ha_cf.source = {"ha.cf", "auto_failback on\nbcast eth0\nnode alice bob\n" + log};
    return hbd::conf::load(files, FakeMachine{});
  };
  auto none = with("");
  CHECK(none.ok());
  CHECK(none.cluster.log.facility == "daemon");
  CHECK(none.cluster.log.use_logd);
  CHECK(none.cluster.log.logd_retry == std::chrono::seconds(60));
  CHECK(none.diagnostics.render() == "ha.cf: note: No log entry found in ha.cf -- use logd: log lines go to ha_logd, and while it "
                                     "is not there to syslog, facility daemon\n");
  CHECK(with("use_logd yes\n").diagnostics.render() == "");
  auto both = with("use_logd yes\nconn_logd_time 3\nlogfile /var/log/ha-log\n");
  CHECK(both.ok());
  CHECK(both.diagnostics.render().find("ha.cf:4:10: warning: logd is enabled but logfile/debugfile/logfacility is still configured in "
                                       "ha.cf: they get the lines only while ha_logd is not there") != std::string::npos);
  CHECK(both.cluster.log.logd_retry == std::chrono::seconds(3));
  CHECK_FALSE(with("logfile /var/log/ha-log\n").cluster.log.use_logd);
  CHECK(with("use_logd yes\n").cluster.log.facility == "daemon");
  CHECK(with("use_logd off\n").diagnostics.render().find("No log entry found in ha.cf and use_logd is set to off") != std::string::npos);
  CHECK(with("logfile /var/log/ha-log\n").cluster.log.facility == "");
}

TEST_CASE("legacy is taken and warned of, once") {
  auto files = good_files();
  files.ha_cf.source = {"ha.cf", "logfacility local0\nbcast eth0\nnode alice bob\n"};
  auto loaded = hbd::conf::load(files, FakeMachine{});
  CHECK(loaded.ok());
  CHECK(loaded.cluster.failback == hbd::model::Failback::legacy);
  CHECK(loaded.cluster.parameters.at("auto_failback") == "legacy");
  CHECK(loaded.diagnostics.all().size() == 1);
  CHECK(loaded.diagnostics.render().find("Deprecated 'legacy' auto_failback option selected.") != std::string::npos);
}

TEST_CASE("layout: comments, blanks, commas, CRLF, garbage, endless lines") {
  CHECK(load_with("  keepalive\t2 # why\n").cluster.timing.keepalive.count() == 2000);
  CHECK(load_with("node carol,dave , eve\n").cluster.nodes.size() == 5);
  CHECK(load_with("keepalive 2").cluster.timing.keepalive.count() == 2000);
  auto crlf = load_with("keepalive 2\r\ndeadtime 10\r\n");
  CHECK(crlf.ok());
  CHECK(crlf.cluster.timing.deadtime.count() == 10000);
  CHECK(crlf.cluster.parameters.at("deadtime") == "10");
  CHECK(crlf.diagnostics.render() ==
        "/etc/ha.d/ha.cf:5: warning: lines end in CR LF as on Windows; read as if they ended in LF\n    5 | keepalive 2\n");
  CHECK(says(std::string_view("keep\0alive 2\nxyz 1\n", 20)) ==
        "/etc/ha.d/ha.cf:5:5: error: byte 0x00 does not belong in a text file; the rest of the file is not read\n"
        "    5 | keep alive 2\n"
        "      |     ^\n");
  CHECK(says("node " + std::string(6000, 'x') + "\n", "line of 6005 bytes; at most 5119 are read"));
  CHECK(says("# " + std::string(100, '\xff') + "\n") == "");
}

TEST_CASE("one cause, one message") {
  const auto messages = [](const hbd::conf::Loaded& loaded) {
    std::vector<std::string> out;
    for (const auto& d : loaded.diagnostics.all()) out.push_back(d.message);
    return out;
  };
  for (const auto* line : {"auto_failback maybe\n", "keepalive 1us\ndeadtime 1500ms\n", "deadtime soon\ninitdead 12\n",
                           "deadtime 10\ndeadping soon\n", "deadtime 10\nwarntime soon\n", "logfacility locall0\n"}) {
    INFO(line);
    auto files = good_files();
    auto text = std::string(line).starts_with("logf") ? "" : std::string("logfacility local0\n");
    text += std::string(line).starts_with("auto") ? "" : "auto_failback on\n";
    files.ha_cf.source = {"/etc/ha.d/ha.cf", text + "bcast eth0\nnode alice bob\n" + line};
    CHECK(messages(hbd::conf::load(files, FakeMachine{})).size() == 1);
  }
  auto files = good_files();
  files.ha_cf.source = {"ha.cf", "\xef\xbb\xbfnode alice bob\nbcast eth0\nlogfacility local0\nauto_failback on\n"};
  CHECK(hbd::conf::load(files, FakeMachine{}).diagnostics.render() ==
        "ha.cf:1:1: error: the file begins with a byte order mark (bytes ef bb bf), as editors on Windows put it there; save it "
        "as UTF-8 without one\n"
        "    1 | \xef\xbb\xbfnode alice bob\n"
        "      | ^~~\n");
}

TEST_CASE("a file of nothing but mistakes ends in one that says so") {
  auto files = good_files();
  std::string junk;
  for (int i = 0; i < 5000; ++i) junk += "x 10.0.0.1 y z\n";
  files.ha_cf.source = {"ha.cf", junk};
  files.haresources.source = {"haresources", junk};
  files.authkeys.source = {"authkeys", junk};
  auto loaded = hbd::conf::load(files, FakeMachine{});
  CHECK(loaded.diagnostics.all().size() < 350);
  auto text = loaded.diagnostics.render();
  for (auto file : {"ha.cf:101: error: too many", "authkeys:101: error: too many", "haresources:"}) CHECK(text.find(file) != std::string::npos);
  files = good_files();
  junk.clear();
  for (int i = 0; i < 300; ++i) junk += std::string(6000, 'x') + '\n';
  files.ha_cf.source = {"ha.cf", junk};
  CHECK(hbd::conf::load(files, FakeMachine{}).diagnostics.all().size() < 110);
}

TEST_CASE("files that could not be read") {
  auto files = good_files();
  files.ha_cf = {{"/etc/ha.d/ha.cf", ""}, "No such file or directory", 0};
  files.haresources = {{"/etc/ha.d/haresources", ""}, "Is a directory", 0};
  files.authkeys = {{"/etc/ha.d/authkeys", ""}, "Permission denied", 0};
  CHECK(hbd::conf::load(files, FakeMachine{}).diagnostics.render() ==
        "/etc/ha.d/ha.cf: error: Cannot open config file [/etc/ha.d/ha.cf]: No such file or directory\n"
        "/etc/ha.d/authkeys: error: Cannot open keyfile [/etc/ha.d/authkeys].  Stop. Permission denied\n"
        "/etc/ha.d/haresources: error: Cannot open resources file [/etc/ha.d/haresources]: Is a directory\n");
}

TEST_CASE("ping and ping6 take their own kind of address, and names") {
  CHECK(says("ping fd00::1\n", "ping needs an IPv4 address; for this one write `ping6 fd00::1`"));
  CHECK(says("ping6 10.0.0.1\n", "ping6 needs an IPv6 address; for this one write `ping 10.0.0.1`"));
  CHECK(load_with("ping gw\nping6 gw6 fe80::1%eth0\n").ok());
}

TEST_CASE("the order in which nodes and ping nodes are named is kept") {
  CHECK(load_with("ping 10.0.0.1\nnode carol\nping_group g 10.0.0.2\n").cluster.listed ==
        std::vector<std::string>{"alice", "bob", "10.0.0.1", "carol", "g"});
}
