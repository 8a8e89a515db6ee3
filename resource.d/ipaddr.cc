// SPDX-License-Identifier: Apache-2.0
// IPaddr, IPaddr2 and IPv6addr: an address of the cluster on this node. `IPaddr 10.0.0.1/24/eth0 start|stop|status`.
// The words on standard output are those that ResourceManager and monitoring scripts have matched for years.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>

#include "resource.d/announce.h"
#include "resource.d/ha_log.h"
#include "resource.d/placement.h"
#include "resource.d/rtnetlink.h"

namespace {

using namespace resource;

// What the historic wrapper exits with: the codes of the OCF agent it called.
enum Exit { kSuccess = 0, kGeneric = 1, kNotConfigured = 6, kStopped = 7 };

constexpr int kRepeats = 4;                                // after the one sent at once: five in all, as the original
constexpr timespec kBetweenRepeats{0, 200 * 1000 * 1000};  // its -i 200

struct Agent {
  HaLog log;
  base::AddressArg arg;

  int say(std::string_view text, int code) const {
    log.line(text);
    std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
    return code;
  }
  int fail(const base::Error& error, int code = kGeneric) const {
    log.line("ERROR: " + error.message);
    return say(code == kNotConfigured ? "ERROR:  Program is not configured" : "ERROR:  Generic error", code);
  }

  int status() const;
  int start() const;
  int stop() const;
  void announce(const Link& link) const;
  void repeat(Announcer& announcer) const;
};

bool held(const base::AddressArg& arg, const Tables& tables) {
  auto entries = holders(arg, tables);
  return std::any_of(entries.begin(), entries.end(), [](const Address& a) { return !a.unusable; });
}

int Agent::status() const {
  auto netlink = Rtnetlink::open();
  if (!netlink) return fail(netlink.error());
  auto tables = netlink->read(arg.address.family());
  if (!tables) return fail(tables.error());
  if (!held(arg, *tables)) return say("INFO:  Resource is stopped", kStopped);
  log.debug("INFO:  Running OK");  // asked for again and again: not worth a line in the log
  std::puts("INFO:  Running OK");
  return kSuccess;
}

// The repeats must neither keep start waiting nor go on once the address has left.
void Agent::repeat(Announcer& announcer) const {
  std::fflush(nullptr);
  if (::fork() != 0) return;
  ::setsid();
  if (int null = ::open("/dev/null", O_RDWR); null >= 0)
    for (int fd : {0, 1, 2}) ::dup2(null, fd);
  for (int i = 0; i < kRepeats; ++i) {
    ::nanosleep(&kBetweenRepeats, nullptr);
    auto netlink = Rtnetlink::open();
    if (!netlink) break;
    auto tables = netlink->read(arg.address.family());
    if (!tables || !held(arg, *tables)) break;
    (void)announcer.send();
  }
  ::_exit(0);
}

void Agent::announce(const Link& link) const {
  if (!link.ethernet) return;
  Announcer announcer(arg.address, link);
  if (auto told = announcer.send(); !told) log.line("WARNING: " + told.error().message + "; it will be tried again");
  log.line("INFO: Telling " + link.name + (arg.address.is_v4() ? " by ARP" : " by neighbour advertisement") + " where " +
           arg.address.str() + " is");
  repeat(announcer);
}

int Agent::start() const {
  auto netlink = Rtnetlink::open();
  if (!netlink) return fail(netlink.error());
  auto tables = netlink->read(arg.address.family());
  if (!tables) return fail(tables.error());
  if (held(arg, *tables)) {
    // Said again, since this is how hbd tells the network whose address it is after another node let go of it.
    for (const auto& entry : holders(arg, *tables))
      if (const auto* link = tables->link(entry.link); link && !entry.unusable) announce(*link);
    return say("INFO:  Success", kSuccess);
  }
  auto where = place(arg, *tables);
  if (!where) return fail(where.error());
  const auto* link = tables->link(where->link);

  auto text = arg.address.str() + "/" + std::to_string(where->bits);
  log.line("INFO: Adding " + std::string(arg.address.is_v4() ? "inet" : "inet6") + " address " + text +
           (where->broadcast ? " with broadcast address " + where->broadcast->str() : "") + " to device " + where->device +
           (where->label.empty() ? "" : " (with label " + where->label + ")"));
  auto added = netlink->add(arg.address, *where);
  if (!added && added.error().code != EEXIST) return fail({"cannot add " + text + " to " + where->device + ": " + added.error().message});
  if (!link->up) {
    log.line("INFO: Bringing device " + where->device + " up");
    if (auto up = netlink->bring_up(link->index); !up) {
      (void)netlink->remove({link->index, arg.address, where->bits, false, false});
      return fail({"cannot bring " + where->device + " up: " + up.error().message});
    }
  }
  announce(*link);
  return say("INFO:  Success", kSuccess);
}

// Removing a primary address takes its secondaries with it unless the kernel is told to promote one; those may be
// addresses of another group.
void keep_secondaries(const Link& link) {
  auto path = "/proc/sys/net/ipv4/conf/" + link.name + "/promote_secondaries";
  int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  [[maybe_unused]] auto ignored = ::write(fd, "1\n", 2);
  ::close(fd);
}

int Agent::stop() const {
  auto netlink = Rtnetlink::open();
  if (!netlink) return fail(netlink.error());
  auto tables = netlink->read(arg.address.family());
  if (!tables) return fail(tables.error());
  auto entries = holders(arg, *tables);
  log.line(std::string("INFO: IP status = ") + (entries.empty() ? "no" : "ok") + ", IP_CIP=");
  for (const auto& entry : entries) {
    const auto* link = tables->link(entry.link);
    bool has_secondaries = arg.address.is_v4() && !entry.secondary &&
                           std::any_of(tables->addresses.begin(), tables->addresses.end(), [&](const Address& other) {
                             return other.link == entry.link && other.secondary && contains(entry.address, entry.bits, other.address);
                           });
    if (has_secondaries && link) keep_secondaries(*link);
    auto removed = netlink->remove(entry);
    if (!removed && removed.error().code != EADDRNOTAVAIL)
      return fail({"cannot remove " + arg.address.str() + " from " + (link ? link->name : "its device") + ": " + removed.error().message});
  }
  return say("INFO:  Success", kSuccess);
}

int usage(const char* self) {
  std::printf("usage: %s <ip-address>[/<mask>[/<device>[:<label>][/<broadcast>]]] (start|stop|status|monitor)\n", self);
  return kGeneric;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::puts("ipaddr (Upbeat " UPBEAT_VERSION ")");
    return 0;
  }
  if (argc == 2 && std::string_view(argv[1]) == "--help") {
    std::puts(
        "usage: IPaddr ADDRESS[/BITS[/DEVICE[:LABEL][/BROADCAST]]] start|stop|status\n"
        "IPaddr, IPaddr2 and IPv6addr of haresources; see ha-resources(8).");
    return 0;
  }
  if (argc != 3) return usage(argv[0]);
  std::string_view self(argv[0]), text(argv[1]), verb(argv[2]);
  auto name = std::string(self.substr(self.rfind('/') + 1));
  if (name == "ipaddr") name = "IPaddr";
  auto address = std::string(text.substr(0, text.find('/')));
  Agent agent{HaLog(name + "(" + name + "_" + address + ")[" + std::to_string(::getpid()) + "]"), {}};

  bool known = verb == "start" || verb == "stop" || verb == "status" || verb == "monitor";
  if (!known) {
    if (verb != "usage" && verb != "help") agent.say("ERROR: Unknown operation: " + std::string(verb), kGeneric);
    return usage(argv[0]);
  }
  auto arg = base::parse_address_arg(text);
  if (arg) {
    agent.arg = *arg;
    return verb == "start" ? agent.start() : verb == "stop" ? agent.stop() : agent.status();
  }
  // What cannot be an address is not running and has nothing to stop.
  if (verb == "start") return agent.fail(arg.error(), kNotConfigured);
  agent.log.line("ERROR: " + arg.error().message);
  return verb == "stop" ? agent.say("INFO:  Success", kSuccess) : agent.say("INFO:  Resource is stopped", kStopped);
}
