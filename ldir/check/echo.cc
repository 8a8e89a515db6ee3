// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/echo.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include <algorithm>
#include <cstring>

namespace ldir::check {
namespace {

constexpr std::size_t kHeader = 8, kData = 64;

/// Both families share this layout.
struct Echo {
  std::uint8_t type, code;
  std::uint16_t checksum, id, sequence;
};
static_assert(sizeof(Echo) == kHeader);

std::uint16_t internet_checksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    std::uint16_t word;
    std::memcpy(&word, bytes.data() + i, 2);
    sum += word;
  }
  sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<std::uint16_t>(~(sum + (sum >> 16)));
}

}  // namespace

std::string echo_request(base::Family family, EchoId mine) {
  const bool v4 = family == base::Family::v4;
  std::string packet(kHeader + kData, '\0');
  Echo echo{static_cast<std::uint8_t>(v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST), 0, 0, htons(mine.id), htons(mine.sequence)};
  std::memcpy(packet.data(), &echo, kHeader);
  if (v4) {
    echo.checksum = internet_checksum(packet);
    std::memcpy(packet.data(), &echo, kHeader);
  }
  return packet;
}

bool is_echo_reply(base::Family family, EchoId mine, std::string_view packet) {
  const bool v4 = family == base::Family::v4;
  if (v4) {
    if (packet.size() < sizeof(iphdr)) return false;
    packet.remove_prefix(std::min<std::size_t>(packet.size(), (packet[0] & 0x0fu) * 4u));
  }
  Echo echo;
  if (packet.size() < kHeader) return false;
  std::memcpy(&echo, packet.data(), kHeader);
  return echo.type == (v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) && ntohs(echo.id) == mine.id &&
         ntohs(echo.sequence) == mine.sequence;
}

}  // namespace ldir::check
