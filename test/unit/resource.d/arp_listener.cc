// SPDX-License-Identifier: Apache-2.0
// Prints "ready", then one word per ARP packet about an address that arrives on an interface: device address count.
// Ends after `count` packets or five seconds.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  int fd = ::socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ARP));
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(ETH_P_ARP);
  here.sll_ifindex = static_cast<int>(::if_nametoindex(argv[1]));
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&here), sizeof here) < 0) return 1;
  in_addr wanted{};
  ::inet_pton(AF_INET, argv[2], &wanted);
  std::puts("ready");
  std::fflush(stdout);
  for (int left = std::atoi(argv[3]); left > 0;) {
    pollfd p{fd, POLLIN, 0};
    if (::poll(&p, 1, 5000) != 1) return 1;
    unsigned char packet[64];
    if (::recv(fd, packet, sizeof packet, 0) < 28 || std::memcmp(packet + 14, &wanted, 4) != 0) continue;
    std::puts(packet[7] == 1 ? "request" : "reply");
    std::fflush(stdout);
    --left;
  }
}
