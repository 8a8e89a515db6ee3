// SPDX-License-Identifier: Apache-2.0
// What ha.cf and authkeys say, as plain data with defaults filled in. Written by conf, read by everything else in
// hbd. Nothing here opens, resolves or checks the machine.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/addr.h"
#include "base/diag.h"
#include "base/instant.h"

namespace hbd::model {

/// Heartbeat 3.0.6 limits (reference: constants table).
inline constexpr std::size_t kMaxNodes = 100;
inline constexpr std::size_t kMaxNodeName = 99;
inline constexpr std::size_t kMaxMedia = 64;
inline constexpr std::uint16_t kDefaultPort = 694;

struct Timing {
  base::Millis keepalive{1000};
  base::Millis deadtime{30000};
  base::Millis warntime{15000};  ///< default: deadtime / 2
  base::Millis initdead{30000};  ///< default: derived from deadtime, ha.cf(5)
  base::Millis deadping{30000};  ///< default: deadtime
  base::Millis max_rexmit_delay{250};
};

struct Bcast { std::string interface; bool operator==(const Bcast&) const = default; };
struct Mcast { std::string interface, group; std::uint16_t port = kDefaultPort; int ttl = 1; int loop = 0; bool operator==(const Mcast&) const = default; };
struct Ucast { std::string interface, peer; bool operator==(const Ucast&) const = default; };
struct Mcast6 { std::string interface, group; std::uint16_t port = kDefaultPort; int hops = 1; int loop = 0; bool operator==(const Mcast6&) const = default; };
struct Ucast6 { std::string interface, peer; bool operator==(const Ucast6&) const = default; };
struct Serial { std::string tty; int baud = 19200; bool operator==(const Serial&) const = default; };
/// The node's name is the host as written.
struct Ping { std::string host; bool v6 = false; bool operator==(const Ping&) const = default; };
/// Alive while any member answers.
struct PingGroup { std::string name; std::vector<std::string> hosts; bool operator==(const PingGroup&) const = default; };

using Medium = std::variant<Bcast, Mcast, Ucast, Mcast6, Ucast6, Serial, Ping, PingGroup>;

/// One medium of ha.cf in file order; its index in Cluster::media is the LinkId of core/input.h.
struct MediumEntry {
  Medium medium;
  std::uint16_t udpport = kDefaultPort;  ///< udpport in force at this line (not for mcast, which has its own)
  base::Location at;
  /// What a line asks for, wherever it stands.
  bool same_as(const MediumEntry& o) const { return medium == o.medium && udpport == o.udpport; }
  bool is_ping() const { return std::holds_alternative<Ping>(medium) || std::holds_alternative<PingGroup>(medium); }
  /// The link's name in logs and cl_status: device, tty, or ping node name.
  std::string link_name() const;
  /// "bcast", "ucast", "ping_group" ...
  std::string_view kind() const;
};

enum class Failback { legacy, off, on };
enum class MessageFormat { classic, netstring };

struct AuthKey {
  enum class Method { crc, md5, sha1, sha256 } method = Method::crc;
  std::string key;  ///< empty for crc
  bool operator==(const AuthKey&) const = default;
};
struct AuthKeys {
  int sign_with = 0;            ///< key number used for sending, 0..15
  std::map<int, AuthKey> keys;  ///< any of these is accepted on receipt
  bool operator==(const AuthKeys&) const = default;
};

struct Respawn {
  std::string user;
  std::string command;  ///< rest of the line: program and arguments
  bool failfast = false;
  base::Location at;
  /// True for any path whose file name is ipfail: its policy is built in.
  bool is_ipfail() const;
};

struct ApiAuth { std::string client; std::vector<std::string> uids, gids; };

/// A way to cut a dead node off, from a stonith or stonith_host line that holds for this node.
struct StonithDevice {
  std::string type;        ///< as cluster-glue's `stonith -L` calls it: "baytech", "external/ipmi"
  std::string parameters;  ///< of stonith_host: the rest of the line (`stonith -p`)
  std::string file;        ///< of stonith: a full path (`stonith -F`); one of the two is set
  base::Location at;
  bool operator==(const StonithDevice& o) const {
    return type == o.type && parameters == o.parameters && file == o.file;
  }
};

struct LogTargets {
  std::string logfile, debugfile;      ///< empty or /dev/null = none
  std::string facility;                ///< syslog name; empty or "none" = none
  bool syslog_format = true;           ///< syslogmsgfmt
  int debug = 0;                       ///< 0..255
  bool use_logd = false;               ///< lines go to ha_logd; to the above only while it is not there
  base::Millis logd_retry{60'000};     ///< conn_logd_time: between two attempts to reach it
  bool log_badpack = true;
};

/// OnlyForTesting: what this node loses on purpose, as if its network did. Probabilities, 0 to 1.
struct PacketLoss {
  double receive = 0, send = 0;
  std::vector<std::string> spared;  ///< nodes whose packets are received all the same; with any, nothing sent is lost
  bool none() const { return receive == 0 && send == 0; }
  bool operator==(const PacketLoss&) const = default;
};

struct Cluster {
  std::vector<std::string> nodes;  ///< lower case, file order, ping nodes not included
  std::string self;                ///< our own entry of nodes
  std::vector<std::string> listed; ///< nodes and ping nodes in the order of the file: how cl_status lists them
  std::vector<MediumEntry> media;
  Timing timing;
  Failback failback = Failback::legacy;
  MessageFormat format = MessageFormat::classic;
  int hopfudge = 1;
  AuthKeys auth;
  LogTargets log;
  std::vector<Respawn> respawn;
  std::vector<ApiAuth> api_auth;
  std::string watchdog;          ///< device, empty = none
  bool realtime = true;
  int rtprio = 0;                ///< 0 = default
  bool generation_by_time = false;  ///< hbgenmethod time
  bool uuid_from_name = false;
  std::vector<StonithDevice> stonith;      ///< file order: the first that works is enough
  std::vector<std::string> stonith_hosts;  ///< their types, for messages
  std::vector<std::pair<std::string, std::string>> env;  ///< env NAME=val
  std::string compression = "zlib";      ///< "zlib" or "bz2"; for sending, when asked
  int compression_threshold_kib = 2;
  bool traditional_compression = false;
  int memreserve_kib = 6500;
  bool coredumps = true;
  std::string coreroot;                  ///< empty = the built-in folder
  std::optional<base::Endpoint> statuspage{};  ///< where status is served beside the Unix socket; a loopback address
  PacketLoss loss{};
  /// Every recorded directive with its value as written, defaults included (`5`, not ms; computed defaults as
  /// `5000ms`): cl_status hbparameter and the HA_<directive> environment of resource scripts.
  std::map<std::string, std::string> parameters;

  bool nice() const { return failback != Failback::legacy; }
  bool uses_ipfail() const;
  /// Names of ping nodes and ping groups, file order.
  std::vector<std::string> ping_nodes() const;
};

}  // namespace hbd::model
