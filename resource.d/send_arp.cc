// SPDX-License-Identifier: Apache-2.0
// send_arp and send_ua: announcements of an address as a command, for scripts that call them from Heartbeat's
// folder.
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/text.h"
#include "resource.d/announce.h"
#include "resource.d/rtnetlink.h"

namespace {

using namespace resource;

struct Request {
  int interval_ms = 1000, repeats = 1;
  std::string pid_file, device, address, hardware = "auto";
};

std::optional<Request> parse(int argc, char** argv, bool v6) {
  Request out;
  int option;
  while ((option = ::getopt(argc, argv, "i:r:p:")) != -1) {
    auto number = option == 'p' ? std::optional<int>(0) : base::parse_number<int>(optarg ? optarg : "");
    if (option == '?' || !number || *number < 0) return std::nullopt;
    if (option == 'i') out.interval_ms = *number;
    if (option == 'r') out.repeats = *number;
    if (option == 'p') out.pid_file = optarg;
  }
  std::vector<std::string> words(argv + optind, argv + argc);
  if (words.size() != (v6 ? 3u : 5u)) return std::nullopt;
  out.device = words[v6 ? 2 : 0];
  out.address = words[v6 ? 0 : 1];
  if (!v6) out.hardware = words[2];
  return out;
}

/// "auto", or twelve hexadecimal digits with or without colons.
bool set_hardware(Link& link, std::string text) {
  if (text == "auto") return true;
  std::erase(text, ':');
  if (text.size() != 12 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    return false;
  for (std::size_t i = 0; i < 6; ++i)
    link.mac[i] = static_cast<std::uint8_t>(std::strtoul(text.substr(2 * i, 2).c_str(), nullptr, 16));
  return true;
}

int fail(const char* self, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", self, why.c_str());
  return 1;
}

int announce(const char* self, const Request& request) {
  auto address = base::IpAddress::parse(request.address);
  if (!address) return fail(self, request.address + " is not an address");
  auto netlink = Rtnetlink::open();
  if (!netlink) return fail(self, netlink.error().message);
  auto tables = netlink->read(address->family());
  if (!tables) return fail(self, tables.error().message);
  const auto* found = tables->link(std::string_view(request.device).substr(0, request.device.find(':')));
  if (!found) return fail(self, "there is no device " + request.device);
  auto link = *found;
  if (!set_hardware(link, request.hardware))
    return fail(self, request.hardware + " is not a hardware address");
  Announcer announcer(*address, link);
  for (int i = 0; i < request.repeats; ++i) {
    if (i > 0) {
      timespec pause{request.interval_ms / 1000, request.interval_ms % 1000 * 1000000L};
      ::nanosleep(&pause, nullptr);
    }
    if (auto sent = announcer.send(); !sent) return fail(self, sent.error().message);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  bool v6 = std::string_view(argv[0]).ends_with("send_ua");
  std::string_view only = argc == 2 ? argv[1] : "";
  if (only == "--version") {
    std::printf("%s (Upbeat %s)\n", v6 ? "send_ua" : "send_arp", UPBEAT_VERSION);
    return 0;
  }
  if (only == "--help") {
    std::printf(
        "usage: %s [-i MILLISECONDS] [-r COUNT] [-p PIDFILE]\n       %s\nTells the neighbours where an "
        "address lives; see "
        "%s(8).\n",
        v6 ? "send_ua" : "send_arp", v6 ? "ADDRESS BITS DEVICE" : "DEVICE ADDRESS auto|MAC BROADCAST NETMASK",
        v6 ? "send_ua" : "send_arp");
    return 0;
  }
  auto request = parse(argc, argv, v6);
  if (!request) {
    std::fprintf(
        stderr, "usage: %s [-i repeatinterval-ms] [-r repeatcount] [-p pidfile] %s\n", argv[0],
        v6 ? "ipv6-address prefix device" : "device src_ip_addr src_hw_addr|auto broadcast_ip_addr netmask");
    return 1;
  }
  if (request->pid_file.empty()) return announce(argv[0], *request);
  // The file tells others whom to end; it goes when we do.
  static std::string pid_file;
  pid_file = request->pid_file;
  auto* file = std::fopen(pid_file.c_str(), "w");
  if (!file) return fail(argv[0], "cannot write " + pid_file);
  std::fprintf(file, "%d\n", static_cast<int>(::getpid()));
  std::fclose(file);
  for (int number : {SIGTERM, SIGINT, SIGHUP})
    ::signal(number, [](int) {
      ::unlink(pid_file.c_str());
      ::_exit(0);
    });
  int code = announce(argv[0], *request);
  ::unlink(pid_file.c_str());
  return code;
}
