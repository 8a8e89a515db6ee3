// SPDX-License-Identifier: Apache-2.0
// The child's side of bcast, mcast, ucast and their IPv6 twins.
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "hbd/shell/links/address.h"
#include "hbd/shell/links/link.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kBatch = 8;
constexpr std::size_t kMaxPacket = 65536;

class DatagramLink final : public Link {
 public:
  DatagramLink(io::Fd receive, io::Fd send, const std::vector<std::string>& targets)
      : receive_(std::move(receive)), send_(std::move(send)), buffer_(kBatch * kMaxPacket) {
    for (const auto& raw : targets)
      if (auto address = SocketAddress::from_raw(raw)) targets_.push_back(*address);
  }

  Outcome send(std::string_view bytes) override {
    Outcome outcome;
    for (const auto& target : targets_) {
      ssize_t n;
      do n = ::sendto(send_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL, target.get(),
                      target.length);
      while (n < 0 && errno == EINTR);
      if (n < 0) outcome = failed(errno, target);
    }
    return outcome;
  }

  std::size_t drain(std::size_t limit, const std::function<void(const Packet&)>& take) override {
    std::size_t total = 0;
    while (total < limit) {
      for (std::size_t i = 0; i < kBatch; ++i) {
        vectors_[i] = {buffer_.data() + i * kMaxPacket, kMaxPacket};
        headers_[i] = {};
        headers_[i].msg_hdr.msg_iov = &vectors_[i];
        headers_[i].msg_hdr.msg_iovlen = 1;
        headers_[i].msg_hdr.msg_name = &senders_[i].storage;
        headers_[i].msg_hdr.msg_namelen = sizeof senders_[i].storage;
      }
      int got = ::recvmmsg(receive_.get(), headers_.data(), kBatch, MSG_DONTWAIT, nullptr);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
        auto from = senders_[i].text();
        take({std::string_view(buffer_.data() + i * kMaxPacket, headers_[i].msg_len), from});
      }
      total += static_cast<std::size_t>(got);
      if (static_cast<std::size_t>(got) < kBatch) break;
    }
    return total;
  }

  int descriptor() const override { return receive_.get(); }

 private:
  static Outcome failed(int error, const SocketAddress& target) {
    return {judge_send_error(error), error, target.text_with_port()};
  }

  io::Fd receive_, send_;
  std::vector<SocketAddress> targets_;
  std::vector<char> buffer_;
  std::array<mmsghdr, kBatch> headers_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<SocketAddress, kBatch> senders_{};
};

}  // namespace

Link::Sent judge_send_error(int error) {
  switch (error) {
    case ENETDOWN:
    case ENETUNREACH:
    case EADDRNOTAVAIL: return Link::Sent::down;
    case ENODEV:
    case ENXIO:
    case EBADF:
    case ENOTCONN: return Link::Sent::gone;
    default: return Link::Sent::not_now;  // EAGAIN, ENOBUFS, EHOSTUNREACH, ECONNREFUSED, EPERM of a packet filter
  }
}

std::unique_ptr<Link> make_datagram_link(io::Fd receive, io::Fd send, const std::vector<std::string>& targets) {
  return std::make_unique<DatagramLink>(std::move(receive), std::move(send), targets);
}

}  // namespace hbd::shell
