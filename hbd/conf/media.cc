// SPDX-License-Identifier: Apache-2.0
#include "hbd/conf/media.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/addr.h"
#include "base/text.h"
#include "hbd/conf/value.h"

namespace hbd::conf::media {

namespace {

template <class T>
bool in_range(std::string_view text, T low, T high, T& out) {
  auto n = base::parse_number<T>(text);
  if (!n || *n < low || *n > high) return false;
  out = *n;
  return true;
}

bool same(const model::Medium& a, const model::Medium& b) {
  if (a.index() != b.index()) return false;
  if (auto* x = std::get_if<model::Bcast>(&a)) return x->interface == std::get<model::Bcast>(b).interface;
  if (auto* x = std::get_if<model::Ucast>(&a))
    return x->interface == std::get<model::Ucast>(b).interface && x->peer == std::get<model::Ucast>(b).peer;
  return false;
}

void add(Reading& r, const Word& word, model::Medium medium) {
  if (r.cluster.media.size() == model::kMaxMedia) {
    r.error(word.at, fmt::format("too many media; at most {} are carried", model::kMaxMedia));
    return;
  }
  if (r.cluster.media.size() > model::kMaxMedia) return;
  for (const auto& other : r.cluster.media)
    if (same(other.medium, medium) && other.udpport == r.udpport)
      r.warning(word.at, fmt::format("the same medium is already in line {}; every packet will be sent twice",
                                     other.at.line));
  r.cluster.media.push_back({std::move(medium), r.udpport, word.at});
  if (r.cluster.media.back().is_ping()) r.cluster.listed.push_back(r.cluster.media.back().link_name());
}

// A ping node's name is a node name to the cluster, so no two may share it.
bool is_new_ping_name(Reading& r, const Word& word, std::string_view name) {
  for (const auto& entry : r.cluster.media) {
    if (!entry.is_ping() || entry.link_name() != name) continue;
    r.error(word.at, fmt::format("ping node {} is already named in line {}", name, entry.at.line));
    return false;
  }
  return true;
}

bool has_interface(Reading& r, const Word& device) {
  if (r.machine.interface_exists(device.text)) return true;
  r.error(device.at, fmt::format("IP interface [{}] does not exist; `ip link` lists those that do", device.text));
  return false;
}

template <class M>
void multicast(Reading& r, const Line& line, const Word& rest, std::string_view name, base::Family family, int max_ttl) {
  constexpr std::string_view kMissing[] = {"device", "mcast address", "port", "ttl", "loop"};
  auto args = line.words(rest.text, base::kBlanks);
  if (args.size() < 5) {
    r.error(rest.at, fmt::format("{} [{}] missing {}: write `{} device group port ttl loop`, as in `{}`", name,
                                 args.empty() ? "" : args[0].text, kMissing[args.size()], name,
                                 family == base::Family::v4 ? "mcast eth0 225.0.0.1 694 1 0"
                                                            : "mcast6 eth0 ff02::694 694 1 0"));
    return;
  }
  bool good = has_interface(r, args[0]);
  M medium;
  medium.interface = args[0].text;
  auto group = base::IpAddress::parse(args[1].text);
  if (!group || group->family() != family || !group->is_multicast()) {
    r.error(args[1].at, fmt::format("{}: bad addr [{}]; a multicast address is needed, such as {}", name, args[1].text,
                                    family == base::Family::v4 ? "225.0.0.1" : "ff02::694"));
    good = false;
  }
  medium.group = args[1].text;
  auto number = [&](const Word& word, std::string_view what, auto low, auto high, auto& out) {
    if (in_range(word.text, low, high, out)) return;
    r.error(word.at, fmt::format("{}: bad {} [{}]; {} to {}", name, what, word.text, low, high));
    good = false;
  };
  number(args[2], "port", std::uint16_t{1}, std::uint16_t{65535}, medium.port);
  int hops = 1;
  number(args[3], "ttl", 0, max_ttl, hops);
  number(args[4], "loop", 0, 1, medium.loop);
  if constexpr (requires { medium.ttl; }) medium.ttl = hops;
  if constexpr (requires { medium.hops; }) medium.hops = hops;
  if (args.size() > 5) r.warning(args[5].at, fmt::format("{} takes five values; the rest of the line is ignored", name));
  if (good) add(r, args[0], std::move(medium));
}

template <class M>
void unicast(Reading& r, const Line& line, const Word& rest, std::string_view name, base::Family other_family) {
  auto args = line.words(rest.text, base::kBlanks);
  if (args.size() < 2) {
    r.error(rest.at, fmt::format("{}: [{}] missing target IP address/hostname: write `{} device peer`", name,
                                 args.empty() ? "" : args[0].text, name));
    return;
  }
  bool good = true;
  if (!r.machine.interface_exists(args[0].text))  // it may come later; the historic parser lets it pass as well
    r.warning(args[0].at, fmt::format("{}: interface [{}] does not exist", name, args[0].text));
  if (!is_host(args[1].text)) {
    r.error(args[1].at, fmt::format("{}: cannot resolve hostname [{}]", name, args[1].text));
    good = false;
  } else if (auto ip = base::IpAddress::parse(args[1].text.substr(0, args[1].text.find('%')));
             ip && ip->family() == other_family) {
    r.error(args[1].at, fmt::format("{} needs an {} address; for this one write `{} {} {}`", name,
                                    other_family == base::Family::v6 ? "IPv4" : "IPv6",
                                    other_family == base::Family::v6 ? "ucast6" : "ucast", args[0].text, args[1].text));
    good = false;
  }
  if (args.size() > 2) r.warning(args[2].at, fmt::format("{} takes two values; the rest of the line is ignored", name));
  if (good) add(r, args[0], M{std::string(args[0].text), std::string(args[1].text)});
}

}  // namespace

void bcast(Reading& r, const Line&, const Word& device) {
  if (!r.machine.interface_exists(device.text)) {
    r.error(device.at, fmt::format("IP interface [{0}] does not exist: Illegal bcast [UDP/IP broadcast] in config file "
                                   "[{0}]; `ip link` lists the interfaces", device.text));
    return;
  }
  add(r, device, model::Bcast{std::string(device.text)});
}

void udp(Reading& r, const Line& line, const Word& device) {
  r.warning(device.at, "`udp` is the old word for `bcast`; write `bcast`");
  bcast(r, line, device);
}

// The historic range of the IPv4 hop limit is 0 to 4: cluster traffic is meant to stay near.
void mcast(Reading& r, const Line& line, const Word& rest) {
  multicast<model::Mcast>(r, line, rest, "mcast", base::Family::v4, 4);
}
void mcast6(Reading& r, const Line& line, const Word& rest) {
  multicast<model::Mcast6>(r, line, rest, "mcast6", base::Family::v6, 255);
}
void ucast(Reading& r, const Line& line, const Word& rest) {
  unicast<model::Ucast>(r, line, rest, "ucast", base::Family::v6);
}
void ucast6(Reading& r, const Line& line, const Word& rest) {
  unicast<model::Ucast6>(r, line, rest, "ucast6", base::Family::v4);
}

void serial(Reading& r, const Line&, const Word& tty) {
  if (tty.text.front() != '/') {
    r.error(tty.at, fmt::format("Serial port not full pathname [{}] in config file", tty.text));
    return;
  }
  if (!r.machine.device_exists(tty.text)) {
    r.error(tty.at, fmt::format("Nonexistent serial port [{}] in config file", tty.text));
    return;
  }
  add(r, tty, model::Serial{std::string(tty.text), r.baud});
}

namespace {
void add_ping(Reading& r, const Word& host, bool v6) {
  if (!is_host(host.text)) {
    r.error(host.at, fmt::format("unknown host: {}: not an address and not a host name", host.text));
    return;
  }
  auto ip = base::IpAddress::parse(host.text.substr(0, host.text.find('%')));
  if (ip && (ip->family() == base::Family::v6) != v6) {
    r.error(host.at, fmt::format("{} needs an {} address; for this one write `{} {}`", v6 ? "ping6" : "ping",
                                 v6 ? "IPv6" : "IPv4", v6 ? "ping" : "ping6", host.text));
    return;
  }
  if (is_new_ping_name(r, host, host.text)) add(r, host, model::Ping{std::string(host.text), v6});
}
}  // namespace

void ping(Reading& r, const Line&, const Word& host) { add_ping(r, host, false); }
void ping6(Reading& r, const Line&, const Word& host) { add_ping(r, host, true); }

void ping_group(Reading& r, const Line& line, const Word& rest) {
  auto args = line.words(rest.text, base::kBlanks);
  if (args.size() < 2) {
    r.error(rest.at, "ping_group needs a name and at least one host: write `ping_group name host ...`");
    return;
  }
  model::PingGroup group;
  group.name = args[0].text;
  bool good = is_new_ping_name(r, args[0], group.name);
  if (base::IpAddress::parse(group.name))
    r.warning(args[0].at, fmt::format("{} is taken as the name of the group, not as one of its hosts", group.name));
  for (const auto& host : std::span(args).subspan(1)) {
    if (auto ip = base::IpAddress::parse(host.text.substr(0, host.text.find('%'))); ip && !ip->is_v4()) {
      r.error(host.at, fmt::format("ping_group: [{}] is an IPv6 address; a group pings over IPv4. Write `ping6 {}`, "
                                   "which makes a ping node of its own", host.text, host.text));
      good = false;
      continue;
    }
    if (is_host(host.text)) {
      group.hosts.emplace_back(host.text);
      continue;
    }
    r.error(host.at, fmt::format("unknown host: {}: not an address and not a host name", host.text));
    good = false;
  }
  if (good) add(r, args[0], std::move(group));
}

void absent_medium(Reading& r, const Line& line, const Word&) {
  auto name = base::words(line.text).front();
  r.error(line.locate(name), fmt::format("Illegal directive [{}]: nobody has built this medium for years; "
                                         "use bcast, ucast, mcast or serial instead", name));
}

}  // namespace hbd::conf::media
