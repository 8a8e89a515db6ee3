// SPDX-License-Identifier: Apache-2.0
// Every row of the ha.cf table does something, has a sentence, and is in the manual page and the sample.
#include "hbd/conf/directive.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "test/unit/hbd/conf/fake_machine.h"
#include "test/support/catch.h"

using hbd::model::Cluster;

namespace {

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

using Check = bool (*)(const Cluster&);

// One good line per row and what it must have done to the cluster.
const std::map<std::string_view, std::pair<const char*, Check>> kGood = {
    {"node", {"node Carol", [](const Cluster& c) { return c.nodes.size() == 3 && c.nodes[2] == "carol"; }}},
    {"cluster", {"cluster shop", [](const Cluster& c) { return c.parameters.at("cluster") == "shop"; }}},
    {"autojoin", {"autojoin none", [](const Cluster& c) { return c.parameters.at("autojoin") == "none"; }}},
    {"udpport", {"udpport 6942\nucast eth0 b", [](const Cluster& c) { return c.media[0].udpport == 694 && c.media[1].udpport == 6942; }}},
    {"baud", {"baud 9600\nserial /dev/ttyS0", [](const Cluster& c) { return std::get<hbd::model::Serial>(c.media[1].medium).baud == 9600; }}},
    {"bcast", {"bcast lo, eth1", [](const Cluster& c) { return c.media.size() == 3 && c.media[2].link_name() == "eth1"; }}},
    {"mcast", {"mcast eth0 225.0.0.1 695 2 1", [](const Cluster& c) {
       auto& m = std::get<hbd::model::Mcast>(c.media[1].medium);
       return m.group == "225.0.0.1" && m.port == 695 && m.ttl == 2 && m.loop == 1; }}},
    {"ucast", {"ucast eth1 10.0.0.2", [](const Cluster& c) { return std::get<hbd::model::Ucast>(c.media[1].medium).peer == "10.0.0.2"; }}},
    {"mcast6", {"mcast6 eth0 ff02::694 694 1 0", [](const Cluster& c) { return std::get<hbd::model::Mcast6>(c.media[1].medium).group == "ff02::694"; }}},
    {"ucast6", {"ucast6 eth1 fe80::1%eth1", [](const Cluster& c) { return std::get<hbd::model::Ucast6>(c.media[1].medium).peer == "fe80::1%eth1"; }}},
    {"serial", {"serial /dev/ttyS0", [](const Cluster& c) { return std::get<hbd::model::Serial>(c.media[1].medium).baud == 19200; }}},
    {"udp", {"udp eth1", [](const Cluster& c) { return c.media[1].kind() == "bcast"; }}},
    {"ping", {"ping 10.0.0.254 gw", [](const Cluster& c) { return c.ping_nodes() == std::vector<std::string>{"10.0.0.254", "gw"}; }}},
    {"ping6", {"ping6 fd00::1", [](const Cluster& c) { return std::get<hbd::model::Ping>(c.media[1].medium).v6; }}},
    {"ping_group", {"ping_group g 10.0.0.1 10.0.0.2", [](const Cluster& c) { return std::get<hbd::model::PingGroup>(c.media[1].medium).hosts.size() == 2; }}},
    {"msgfmt", {"msgfmt netstring", [](const Cluster& c) { return c.format == hbd::model::MessageFormat::netstring; }}},
    {"hopfudge", {"hopfudge 7", [](const Cluster& c) { return c.hopfudge == 7; }}},
    {"max_rexmit_delay", {"max_rexmit_delay 100", [](const Cluster& c) { return c.timing.max_rexmit_delay.count() == 100; }}},
    {"compression", {"compression bz2", [](const Cluster& c) { return c.compression == "bz2"; }}},
    {"compression_threshold", {"compression_threshold 9", [](const Cluster& c) { return c.compression_threshold_kib == 9; }}},
    {"traditional_compression", {"traditional_compression yes", [](const Cluster& c) { return c.traditional_compression; }}},
    {"keepalive", {"keepalive 500ms", [](const Cluster& c) { return c.timing.keepalive.count() == 500 && c.parameters.at("keepalive") == "500ms"; }}},
    {"warntime", {"warntime 0.25", [](const Cluster& c) { return c.timing.warntime.count() == 250; }}},
    {"deadtime", {"deadtime 5", [](const Cluster& c) {
       return c.timing.deadtime.count() == 5000 && c.timing.warntime.count() == 2500 && c.timing.initdead.count() == 12000 &&
              c.timing.deadping.count() == 5000 && c.parameters.at("deadtime") == "5" && c.parameters.at("warntime") == "2500ms" &&
              c.parameters.at("initdead") == "12000ms" && c.parameters.at("deadping") == "5000ms"; }}},
    {"initdead", {"initdead 60", [](const Cluster& c) { return c.timing.initdead.count() == 60000; }}},
    {"deadping", {"deadping 7", [](const Cluster& c) { return c.timing.deadping.count() == 7000; }}},
    {"auto_failback", {"auto_failback off", [](const Cluster& c) { return c.failback == hbd::model::Failback::off && c.nice(); }}},
    {"nice_failback", {"nice_failback on", [](const Cluster& c) { return c.failback == hbd::model::Failback::off && c.parameters.at("auto_failback") == "off"; }}},
    {"stonith", {"stonith baytech /etc/ha.d/baytech.conf", [](const Cluster& c) {
       return c.stonith.at(0) == hbd::model::StonithDevice{"baytech", "", "/etc/ha.d/baytech.conf", {}}; }}},
    {"stonith_host", {"stonith_host * external/ssh  hostlist=alice bob\nstonith_host bob rps10 /dev/ttyS1 alice 0\n"
                      "stonith_host Alice null bob", [](const Cluster& c) {
       return c.stonith.size() == 2 && c.stonith[0].type == "external/ssh" && c.stonith[0].parameters == "hostlist=alice bob" &&
              c.stonith[1].type == "null" && c.stonith[1].parameters == "bob"; }}},
    {"logfile", {"logfile /var/log/ha-log", [](const Cluster& c) { return c.log.logfile == "/var/log/ha-log"; }}},
    {"debugfile", {"debugfile /var/log/ha-debug", [](const Cluster& c) { return c.log.debugfile == "/var/log/ha-debug"; }}},
    {"logfacility", {"logfacility none", [](const Cluster& c) { return c.log.facility == "none"; }}},
    {"syslogmsgfmt", {"syslogmsgfmt off", [](const Cluster& c) { return !c.log.syslog_format; }}},
    {"debug", {"debug 2", [](const Cluster& c) { return c.log.debug == 2; }}},
    {"log_badpack", {"log_badpack false", [](const Cluster& c) { return !c.log.log_badpack; }}},
    {"use_logd", {"use_logd on", [](const Cluster& c) { return c.log.use_logd; }}},
    {"conn_logd_time", {"conn_logd_time 30", [](const Cluster& c) { return c.parameters.at("conn_logd_time") == "30"; }}},
    {"respawn", {"respawn root /usr/local/bin/watcher -v  x", [](const Cluster& c) {
       return c.respawn.at(0).user == "root" && c.respawn[0].command == "/usr/local/bin/watcher -v  x" && !c.respawn[0].failfast; }}},
    {"failfast", {"failfast root /usr/local/bin/watcher", [](const Cluster& c) { return c.respawn.at(0).failfast; }}},
    {"apiauth", {"apiauth ipfail gid=root,haclient uid=hacluster", [](const Cluster& c) {
       return c.api_auth.at(0).client == "ipfail" && c.api_auth[0].gids.size() == 2 && c.api_auth[0].uids.size() == 1; }}},
    {"env", {"env FOO=bar,BAZ=", [](const Cluster& c) {
       return c.env == std::vector<std::pair<std::string, std::string>>{{"FOO", "bar"}, {"BAZ", ""}}; }}},
    {"use_apphbd", {"use_apphbd no", [](const Cluster& c) { return !c.parameters.contains("use_apphbd"); }}},
    {"watchdog", {"watchdog /dev/watchdog", [](const Cluster& c) { return c.watchdog == "/dev/watchdog"; }}},
    {"realtime", {"realtime off", [](const Cluster& c) { return !c.realtime; }}},
    {"rtprio", {"rtprio 5", [](const Cluster& c) { return c.rtprio == 5; }}},
    {"memreserve", {"memreserve 100", [](const Cluster& c) { return c.memreserve_kib == 100; }}},
    {"coredumps", {"coredumps off", [](const Cluster& c) { return !c.coredumps; }}},
    {"coreroot", {"coreroot /var/cores", [](const Cluster& c) { return c.coreroot == "/var/cores"; }}},
    {"hbgenmethod", {"hbgenmethod time", [](const Cluster& c) { return c.generation_by_time; }}},
    {"statuspage", {"statuspage [::1]:9694", [](const Cluster& c) { return c.statuspage && c.statuspage->str() == "[::1]:9694"; }}},
    {"uuidfrom", {"uuidfrom nodename", [](const Cluster& c) { return c.uuid_from_name; }}},
    {"pacemaker", {"pacemaker off", [](const Cluster& c) { return c.parameters.at("pacemaker") == "off"; }}},
    {"crm", {"crm no", [](const Cluster& c) { return c.parameters.at("pacemaker") == "no"; }}},
    {"crm_daemon_dir", {"crm_daemon_dir /x", [](const Cluster&) { return true; }}},
    {"crmd_spawns_pengine", {"crmd_spawns_pengine on", [](const Cluster&) { return true; }}},
    {"record_config_changes", {"record_config_changes off", [](const Cluster& c) { return c.parameters.at("record_config_changes") == "off"; }}},
    {"record_pengine_inputs", {"record_pengine_inputs off", [](const Cluster& c) { return c.parameters.at("record_pengine_inputs") == "off"; }}},
    {"enable_config_writes", {"enable_config_writes off", [](const Cluster& c) { return c.parameters.at("enable_config_writes") == "off"; }}},
    {"quorum_server", {"quorum_server x", [](const Cluster&) { return true; }}},
};
const std::set<std::string_view> kRefused = {"hbaping", "tipc", "rds"};

}  // namespace

TEST_CASE("each directive's good line is taken and does what it says") {
  for (const auto& row : hbd::conf::directives()) {
    INFO(row.name);
    if (kRefused.contains(row.name)) {
      CHECK_FALSE(load_with(std::string(row.name) + " a b c\n").ok());
      continue;
    }
    REQUIRE(kGood.contains(row.name));
    const auto& [line, check] = kGood.at(row.name);
    auto loaded = load_with(std::string(line) + '\n');
    INFO(loaded.diagnostics.render());
    CHECK(loaded.ok());
    CHECK(check(loaded.cluster));
  }
}

TEST_CASE("a directive without a value is an error that shows how to write it") {
  for (const auto& row : hbd::conf::directives()) {
    auto loaded = load_with(std::string(row.name) + "\n");
    INFO(row.name);
    CHECK_FALSE(loaded.ok());
    CHECK(loaded.diagnostics.render().find(std::string(row.name) + " needs a value: `") != std::string::npos);
  }
}

TEST_CASE("names are unique, and every row has a sentence") {
  std::set<std::string_view> names;
  for (const auto& row : hbd::conf::directives()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(row.set != nullptr);
    CHECK(row.doc.size() > 10);
    CHECK(row.doc.back() == '.');
    CHECK(hbd::conf::find_directive(row.name) == &row);
  }
}

TEST_CASE("what is recorded without being written is what `heartbeat -D` and cl_status hbparameter show") {
  std::map<std::string, std::string> expected = {
      {"cluster", "linux-ha"}, {"hopfudge", "1"}, {"keepalive", "1000ms"}, {"deadtime", "30000ms"}, {"baud", "19200"},
      {"auto_failback", "on"}, {"hbgenmethod", "file"}, {"realtime", "true"}, {"msgfmt", "classic"}, {"conn_logd_time", "60"},
      {"log_badpack", "true"}, {"syslogmsgfmt", "true"}, {"coredumps", "true"}, {"pacemaker", "false"}, {"autojoin", "none"},
      {"uuidfrom", "file"}, {"compression", "zlib"}, {"compression_threshold", "2"}, {"traditional_compression", "no"},
      {"max_rexmit_delay", "250"}, {"record_config_changes", "on"}, {"record_pengine_inputs", "on"},
      {"enable_config_writes", "on"}, {"memreserve", "6500"}, {"logfacility", "local0"},
      {"warntime", "15000ms"}, {"initdead", "30000ms"}, {"deadping", "30000ms"}};
  CHECK(load_with("").cluster.parameters == expected);
}

namespace {

/// The text of an mdoc page without macros and line breaks: what a reader sees, more or less.
std::string plain(std::string_view page) {
  std::string out;
  for (auto line : base::split(page, '\n')) {
    bool macro = line.size() > 1 && line[0] == '.';
    for (auto word : base::words(line)) {
      if (macro && (word[0] == '.' || word == "Ar" || word == "Cm" || word == "Ic" || word == "Ns" || word == "Pa" || word == "Ql"))
        continue;
      out += ' ';
      out += word;
    }
  }
  return out + ' ';
}

/// Words alone: both ways to write `[uid=list]` and `on|off` give the same.
std::string squeezed(std::string_view text) {
  std::string out;
  for (auto word : base::words(text, " |=[]"))
    if (word != "Ar" && word != "Cm" && word != "Ns" && word != "Op") out += (out.empty() ? "" : " ") + std::string(word);
  return out;
}

}  // namespace

TEST_CASE("the manual page lists exactly the rows, with their arguments, sentences and defaults") {
  auto page = slurp(SOURCE_ROOT "/man/ha.cf.5");
  REQUIRE(!page.empty());
  std::map<std::string, std::string> items;   // name -> arguments
  std::map<std::string, std::string> bodies;
  std::string name;
  for (auto line : base::split(page, '\n')) {
    if (line.starts_with(".It Ic ")) {
      auto words = base::words(line);
      name = words[2];
      std::string arguments;
      for (std::size_t i = 3; i < words.size(); ++i)
        arguments += std::string(words[i]) + ' ';
      CHECK(items.emplace(name, squeezed(arguments)).second);
    } else if (line.starts_with(".El") || line.starts_with(".Sh")) {
      name.clear();
    } else if (!name.empty()) {
      bodies[name] += std::string(line) + '\n';
    }
  }
  for (const auto& row : hbd::conf::directives()) {
    INFO(row.name);
    REQUIRE(items.contains(std::string(row.name)));
    CHECK(items[std::string(row.name)] == squeezed(row.arguments));
    auto body = plain(bodies[std::string(row.name)]);
    CHECK(body.find(" " + std::string(row.doc) + " ") != std::string::npos);
    const bool pacemakers = row.doc.find("acemaker") != std::string_view::npos || row.name == "pacemaker";
    if (!row.fallback.empty() && !pacemakers) CHECK(body.find(" Default: ") != std::string::npos);
    items.erase(std::string(row.name));
  }
  for (const auto& [left, arguments] : items) FAIL_CHECK("in the page, not in the table: " << left);
}

namespace {
void same_names(const std::set<std::string_view>& theirs, const char* where) {
  for (const auto& row : hbd::conf::directives())
    if (!theirs.contains(row.name)) FAIL_CHECK(row.name << " is missing in " << where);
  for (auto name : theirs)
    if (!hbd::conf::find_directive(name)) FAIL_CHECK(name << " is in " << where << " but no directive");
}
}  // namespace

TEST_CASE("the commented sample shows exactly the rows, each below its sentence") {
  auto sample = slurp(SOURCE_ROOT "/etc/ha.d/ha.cf");
  std::set<std::string_view> names;
  std::map<std::string_view, std::string> above;  // name -> the comment over the lines that it is one of
  std::string comment;
  bool below = false;  // the last line was a directive's
  for (auto line : base::split(sample, '\n')) {
    auto words = base::words(line);
    if (line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z') {
      names.insert(words[0].substr(1));
      above[words[0].substr(1)] += comment;
      below = true;
      continue;
    }
    if (std::exchange(below, false) || words.empty()) comment = " ";
    for (auto word : words)
      if (word != "#") comment += std::string(word) + ' ';
  }
  same_names(names, "the sample");
  for (const auto& row : hbd::conf::directives()) {
    INFO(row.name << ", below: " << above[row.name]);
    CHECK(above[row.name].find(" " + std::string(row.doc) + " ") != std::string::npos);
  }
}

TEST_CASE("the first seed of the fuzzer has exactly the rows") {
  auto seed = slurp(SOURCE_ROOT "/test/fuzz/corpus/ha_cf/every_directive");
  std::set<std::string_view> names;
  for (auto line : base::split(seed, '\n'))
    if (auto words = base::words(line); !words.empty()) names.insert(words[0]);
  same_names(names, "the fuzz corpus");
}

TEST_CASE("the sample with its first hash marks removed is a configuration that starts") {
  auto sample = slurp(SOURCE_ROOT "/etc/ha.d/ha.cf");
  std::string live;
  for (auto line : base::split(sample, '\n')) {
    bool switched_on = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    auto words = base::words(line);
    if (switched_on) {
      auto name = words[0].substr(1);
      if (kRefused.contains(name) || name == "udp") continue;
      live += std::string(line.substr(1)) + '\n';
    }
  }
  auto files = good_files();
  files.ha_cf.source = {"ha.cf", live};
  files.node_name = "node1";
  files.haresources.source = {"haresources", "node1 10.0.0.1\n"};
  auto loaded = hbd::conf::load(files, FakeMachine{});
  INFO(loaded.diagnostics.render());
  CHECK(loaded.ok());
}
