// SPDX-License-Identifier: Apache-2.0
// Serial lines (reference, section 1.9): the parent's opening and the child's link. Messages are in text
// form, one after the other; what lies between `>>>` and `<<<` is a packet. A line is slow and its far end
// may be off: what does not fit is dropped as whole messages, oldest first, for an old heartbeat is worth
// less than a new one.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "hbd/shell/events.h"
#include "hbd/shell/links/link.h"
#include "hbd/wire/netstring.h"

namespace hbd::shell {
namespace {

constexpr std::string_view kBegin = ">>>\n", kEnd = "<<<\n";
constexpr std::size_t kBacklog = 8192;  // bytes of messages that wait; one longer message may wait alone
constexpr int kStuckAfter = 20;         // sends in a row of which the line took nothing: then start afresh
constexpr std::size_t kPerDrain = 65536;

struct Rate {
  int baud;
  speed_t speed;
};
constexpr Rate kRates[] = {{9600, B9600},     {19200, B19200},   {38400, B38400},  {57600, B57600},
                           {115200, B115200}, {230400, B230400}, {460800, B460800}};

class SerialLink final : public Link {
 public:
  explicit SerialLink(io::Fd tty) : tty_(std::move(tty)) {}

  Outcome send(std::string_view bytes) override {
    if (gone_) return {Sent::gone, EIO};
    if (bytes.starts_with(kBegin)) enqueue(bytes);
    return flush();
  }

  std::size_t drain(std::size_t limit, const std::function<void(const Packet&)>& take) override {
    flush();
    std::size_t read_bytes = 0, packets = 0;
    while (read_bytes < kPerDrain && packets < limit) {
      char piece[4096];
      auto n = ::read(tty_.get(), piece, sizeof piece);
      if (n < 0 && errno == EINTR) continue;
      gone_ = n == 0 || (n < 0 && errno != EAGAIN);
      if (n <= 0) break;
      read_bytes += static_cast<std::size_t>(n);
      incoming_.append(piece, static_cast<std::size_t>(n));
      packets += cut(take);
    }
    return packets;
  }

  int descriptor() const override { return tty_.get(); }
  bool gone() const override { return gone_; }

 private:
  void enqueue(std::string_view bytes) {
    // The first one may be half out already: it has to be finished.
    while (waiting_.size() > 1 && backlog() + bytes.size() > kBacklog) waiting_.erase(waiting_.begin() + 1);
    waiting_.emplace_back(bytes);
  }

  std::size_t backlog() const {
    std::size_t sum = 0;
    for (const auto& one : waiting_) sum += one.size();
    return sum;
  }

  Outcome flush() {
    bool moved = false;
    while (!waiting_.empty()) {
      auto& first = waiting_.front();
      auto n = ::write(tty_.get(), first.data(), first.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno != EAGAIN)
        return {errno == EIO || errno == ENXIO || errno == EBADF ? Sent::gone : Sent::not_now, errno};
      if (n <= 0) break;
      moved = true;
      first.erase(0, static_cast<std::size_t>(n));
      if (first.empty()) waiting_.pop_front();
    }
    if (moved || waiting_.empty()) {
      stuck_ = 0;
      return {};
    }
    if (++stuck_ >= kStuckAfter) {
      // No cable, or nobody at its end: whoever comes back must not read what is minutes old.
      stuck_ = 0;
      ::tcflush(tty_.get(), TCOFLUSH);
      auto newest = std::move(waiting_.back());
      bool whole = waiting_.size() > 1;
      waiting_.clear();
      if (whole) waiting_.push_back("\n" + newest);
    }
    return {Sent::not_now, EAGAIN};
  }

  /// Hands out whole messages. Noise before a beginning is dropped, and so is a message that another
  /// beginning cuts off.
  std::size_t cut(const std::function<void(const Packet&)>& take) {
    std::size_t packets = 0;
    for (;;) {
      auto end = incoming_.find("\n" + std::string(kEnd), searched_);
      if (end == std::string::npos) break;
      end += 1 + kEnd.size();
      auto whole = std::string_view(incoming_).substr(0, end);
      auto begin = whole.rfind(kBegin);
      if (begin != std::string_view::npos) {
        take({whole.substr(begin), "tty"});
        ++packets;
      }
      incoming_.erase(0, end);
      searched_ = 0;
    }
    if (incoming_.size() > wire::kMaxMessage) incoming_.clear();
    searched_ = incoming_.size() > kEnd.size() ? incoming_.size() - kEnd.size() : 0;
    return packets;
  }

  io::Fd tty_;
  std::deque<std::string> waiting_;
  std::string incoming_;
  std::size_t searched_ = 0;
  int stuck_ = 0;
  bool gone_ = false;
};

tl::unexpected<base::Error> failed(std::string_view what, const std::string& tty) {
  int error = errno;
  return base::fail(fmt::format("{} {}: {}", what, tty, std::strerror(error)), error);
}

}  // namespace

base::Result<OpenedMedium> open_serial(const model::Serial& m) {
  // Without O_NONBLOCK the opening of a line without carrier would wait for one.
  OpenedMedium out;
  out.kind = LinkKind::serial;
  out.receive.reset(::open(m.tty.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!out.receive) return failed("cannot open", m.tty);
  termios mode{};
  if (::tcgetattr(out.receive.get(), &mode) != 0) return failed("cannot get tty attributes:", m.tty);
  // As Heartbeat sets a line: 8 bits, no parity, hardware flow control, carriage returns ignored. It strips
  // the eighth bit of what it reads; we send none and take what comes.
  mode.c_iflag = IGNCR | IGNBRK;
  mode.c_oflag = 0;
  mode.c_lflag = 0;
  mode.c_cflag = CS8 | CREAD | CLOCAL | CRTSCTS;
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  auto rate =
      std::find_if(std::begin(kRates), std::end(kRates), [&m](const Rate& r) { return r.baud == m.baud; });
  auto speed = rate == std::end(kRates) ? speed_t{B19200} : rate->speed;
  ::cfsetispeed(&mode, speed);
  ::cfsetospeed(&mode, speed);
  if (::tcsetattr(out.receive.get(), TCSANOW, &mode) != 0) return failed("cannot set tty attributes:", m.tty);
  ::tcflush(out.receive.get(), TCIOFLUSH);
  out.send.reset(::fcntl(out.receive.get(), F_DUPFD_CLOEXEC, 0));
  if (!out.send) return failed("cannot open", m.tty);
  out.events = {{kSerialStarted, {{"tty", m.tty}, {"baud", std::to_string(m.baud)}}}};
  return out;
}

std::unique_ptr<Link> make_serial_link(io::Fd tty) {
  return std::make_unique<SerialLink>(std::move(tty));
}

}  // namespace hbd::shell
