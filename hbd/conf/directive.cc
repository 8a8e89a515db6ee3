// SPDX-License-Identifier: Apache-2.0
#include "hbd/conf/directive.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "hbd/conf/media.h"
#include "hbd/conf/setting.h"

namespace hbd::conf {

namespace {

using namespace setting;
constexpr auto kValue = Shape::value;
constexpr auto kList = Shape::list;
constexpr auto kLine = Shape::line;
constexpr bool kRecorded = true;
constexpr bool kUnrecorded = false;

// Defaults are written as the original records them: `HA_keepalive=1000ms` in a script's environment.
constexpr Directive kTable[] = {
    // who
    {"node", kList, "name ...", node, "", kUnrecorded, "A member of the cluster, called as `uname -n` calls it there."},
    {"cluster", kValue, "name", cluster, "linux-ha", kRecorded, "A name for the cluster, only shown."},
    {"autojoin", kValue, "none", autojoin, "none", kRecorded,
     "Whether nodes not listed may join; haresources clusters need none."},
    // how they hear each other
    {"udpport", kValue, "port", udpport, "", kRecorded, "UDP port of the bcast, ucast and ucast6 lines below it; 694 if never set."},
    {"baud", kValue, "rate", baud, "19200", kRecorded, "Speed of the serial lines below it."},
    {"bcast", kList, "device ...", media::bcast, "", kUnrecorded, "Send heartbeats as UDP broadcasts on these interfaces."},
    {"mcast", kLine, "device group port ttl loop", media::mcast, "", kUnrecorded, "Send heartbeats to a multicast group."},
    {"ucast", kLine, "device peer", media::ucast, "", kUnrecorded,
     "Send heartbeats to one address; lines naming this node itself are harmless."},
    {"mcast6", kLine, "device group port hops loop", media::mcast6, "", kUnrecorded, "The same as mcast over IPv6."},
    {"ucast6", kLine, "device peer", media::ucast6, "", kUnrecorded, "The same as ucast over IPv6."},
    {"serial", kList, "tty ...", media::serial, "", kUnrecorded, "Send heartbeats over a null-modem cable."},
    {"udp", kList, "device ...", media::udp, "", kUnrecorded, "The old word for bcast."},
    {"ping", kList, "host ...", media::ping, "", kUnrecorded,
     "A host outside the cluster whose answers to ICMP echo show that our network works."},
    {"ping6", kList, "host ...", media::ping6, "", kUnrecorded, "The same as ping for IPv6 addresses."},
    {"ping_group", kLine, "name host ...", media::ping_group, "", kUnrecorded,
     "Several hosts that count as one ping node, alive while any of them answers."},
    {"hbaping", kLine, "", media::absent_medium, "", kUnrecorded, "Refused: a medium that nobody builds any more."},
    {"tipc", kLine, "", media::absent_medium, "", kUnrecorded, "Refused: a medium that nobody builds any more."},
    {"rds", kLine, "", media::absent_medium, "", kUnrecorded, "Refused: a medium that nobody builds any more."},
    {"msgfmt", kValue, "classic|netstring", msgfmt, "classic", kRecorded, "Whether packets also carry the auth field that receivers of the old text form look at."},
    {"hopfudge", kValue, "count", hopfudge, "1", kRecorded, "Hops that a message may make beyond the number of nodes."},
    {"max_rexmit_delay", kValue, "milliseconds", max_rexmit_delay, "250", kRecorded,
     "Longest wait before a missing packet is asked for again."},
    {"compression", kValue, "zlib|bz2", compression, "zlib", kRecorded, "How long messages are compressed."},
    {"compression_threshold", kValue, "KiB", compression_threshold, "2", kRecorded,
     "Length from which a message is compressed, with traditional_compression."},
    {"traditional_compression", kValue, "on|off", traditional_compression, "no", kRecorded,
     "Compress whole messages instead of marked fields only."},
    // when they are believed dead
    {"keepalive", kValue, "time", keepalive, "1000ms", kRecorded, "Interval between heartbeats."},
    {"warntime", kValue, "time", warntime, "", kRecorded, "A heartbeat later than this is logged; half of deadtime if not set."},
    {"deadtime", kValue, "time", deadtime, "30000ms", kRecorded,
     "A node not heard from for this long is dead; more than twice keepalive."},
    {"initdead", kValue, "time", initdead, "", kRecorded,
     "The same before a node was ever heard after our start, when networks may still be coming up."},
    {"deadping", kValue, "time", deadping, "", kRecorded, "The same for ping nodes; deadtime if not set."},
    // what becomes of the resources
    {"auto_failback", kValue, "on|off|legacy", auto_failback, "legacy", kRecorded,
     "Whether a group goes back to its preferred node when that node returns."},
    {"nice_failback", kValue, "on|off", nice_failback, "", kUnrecorded, "Obsolete: on means auto_failback off, off means legacy."},
    {"stonith", kLine, "type file", stonith, "", kUnrecorded,
     "A device that cuts off a dead node before its resources are taken; its parameters are in the file."},
    {"stonith_host", kLine, "node|* type parameters", stonith_host, "", kUnrecorded,
     "The same with its parameters in place, for the node that the device hangs on, or for all."},
    // logging
    {"logfile", kValue, "path", logfile, "", kRecorded, "Log file; everything but debug lines."},
    {"debugfile", kValue, "path", debugfile, "", kRecorded, "Log file with debug lines and the output of resource scripts."},
    {"logfacility", kValue, "facility", logfacility, "", kRecorded, "syslog facility, or none."},
    {"syslogmsgfmt", kValue, "on|off", syslogmsgfmt, "true", kRecorded, "Write log file lines in the form of syslog."},
    {"debug", kValue, "level", debug, "", kRecorded, "Debug level, 0 to 255."},
    {"log_badpack", kValue, "on|off", log_badpack, "true", kRecorded, "Log packets that are refused."},
    {"use_logd", kValue, "on|off", use_logd, "", kRecorded,
     "Log through ha_logd, and into the files and syslog only while it is not there. hbd waits for neither."},
    {"conn_logd_time", kValue, "time", conn_logd_time, "60", kRecorded, "Time between two attempts to reach ha_logd."},
    // programs beside it
    {"respawn", kLine, "user program arguments", respawn, "", kUnrecorded,
     "Run a program while hbd runs, and again when it ends; ipfail is built in."},
    {"failfast", kLine, "user program arguments", failfast, "", kUnrecorded, "The same, and reboot if it ends abnormally."},
    {"apiauth", kLine, "client [uid=list] [gid=list]", apiauth, "", kUnrecorded, "Who may connect under a client's name."},
    {"env", kList, "name=value ...", env, "", kUnrecorded, "Set HA_name in the environment of resource scripts."},
    {"use_apphbd", kValue, "on|off", use_apphbd, "", kUnrecorded, "Historic: register with apphbd, which is not part of this suite."},
    // the process
    {"watchdog", kValue, "device", watchdog, "", kRecorded, "A watchdog device that resets this node when hbd cannot run."},
    {"realtime", kValue, "on|off", realtime, "true", kRecorded, "Run with realtime priority and locked memory."},
    {"rtprio", kValue, "priority", rtprio, "", kRecorded, "That priority, 1 to 99."},
    {"memreserve", kValue, "KiB", memreserve, "6500", kRecorded, "Memory to touch and lock at start."},
    {"coredumps", kValue, "on|off", coredumps, "true", kRecorded, "Leave a core file behind after a crash."},
    {"coreroot", kValue, "directory", coreroot, "", kRecorded, "Where core files go."},
    {"hbgenmethod", kValue, "file|time", hbgenmethod, "file", kRecorded, "Where the generation number of a start comes from."},
    {"statuspage", kValue, "address:port", statuspage, "", kRecorded,
     "A loopback address at which the status page and metrics are served, beside the Unix socket; Heartbeat has no such directive."},
    {"uuidfrom", kValue, "file|nodename", uuidfrom, "file", kRecorded, "Where this node's uuid comes from."},
    // Pacemaker's
    {"pacemaker", kValue, "off", pacemaker, "false", kRecorded, "Must be off: this suite runs the groups of haresources."},
    {"crm", kValue, "off", pacemaker, "", kUnrecorded, "The old word for pacemaker."},
    {"crm_daemon_dir", kLine, "directory", pacemaker_only, "", kUnrecorded, "Ignored with a warning: Pacemaker's."},
    {"crmd_spawns_pengine", kLine, "on|off", pacemaker_only, "", kUnrecorded, "Ignored with a warning: Pacemaker's."},
    {"record_config_changes", kValue, "on|off", pacemaker_only, "on", kRecorded, "Ignored with a warning: Pacemaker's."},
    {"record_pengine_inputs", kValue, "on|off", pacemaker_only, "on", kRecorded, "Ignored with a warning: Pacemaker's."},
    {"enable_config_writes", kValue, "on|off", pacemaker_only, "on", kRecorded, "Ignored with a warning: Pacemaker's."},
    {"quorum_server", kLine, "host", pacemaker_only, "", kUnrecorded, "Ignored with a warning: Pacemaker's."},
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kTable)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kTable[i].name;
  return names;
}();

}  // namespace

std::span<const Directive> directives() { return kTable; }

const Directive* find_directive(std::string_view name) {
  auto row = std::find_if(std::begin(kTable), std::end(kTable), [&](const Directive& d) { return d.name == name; });
  return row == std::end(kTable) ? nullptr : &*row;
}

std::string_view nearest_directive(std::string_view name) { return base::did_you_mean(name, kNames); }

}  // namespace hbd::conf
