// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/status_server.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ldir::shell {
namespace {

constexpr std::size_t kMostClients = 16, kLongestWord = 64, kMostUnsent = 64 * 1024 * 1024;
/// Some hundred bytes for each real server, of which there may be many thousand.
constexpr std::size_t kMostAnswer = kMostUnsent + 64 * 1024 * 1024;

}  // namespace

base::Result<std::unique_ptr<StatusServer>> StatusServer::open(io::Loop& loop, const std::string& path,
                                                               Now now) {
  // One in the foreground must not take the place of the daemon with the same configuration.
  if (io::connect_unix(path)) return base::fail(path + " is another's", EADDRINUSE);
  auto listening = io::listen_unix(path, 0600, static_cast<uid_t>(-1), static_cast<gid_t>(-1));
  if (!listening) return tl::unexpected(listening.error());
  std::unique_ptr<StatusServer> out(new StatusServer(std::move(now)));
  out->server_ = io::UnixServer::adopt(
      loop.context(), std::move(*listening),
      [self = out.get()](std::unique_ptr<io::UnixConnection> c) { self->accept(std::move(c)); }, kMostUnsent);
  return out;
}

void StatusServer::accept(std::unique_ptr<io::UnixConnection> connection) {
  if (clients_.size() >= kMostClients) clients_.erase(clients_.begin());
  auto id = next_++;
  auto& client = clients_[id];
  client.connection = std::move(connection);
  client.connection->start(
      [this, id](std::string_view bytes) {
        auto it = clients_.find(id);
        if (it == clients_.end()) return;
        auto& [socket, asked] = it->second;
        const bool answered = asked.find('\n') != asked.npos;
        asked += bytes.substr(0, kLongestWord);
        auto end = asked.find('\n');
        if (answered) return;
        if (end != asked.npos) return answer(*socket, std::string_view(asked).substr(0, end));
        if (asked.size() >= kLongestWord) clients_.erase(it);
      },
      [this, id] { clients_.erase(id); });
}

void StatusServer::answer(io::UnixConnection& connection, std::string_view word) {
  auto status = now_();
  if (word == kAskJson)
    connection.send(core::status_json(status));
  else if (word == kAskReasons)
    connection.send(core::status_text(status, true));
  else if (word == kAskText)
    connection.send(core::status_text(status, false));
  connection.finish();
}

base::Result<std::string> ask_status(const std::string& path, const std::string& word, base::Duration limit) {
  auto socket = io::connect_unix(path);
  if (!socket) return tl::unexpected(socket.error());
  timeval wait{static_cast<time_t>(limit / std::chrono::seconds(1)), 0};
  ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  auto line = word + "\n";
  std::string out;
  auto sent = ::send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL);
  while (sent == static_cast<ssize_t>(line.size()) && out.size() < kMostAnswer) {
    char buffer[65536];
    auto n = ::recv(socket->get(), buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) return out;
    if (n < 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return base::fail(errno == EAGAIN ? "no answer" : std::strerror(errno), errno);
}

}  // namespace ldir::shell
