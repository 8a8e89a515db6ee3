// SPDX-License-Identifier: Apache-2.0
#include "hbd/conf/setting.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hbd/conf/value.h"
#include "hbd/model/limit.h"

namespace hbd::conf::setting {

namespace {

std::string_view name_of(const Line& line) { return base::words(line.text).front(); }

enum class Zero { allowed, refused };

bool take_time(Reading& r, const Line& line, const Word& word, Zero zero, base::Millis& out) {
  auto name = name_of(line);
  std::string historic = name == "warntime" ? fmt::format(": Warn time [{}] is invalid.", word.text) : "";
  auto time = parse_time(word.text);
  if (!time) {
    r.error(word.at, fmt::format("\"{}\" is not a time; write seconds (2 or 0.5), milliseconds (500ms) or microseconds "
                                 "(500us), at most 30 days{}", word.text, historic));
    return false;
  }
  auto ms = std::chrono::duration_cast<base::Millis>(*time);
  if (ms.count() == 0 && zero == Zero::refused) {
    r.error(word.at, fmt::format("{} must be at least 1ms{}", name, historic));
    return false;
  }
  out = ms;
  return true;
}

bool take_bool(Reading& r, const Line& line, const Word& word, bool& out) {
  auto value = parse_bool(word.text);
  if (!value) {
    r.error(word.at, fmt::format("{} is on or off (also yes, no, true, false), got \"{}\"", name_of(line), word.text));
    return false;
  }
  out = *value;
  return true;
}

bool take_int(Reading& r, const Line& line, const Word& word, int low, int high, int& out, std::string_view historic = {}) {
  auto value = base::parse_number<int>(word.text);
  if (!value || *value < low || *value > high) {
    r.error(word.at, fmt::format("{} must be a whole number from {} to {}, got \"{}\"{}", name_of(line), low, high,
                                 word.text, historic));
    return false;
  }
  out = *value;
  return true;
}

bool take_path(Reading& r, const Line& line, const Word& word, std::string& out) {
  if (word.text.front() != '/') {
    r.error(word.at, fmt::format("{} must be a full path, starting with /", name_of(line)));
    return false;
  }
  out = word.text;
  return true;
}

}  // namespace

void node(Reading& r, const Line&, const Word& word) {
  r.node_seen = true;
  if (word.text.size() > model::kMaxNodeName) {
    r.error(word.at, fmt::format("node name of {} characters; at most {}", word.text.size(), model::kMaxNodeName));
    return;
  }
  if (!is_node_name(word.text)) {
    r.error(word.at, "this cannot be a node name: letters, digits, dots, hyphens and underscores only");
    return;
  }
  auto name = base::to_lower(word.text);
  auto& nodes = r.cluster.nodes;
  if (std::find(nodes.begin(), nodes.end(), name) != nodes.end()) {
    r.error(word.at, fmt::format("node {} is listed twice", name));
    return;
  }
  if (nodes.size() == model::kMaxNodes) r.error(word.at, fmt::format("too many nodes; at most {}", model::kMaxNodes));
  if (nodes.size() < model::kMaxNodes) {
    r.cluster.listed.push_back(name);
    nodes.push_back(std::move(name));
  }
}

void keepalive(Reading& r, const Line& line, const Word& word) {
  if (take_time(r, line, word, Zero::refused, r.cluster.timing.keepalive)) r.keepalive_at = word.at;
}
void deadtime(Reading& r, const Line& line, const Word& word) {
  if (take_time(r, line, word, Zero::allowed, r.cluster.timing.deadtime)) r.deadtime_at = word.at;
}
void warntime(Reading& r, const Line& line, const Word& word) {
  if (take_time(r, line, word, Zero::refused, r.cluster.timing.warntime)) r.warntime_at = word.at;
}
void initdead(Reading& r, const Line& line, const Word& word) {
  if (take_time(r, line, word, Zero::allowed, r.cluster.timing.initdead)) r.initdead_at = word.at;
}
void deadping(Reading& r, const Line& line, const Word& word) {
  if (take_time(r, line, word, Zero::allowed, r.cluster.timing.deadping)) r.deadping_at = word.at;
}

void max_rexmit_delay(Reading& r, const Line& line, const Word& word) {
  int ms = 0;
  auto historic = fmt::format(": Invalid max_rexmit_delay time({})", word.text);
  if (take_int(r, line, word, 1, 3600'000, ms, historic)) r.cluster.timing.max_rexmit_delay = base::Millis(ms);
}

void udpport(Reading& r, const Line& line, const Word& word) {
  int port = 0;
  if (!take_int(r, line, word, 1, 65535, port)) return;
  // Historic: a port only reaches the media below it. Said when it makes a difference, not always.
  for (const auto& entry : r.cluster.media) {
    bool own_port = std::holds_alternative<model::Mcast>(entry.medium) || std::holds_alternative<model::Mcast6>(entry.medium) ||
                    std::holds_alternative<model::Serial>(entry.medium) || entry.is_ping();
    if (own_port || entry.udpport == port) continue;
    r.warning(word.at, fmt::format("udpport setting must precede media statements: {} {} in line {} stays on port {}",
                                   entry.kind(), entry.link_name(), entry.at.line, entry.udpport));
  }
  r.udpport = static_cast<std::uint16_t>(port);
  r.udpport_at = word.at;
}

void baud(Reading& r, const Line&, const Word& word) {
  constexpr std::string_view kRates[] = {"9600", "19200", "38400", "57600", "115200", "230400", "460800"};
  if (std::find(std::begin(kRates), std::end(kRates), word.text) == std::end(kRates)) {
    r.error(word.at, fmt::format("invalid baudrate [{}] specified; one of {}", word.text, fmt::join(kRates, ", ")));
    return;
  }
  int rate = *base::parse_number<int>(word.text);
  for (const auto& entry : r.cluster.media)
    if (auto* port = std::get_if<model::Serial>(&entry.medium); port && port->baud != rate)
      r.warning(word.at, fmt::format("baudrate setting must precede media statements: serial {} in line {} stays at {}",
                                     port->tty, entry.at.line, port->baud));
  r.baud = rate;
  r.baud_at = word.at;
}

void auto_failback(Reading& r, const Line&, const Word& word) {
  r.failback_at = word.at;
  if (base::iequals(word.text, "legacy")) {
    r.cluster.failback = model::Failback::legacy;
    return;
  }
  auto value = parse_bool(word.text);
  if (!value) {
    r.error(word.at, fmt::format("auto_failback is on, off or legacy, got \"{}\"", word.text));
    return;
  }
  r.cluster.failback = *value ? model::Failback::on : model::Failback::off;
}

void nice_failback(Reading& r, const Line& line, const Word& word) {
  bool nice = false;
  if (!take_bool(r, line, word, nice)) return;
  r.cluster.failback = nice ? model::Failback::off : model::Failback::legacy;
  r.failback_at = word.at;
  r.failback_legacy_said = true;
  auto means = nice ? "off" : "legacy";
  r.cluster.parameters["auto_failback"] = means;
  r.warning(word.at, fmt::format("nice_failback flag is obsolete.. Use auto_failback {{on, off, legacy}} instead: "
                                 "this line has been strictly interpreted as 'auto_failback {}'", means));
}

void hopfudge(Reading& r, const Line& line, const Word& word) { take_int(r, line, word, 0, 255, r.cluster.hopfudge); }

void msgfmt(Reading& r, const Line&, const Word& word) {
  if (word.text == "classic") {
    r.cluster.format = model::MessageFormat::classic;
  } else if (word.text == "netstring") {
    r.cluster.format = model::MessageFormat::netstring;
  } else {
    r.error(word.at, fmt::format("msgfmt is classic or netstring, got \"{}\"", word.text));
  }
}

void logfile(Reading& r, const Line& line, const Word& word) { take_path(r, line, word, r.cluster.log.logfile); }
void debugfile(Reading& r, const Line& line, const Word& word) { take_path(r, line, word, r.cluster.log.debugfile); }

void logfacility(Reading& r, const Line&, const Word& word) {
  constexpr std::string_view kFacilities[] = {
      "auth",   "authpriv", "cron",   "daemon", "ftp",    "kern",   "lpr",    "mail",   "news",   "syslog", "user", "uucp",
      "local0", "local1",   "local2", "local3", "local4", "local5", "local6", "local7", "none"};
  if (std::find(std::begin(kFacilities), std::end(kFacilities), word.text) != std::end(kFacilities)) {
    r.cluster.log.facility = word.text;
    return;
  }
  auto near = base::did_you_mean(word.text, kFacilities);
  auto hint = near.empty() ? std::string("; a syslog name such as local0 or daemon, or none")
                           : fmt::format("; did you mean \"{}\"?", near);
  r.error(word.at, fmt::format("Log facility({}) not valid{}", word.text, hint));
}

void use_logd(Reading& r, const Line& line, const Word& word) {
  if (take_bool(r, line, word, r.cluster.log.use_logd)) r.use_logd_at = word.at;
}
void conn_logd_time(Reading& r, const Line& line, const Word& word) {
  take_time(r, line, word, Zero::refused, r.cluster.log.logd_retry);
}
void syslogmsgfmt(Reading& r, const Line& line, const Word& word) { take_bool(r, line, word, r.cluster.log.syslog_format); }
void debug(Reading& r, const Line& line, const Word& word) { take_int(r, line, word, 0, 255, r.cluster.log.debug); }
void log_badpack(Reading& r, const Line& line, const Word& word) { take_bool(r, line, word, r.cluster.log.log_badpack); }

void env(Reading& r, const Line&, const Word& word) {
  auto equals = word.text.find('=');
  auto name = word.text.substr(0, equals);
  bool good = equals != std::string_view::npos && !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
              std::all_of(name.begin(), name.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
              });
  if (!good) {
    r.error(word.at, fmt::format("env: invalid nvpair({}); write NAME=value, scripts see it as HA_NAME", word.text));
    return;
  }
  if (model::is_limit(name) && !model::parse_limit(word.text.substr(equals + 1)))
    r.warning(word.at, fmt::format("env: {} is a number of seconds up to 1000000, 0 for none; ignored", name));
  r.cluster.env.emplace_back(name, word.text.substr(equals + 1));
}

void watchdog(Reading& r, const Line& line, const Word& word) {
  if (!r.cluster.watchdog.empty()) {
    r.error(word.at, "Watchdog device multiply specified.");
    return;
  }
  if (!take_path(r, line, word, r.cluster.watchdog)) return;
  if (!r.machine.device_exists(word.text))
    r.warning(word.at, fmt::format("Cannot open watchdog device: {}; load a watchdog driver (`modprobe softdog`) "
                                   "or remove this line", word.text));
}

void realtime(Reading& r, const Line& line, const Word& word) { take_bool(r, line, word, r.cluster.realtime); }
void rtprio(Reading& r, const Line& line, const Word& word) {
  take_int(r, line, word, 1, 99, r.cluster.rtprio, fmt::format(": Illegal realtime priority [{}]", word.text));
}
void memreserve(Reading& r, const Line& line, const Word& word) {
  take_int(r, line, word, 1, 4 * 1024 * 1024, r.cluster.memreserve_kib);
}
void statuspage(Reading& r, const Line&, const Word& word) {
  auto endpoint = base::parse_loopback(word.text);
  if (!endpoint) {
    r.error(word.at, fmt::format("statuspage {}: {}", base::printable(word.text, 60), endpoint.error().message));
    return;
  }
  r.cluster.statuspage = *endpoint;
  r.note(word.at, "statuspage is Upbeat's own: take the line out before you go back to Heartbeat, which does not start with it");
}
void coredumps(Reading& r, const Line& line, const Word& word) { take_bool(r, line, word, r.cluster.coredumps); }
void coreroot(Reading& r, const Line& line, const Word& word) { take_path(r, line, word, r.cluster.coreroot); }

namespace {

bool take_stonith_type(Reading& r, const Word& word) {
  if (r.machine.stonith_type_exists(word.text)) return true;
  r.error(word.at, fmt::format("Invalid Stonith type [{}]; `stonith -L` of the package cluster-glue lists those that are "
                               "installed", base::printable(word.text, 60)));
  return false;
}

void add_stonith(Reading& r, model::StonithDevice device) {
  r.cluster.stonith_hosts.push_back(device.type);
  r.cluster.stonith.push_back(std::move(device));
}

}  // namespace

void stonith(Reading& r, const Line& line, const Word& rest) {
  auto args = line.words(rest.text, base::kBlanks);
  if (args.size() < 2) {
    r.error(rest.at, "stonith needs a type and the file of its parameters: write `stonith external/ipmi /etc/ha.d/ipmi.conf`");
    return;
  }
  bool good = take_stonith_type(r, args[0]);
  if (args[1].text.front() != '/') {
    r.error(args[1].at, "stonith: the file of parameters must be a full path, starting with /");
    good = false;
  } else if (!r.machine.file_exists(args[1].text)) {
    r.error(args[1].at, fmt::format("Invalid Stonith config file [{}]: no such file", args[1].text));
    good = false;
  }
  if (args.size() > 2) r.warning(args[2].at, "stonith takes a type and a file; the rest of the line is ignored");
  if (good) add_stonith(r, {std::string(args[0].text), {}, std::string(args[1].text), args[0].at});
}

void stonith_host(Reading& r, const Line& line, const Word& rest) {
  auto args = line.words(rest.text, base::kBlanks);
  if (args.size() < 2) {
    r.error(rest.at, "stonith_host needs a node and a type: write `stonith_host node|* type parameters`");
    return;
  }
  // A device that hangs on the other node's serial port is that node's business, and need not exist here.
  if (args[0].text != "*") {
    r.stonith_from.push_back(args[0]);
    if (!base::iequals(args[0].text, r.node_name)) return;
  }
  if (!take_stonith_type(r, args[1])) return;
  auto parameters = args.size() < 3 ? std::string_view{}
                                    : rest.text.substr(static_cast<std::size_t>(args[2].text.data() - rest.text.data()));
  add_stonith(r, {std::string(args[1].text), std::string(parameters), {}, args[1].at});
}

void hbgenmethod(Reading& r, const Line&, const Word& word) {
  if (word.text == "time" || word.text == "file")
    r.cluster.generation_by_time = word.text == "time";
  else
    r.error(word.at, fmt::format("Illegal hb generation method [{}]; file or time", word.text));
}
void uuidfrom(Reading& r, const Line&, const Word& word) {
  if (word.text == "file" || word.text == "nodename")
    r.cluster.uuid_from_name = word.text == "nodename";
  else
    r.error(word.at, fmt::format("Invalid uuidfrom directive [{}]; file or nodename", word.text));
}

void compression(Reading& r, const Line&, const Word& word) {
  if (word.text == "zlib" || word.text == "bz2")
    r.cluster.compression = word.text;
  else
    r.error(word.at, fmt::format("Compression module({}) not found; zlib or bz2", word.text));
}
void compression_threshold(Reading& r, const Line& line, const Word& word) {
  take_int(r, line, word, 1, 256, r.cluster.compression_threshold_kib,
           fmt::format(": compress_threshhold({}) invalid", word.text));
}
void traditional_compression(Reading& r, const Line& line, const Word& word) {
  take_bool(r, line, word, r.cluster.traditional_compression);
}

void autojoin(Reading& r, const Line&, const Word& word) {
  if (word.text == "none") return;
  if (word.text == "any" || word.text == "other")
    r.error(word.at, "R1 style resource management conflicts with  autojoin set: every node must know which groups are "
                     "whose before it hears of them; list the nodes with `node` and write `autojoin none`");
  else
    r.error(word.at, fmt::format("Invalid autojoin directive [{}]; with haresources it can only be none", word.text));
}

void cluster(Reading&, const Line&, const Word&) {}  // a name to show, recorded by the parser

void pacemaker(Reading& r, const Line& line, const Word& word) {
  auto value = parse_bool(word.text);
  if (value && !*value) return;
  constexpr std::string_view kWays[] = {"manual", "minimal", "respawn", "valgrind", "ccm-only"};
  bool way = std::any_of(std::begin(kWays), std::end(kWays), [&](auto w) { return base::iequals(w, word.text); });
  if (!value && !way) {
    r.error(word.at, fmt::format("{} is on or off, got \"{}\"", name_of(line), word.text));
    return;
  }
  r.error(word.at, fmt::format("`{} {}` hands all resources to Pacemaker, which runs on corosync today; this suite runs "
                               "the groups of haresources: write them there and set `{} off`, or install pacemaker and "
                               "corosync instead of it", name_of(line), word.text, name_of(line)));
}

void pacemaker_only(Reading& r, const Line& line, const Word&) {
  auto name = name_of(line);
  r.warning(line.locate(name), fmt::format("{} only meant something together with Pacemaker; nothing reads it here", name));
}

void use_apphbd(Reading& r, const Line& line, const Word& word) {
  bool on = false;
  if (take_bool(r, line, word, on) && on)
    r.warning(word.at, "there is no apphbd in this suite; hbd is watched by its parent process, and by `watchdog` if set");
}

}  // namespace hbd::conf::setting
