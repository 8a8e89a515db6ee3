// SPDX-License-Identifier: Apache-2.0
// The child's side of ping and ping_group: a packet travels to each member inside an ICMP echo request and
// comes back in its reply. The first reply per sequence number counts, so a group lives while any member
// answers.
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "hbd/shell/links/address.h"
#include "hbd/shell/links/link.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kWindow = 128;  // sequence numbers remembered, as Heartbeat 3.0.6 does
constexpr std::size_t kMaxPacket = 65536;

std::uint16_t internet_checksum(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    std::uint16_t word;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    sum += word;
  }
  if (bytes.size() % 2) sum += static_cast<unsigned char>(bytes.back());  // little end first, as memcpy above
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

class EchoLink final : public Link {
 public:
  EchoLink(io::Fd socket, const std::vector<std::string>& targets, std::uint16_t id)
      : socket_(std::move(socket)), id_(id), buffer_(kMaxPacket) {
    for (const auto& raw : targets)
      if (auto address = SocketAddress::from_raw(raw)) members_.push_back(*address);
  }

  Outcome send(std::string_view bytes) override {
    icmphdr header{};
    header.type = v6() ? ICMP6_ECHO_REQUEST : ICMP_ECHO;  // the two protocols agree on the rest
    header.un.echo.id = id_;                              // host order, as ever: only we read it
    header.un.echo.sequence = htons(sequence_);
    awaited_[sequence_ % kWindow] = {sequence_, true};
    ++sequence_;
    std::string packet(reinterpret_cast<const char*>(&header), sizeof header);
    packet += bytes;
    if (!v6()) header.checksum = internet_checksum(packet);  // of ICMPv6 the kernel makes it
    std::memcpy(packet.data(), &header, sizeof header);
    Outcome outcome{Sent::not_now, 0};
    bool one_left = false;
    for (const auto& member : members_) {
      ssize_t n;
      do
        n = ::sendto(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL, member.get(),
                     member.length);
      while (n < 0 && errno == EINTR);
      if (n >= 0) one_left = true;
      if (n < 0) outcome = failed(errno, member);
    }
    return one_left ? Outcome{} : outcome;
  }

  std::size_t drain(std::size_t limit, const std::function<void(const Packet&)>& take) override {
    std::size_t total = 0;
    for (; total < limit; ++total) {
      SocketAddress from;
      from.length = sizeof from.storage;
      auto n = ::recvfrom(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT,
                          reinterpret_cast<sockaddr*>(&from.storage), &from.length);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) break;
      auto payload = payload_of(std::string_view(buffer_.data(), static_cast<std::size_t>(n)), from);
      if (!payload.empty()) take({payload, from.text()});
    }
    return total;
  }

  int descriptor() const override { return socket_.get(); }

 private:
  static Outcome failed(int error, const SocketAddress& member) { return {judge_send_error(error), error, member.text()}; }

  bool v6() const { return !members_.empty() && members_.front().storage.ss_family == AF_INET6; }
  /// Empty when it is no reply of a member to a request of ours, or not the first one.
  std::string_view payload_of(std::string_view packet, const SocketAddress& from) {
    // Only IPv4 hands its own header out.
    std::size_t skip = v6() || packet.empty() ? 0 : (static_cast<unsigned char>(packet[0]) & 0x0f) * 4U;
    if ((!v6() && skip < sizeof(iphdr)) || packet.size() < skip + sizeof(icmphdr)) return {};
    icmphdr header;
    std::memcpy(&header, packet.data() + skip, sizeof header);
    if (header.type != (v6() ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) || header.un.echo.id != id_) return {};
    if (std::none_of(members_.begin(), members_.end(), [&from](const auto& m) { return m.same_host(from); }))
      return {};
    auto sequence = ntohs(header.un.echo.sequence);
    auto& slot = awaited_[sequence % kWindow];
    if (slot.sequence != sequence || !std::exchange(slot.open, false)) return {};
    return packet.substr(skip + sizeof header);
  }

  struct Awaited {
    std::uint16_t sequence = 0;
    bool open = false;
  };
  io::Fd socket_;
  std::vector<SocketAddress> members_;
  std::uint16_t id_ = 0, sequence_ = 0;
  std::array<Awaited, kWindow> awaited_{};
  std::vector<char> buffer_;
};

}  // namespace

std::unique_ptr<Link> make_echo_link(io::Fd socket, const std::vector<std::string>& targets,
                                     std::uint16_t echo_id) {
  return std::make_unique<EchoLink>(std::move(socket), targets, echo_id);
}

}  // namespace hbd::shell
