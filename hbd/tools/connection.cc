// SPDX-License-Identifier: Apache-2.0
#include "hbd/tools/connection.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace hbd::tools {

using wire::Message;

namespace {
// The original library's words; scripts match them.
constexpr const char* kNobody = "hb_api_signon: Can't initiate connection to heartbeat";
constexpr const char* kLost = "connection to heartbeat lost";

tl::unexpected<Failure> fail(Failure::Kind kind, std::string reason) {
  return tl::unexpected<Failure>(Failure{kind, std::move(reason)});
}
}  // namespace

Connection::Connection(std::string socket, std::chrono::milliseconds limit, std::string pid_file)
    : socket_(std::move(socket)), pid_file_(std::move(pid_file)), deadline_(Clock::now() + limit) {}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

bool Connection::wait(short events, Clock::time_point until) const {
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(until, deadline_) - Clock::now()).count();
    if (left <= 0) return false;
    pollfd one{fd_, events, 0};
    int ready = ::poll(&one, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Failure Connection::overdue(Clock::time_point until) const {
  if (until < deadline_) return {Failure::Kind::no_answer, "No timely response."};
  return {Failure::Kind::late, "heartbeat does not answer"};
}

/// The socket's folder is closed to most users, whether or not anybody listens in it.
Failure Connection::unreachable(int error) const {
  pid_t pid = 0;
  if (error != EACCES || !(std::ifstream(pid_file_) >> pid) || pid <= 1) return {Failure::Kind::stopped, kNobody};
  if (::kill(pid, 0) != 0 && errno != EPERM) return {Failure::Kind::stopped, kNobody};
  return {Failure::Kind::refused, std::string(kNobody) + ": only root and group haclient may"};
}

Replies Connection::sign_on() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return fail(Failure::Kind::stopped, kNobody);
  std::memcpy(address.sun_path, socket_.c_str(), socket_.size() + 1);
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return fail(Failure::Kind::stopped, kNobody);
  // A full backlog is a daemon that is alive but busy: try again until the deadline.
  while (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return tl::unexpected<Failure>(unreachable(errno));
    if (Clock::now() >= deadline_) return tl::unexpected<Failure>(overdue(deadline_));
    ::usleep(20'000);
  }
  Message request("hbapi-req");
  request.add("reqtype", "signon").add_number("uid", ::geteuid()).add_number("gid", ::getegid());
  auto replies = converse(std::move(request), deadline_);
  if (!replies && replies.error().kind == Failure::Kind::bad) replies.error().kind = Failure::Kind::refused;
  if (replies) node_ = replies->back().get("node");
  return replies;
}

Replies Connection::ask(const Message& request, std::chrono::milliseconds limit) {
  return converse(request, Clock::now() + limit);
}

Replies Connection::converse(Message request, Clock::time_point until) {
  auto what = std::string(request.get("reqtype"));
  auto pid = std::to_string(::getpid());
  if (!node_.empty()) request.add("dest", node_);
  request.add("pid", pid).add("from_id", pid);
  auto frame = api::encode_frame(request);
  for (std::string_view rest = frame; !rest.empty();) {
    if (!wait(POLLOUT, until)) return tl::unexpected<Failure>(overdue(until));
    auto n = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return fail(Failure::Kind::refused, kLost);
    if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
  }
  std::vector<Message> replies;
  for (;;) {
    while (auto message = reader_.next()) {
      if (!*message) return fail(Failure::Kind::refused, message->error().detail);
      auto& one = **message;
      // Another node's answer about a client comes as a cluster message.
      bool answer = one.type() == "respond-cstatus" && what == "clientstatus";
      if (!answer && (one.type() != "hbapi-resp" || one.get("reqtype") != what)) continue;
      auto result = std::string(one.get("result"));
      if (result == "badreq") return fail(Failure::Kind::bad, std::string(one.get("info")));
      replies.push_back(std::move(one));
      if (result != "ok/more") return replies;
    }
    if (!wait(POLLIN, until)) return tl::unexpected<Failure>(overdue(until));
    char bytes[16384];
    auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return fail(Failure::Kind::refused, kLost);
    if (n > 0) reader_.feed(std::string_view(bytes, static_cast<std::size_t>(n)));
  }
}

}  // namespace hbd::tools
