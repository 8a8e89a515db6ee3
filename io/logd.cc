// SPDX-License-Identifier: Apache-2.0
#include "io/logd.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>

#include "io/clock.h"

namespace io {

LogdChannel::LogdChannel(std::string path, base::Duration retry, std::size_t room)
    : path_(std::move(path)), retry_(retry), room_(room) {}

bool LogdChannel::reach() {
  if (fd_) return true;
  auto now = now_mono();
  if (now < next_try_) return false;
  next_try_ = now + retry_;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) return false;
  path_.copy(address.sun_path, path_.size());
  // Of one that is stopped the queue of connections may be full: EAGAIN, and it counts as away.
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
  fd_ = std::move(fd);
  if (!kept_.empty()) kept_.front().sent = 0;  // half of it went to one that is no more
  return true;
}

void LogdChannel::pump() {
  while (fd_ && !kept_.empty()) {
    auto& first = kept_.front();
    auto done = ::send(fd_.get(), first.frame.data() + first.sent, first.frame.size() - first.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (done < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) fd_.reset();
      return;
    }
    first.sent += static_cast<std::size_t>(done);
    if (first.sent < first.frame.size()) continue;
    bytes_ -= first.frame.size();
    kept_.pop_front();
  }
}

LogdChannel::Answer LogdChannel::offer(const LogRecord& record, std::string frame) {
  if (!reach()) return Answer::away;
  pump();
  if (!fd_) return Answer::away;
  if (bytes_ + frame.size() > room_) return Answer::full;
  bytes_ += frame.size();
  kept_.push_back({record, std::move(frame)});
  pump();
  if (fd_) return Answer::taken;
  kept_.pop_back();  // the caller still has it
  return Answer::away;
}

std::vector<LogRecord> LogdChannel::give_back() {
  std::vector<LogRecord> out;
  for (auto& kept : kept_) out.push_back(std::move(kept.record));
  kept_.clear();
  bytes_ = 0;
  fd_.reset();  // half a frame may be on its way
  return out;
}

}  // namespace io
