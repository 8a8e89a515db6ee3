// SPDX-License-Identifier: Apache-2.0
// Against a real kernel: writes every kind of service and destination, reads it back, compares with what ipvsadm
// shows, edits, provokes refusals, deletes. Needs root, ip_vs and ipvsadm; touches 192.0.2.0/24, 2001:db8::/32 and
// marks 4242-4243 only, and refuses to run where such services exist already. Exit 0 good, 1 bad, 77 not possible here.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "ldir/ipvs/netlink.h"

using namespace ldir::ipvs;

namespace {

int failures = 0;

void check(bool good, const std::string& what) {
  if (!good) ++failures;
  std::printf("%s %s\n", good ? "ok  " : "BAD ", what.c_str());
}

base::IpAddress ip(const char* text) { return *base::IpAddress::parse(text); }

std::set<std::string> ipvsadm() {
  std::set<std::string> out;
  FILE* p = popen("/sbin/ipvsadm -Sn", "r");
  char line[512];
  while (p && std::fgets(line, sizeof line, p)) {
    std::string s(line);
    while (!s.empty() && (s.back() == '\n' || s.back() == ' ')) s.pop_back();
    out.insert(s);
  }
  if (p) pclose(p);
  return out;
}

// Thresholds are not part of what ipvsadm -S shows.
std::set<std::string> as_ipvsadm(const Table& table) {
  std::set<std::string> out;
  for (const auto& [key, service] : table) {
    out.insert(describe(AddService{key, service.options}));
    for (auto [dest, value] : service.dests) {
      value.upper = value.lower = 0;
      out.insert(describe(AddDest{key, dest, value}));
    }
  }
  return out;
}

void same(const std::set<std::string>& ours, const std::set<std::string>& theirs, const std::string& what) {
  check(ours == theirs, what);
  for (const auto& s : ours)
    if (!theirs.count(s)) std::printf("     only ours:    %s\n", s.c_str());
  for (const auto& s : theirs)
    if (!ours.count(s)) std::printf("     only ipvsadm: %s\n", s.c_str());
}

Table wanted() {
  const ServiceKey web{Protocol::tcp, ip("192.0.2.100"), 80, 0}, dns{Protocol::udp, ip("192.0.2.100"), 53, 0};
  const ServiceKey web6{Protocol::tcp, ip("2001:db8::100"), 80, 0}, mark{Protocol::fwm, ip("0.0.0.0"), 0, 4242};
  const ServiceKey mark6{Protocol::fwm, ip("::"), 0, 4242}, all{Protocol::tcp, ip("192.0.2.100"), 0, 0};
  const ServiceKey hash{Protocol::tcp, ip("192.0.2.101"), 80, 0}, empty{Protocol::tcp, ip("192.0.2.102"), 80, 0};
  Table t;
  t[web] = {{"wlc", 600, 0, false, 0},
            {{{ip("192.0.2.2"), 80}, {Forward::route, 1, 20, 10}},
             {{ip("192.0.2.3"), 80}, {Forward::tunnel, 65535, 0, 0}},
             {{ip("192.0.2.4"), 8080}, {Forward::masq, 0, 0, 0}},
             {{ip("192.0.2.5"), 80}, {Forward::tunnel, 2, 0, 0, Tunnel::gue, 6080, 0}},
             {{ip("192.0.2.6"), 80}, {Forward::tunnel, 2, 0, 0, Tunnel::gue, 6081, 2}},
             {{ip("192.0.2.7"), 80}, {Forward::tunnel, 2, 0, 0, Tunnel::gre, 0, 1}},
             {{ip("127.0.0.1"), 80}, {Forward::route, 1, 0, 0}}}};
  t[dns] = {{"rr", 0, 0, true, 0}, {{{ip("192.0.2.2"), 53}, {Forward::masq, 3, 0, 0}}}};
  t[web6] = {{"wrr", 60, 64, false, 0},
             {{{ip("2001:db8::2"), 80}, {Forward::route, 2, 0, 0}}, {{ip("2001:db8::3"), 8080}, {Forward::masq, 1, 0, 0}}}};
  t[mark] = {{"wrr", 30, 0xffffff00, false, 0}, {{{ip("192.0.2.2"), 0}, {Forward::route, 2, 0, 0}}}};
  t[mark6] = {{"lc", 0, 0, false, 0}, {{{ip("2001:db8::2"), 0}, {Forward::tunnel, 2, 0, 0}}}};
  t[all] = {{"wrr", 60, 0, false, 0}, {{{ip("192.0.2.2"), 0}, {Forward::masq, 1, 0, 0}}}};
  t[hash] = {{"sh", 0, 0, false, 8 | 16}, {{{ip("192.0.2.2"), 0}, {Forward::masq, 1, 0, 0}}}};
  t[empty] = {{"mh", 0, 0, false, 16}, {}};
  return t;
}

}  // namespace

int main() {
  Netlink kernel;
  auto before = kernel.read();
  if (!before) {
    std::printf("skipped: %s\n", before.error().message.c_str());
    return 77;
  }
  if (auto probe = kernel.apply(DeleteService{{Protocol::fwm, ip("0.0.0.0"), 0, 4243}}); probe || probe.error().code == EPERM) {
    std::printf("skipped: %s\n", probe ? "mark 4243 was in use" : probe.error().message.c_str());
    return 77;
  }
  if (std::system("test -x /sbin/ipvsadm") != 0) return std::puts("skipped: no ipvsadm"), 77;
  Table table = wanted();
  for (const auto& [key, service] : table)
    if (before->count(key)) return std::puts("skipped: the test's services exist already"), 77;

  auto apply = [&](const Op& op) {
    auto done = kernel.apply(op);
    check(done.has_value(), describe(op) + (done ? "" : " -> " + done.error().message));
  };
  auto refused = [&](const Op& op, int code) {
    auto done = kernel.apply(op);
    check(!done && done.error().code == code, describe(op) + " refused: " + (done ? "no" : done.error().message));
  };
  auto compare = [&](const std::string& what) {
    Table all = *before;
    all.insert(table.begin(), table.end());
    auto now = kernel.read();
    check(now && *now == all, what + ": read back as written");
    if (now) same(as_ipvsadm(*now), ipvsadm(), what + ": as ipvsadm shows it");
  };

  for (const auto& [key, service] : table) {
    apply(AddService{key, service.options});
    for (const auto& [dest, value] : service.dests) apply(AddDest{key, dest, value});
  }
  compare("written");

  for (auto& [key, service] : table) {
    service.options.scheduler = service.options.scheduler == "wlc" ? "rr" : "wlc";
    service.options.persistent_s = service.options.persistent_s || service.options.ops || key.port == 0 ? service.options.persistent_s : 90;
    service.options.sched_flags ^= 32;
    apply(EditService{key, service.options});
    for (auto& [dest, value] : service.dests) {
      value = {value.forward == Forward::masq ? Forward::route : Forward::masq, value.weight + 1 > 65535 ? 7 : value.weight + 1, 30, 15};
      apply(EditDest{key, dest, value});
    }
  }
  compare("edited");

  const auto& [key, service] = *table.begin();
  refused(AddService{key, service.options}, EEXIST);
  refused(DeleteService{{Protocol::fwm, ip("0.0.0.0"), 0, 4243}}, ESRCH);
  refused(AddService{{Protocol::fwm, ip("0.0.0.0"), 0, 4243}, {"nosuch", 0, 0, false, 0}}, ENOENT);
  refused(DeleteDest{key, {ip("192.0.2.250"), 1}}, ENOENT);
  compare("after refusals");

  while (!table.empty()) {
    auto& [gone, s] = *table.begin();
    if (!s.dests.empty()) {
      apply(DeleteDest{gone, s.dests.begin()->first});
      s.dests.erase(s.dests.begin());
      continue;
    }
    apply(DeleteService{gone});
    table.erase(table.begin());
  }
  compare("deleted");
  std::printf("%s\n", failures ? "FAILED" : "passed");
  return failures ? 1 : 0;
}
