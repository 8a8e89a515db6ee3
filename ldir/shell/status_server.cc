// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/status_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/openmetrics.h"
#include "io/unix_server.h"
#include "ldir/core/metrics.h"
#include "ldir/core/page.h"

namespace ldir::shell {
namespace {

/// Some hundred bytes for each real server, of which there may be many thousand.
constexpr std::size_t kMostAnswer = 64 * 1024 * 1024;
constexpr std::string_view kText = "text/plain; charset=utf-8";

struct Word {
  std::string_view word, path;
};
constexpr std::array kWords{Word{kAskText, "/status.txt"}, Word{kAskReasons, "/explain.txt"}, Word{kAskJson, "/status.json"}};

io::HttpLimits limits() {
  io::HttpLimits out;
  out.reply = kMostAnswer;
  return out;
}

}  // namespace

StatusServer::StatusServer(io::Loop& loop, std::string path, Now now)
    : path_(std::move(path)), now_(std::move(now)),
      local_(loop.context(), [this](std::string_view p) { return reply(p); }, limits()),
      tcp_(loop.context(), [this](std::string_view p) { return reply(p); }, limits()) {}

StatusServer::~StatusServer() { ::unlink(path_.c_str()); }

base::Result<std::unique_ptr<StatusServer>> StatusServer::open(io::Loop& loop, const std::string& path, Now now) {
  // One in the foreground must not take the place of the daemon with the same configuration.
  if (io::connect_unix(path)) return base::fail(path + " is another's", EADDRINUSE);
  auto listening = io::listen_unix(path, 0600, static_cast<uid_t>(-1), static_cast<gid_t>(-1));
  if (!listening) return tl::unexpected(listening.error());
  std::unique_ptr<StatusServer> out(new StatusServer(loop, path, std::move(now)));
  out->local_.serve(std::move(*listening));
  return out;
}

base::Result<void> StatusServer::serve_at(const std::optional<base::Endpoint>& address) {
  if (address == address_) return {};
  tcp_.close();
  address_.reset();
  if (!address) return {};
  auto listening = io::listen_loopback(*address);
  if (!listening) return tl::unexpected(listening.error());
  tcp_.serve(std::move(*listening));
  address_ = address;
  return {};
}

std::optional<io::HttpReply> StatusServer::reply(std::string_view path) const {
  if (path == "/status.json") return io::HttpReply{"application/json", core::status_json(now_()), {}};
  if (path == "/metrics") return io::HttpReply{std::string(base::OpenMetrics::kContentType), core::metrics_text(now_()), {}};
  if (path == "/status.txt") return io::HttpReply{std::string(kText), core::status_text(now_(), false), {}};
  if (path == "/explain.txt") return io::HttpReply{std::string(kText), core::status_text(now_(), true), {}};
  if (path != "/") return std::nullopt;
  auto page = core::page(now_());
  return io::HttpReply{"text/html; charset=utf-8", std::move(page.html), {{"Content-Security-Policy", std::move(page.policy)}}};
}

base::Result<std::string> ask_status(const std::string& path, const std::string& what, base::Duration limit) {
  std::string_view page;
  for (const auto& each : kWords)
    if (each.word == what) page = each.path;
  if (page.empty()) return base::fail("nothing is known of " + what);
  auto socket = io::connect_unix(path);
  if (!socket) return tl::unexpected(socket.error());
  timeval wait{static_cast<time_t>(limit / std::chrono::seconds(1)), 0};
  ::setsockopt(socket->get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  auto request = fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", page);
  constexpr std::string_view kGood = "HTTP/1.1 200 ", kHeaderEnd = "\r\n\r\n";
  std::string out;
  auto sent = ::send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL);
  while (sent == static_cast<ssize_t>(request.size()) && out.size() < kMostAnswer + 4096) {
    char buffer[65536];
    auto n = ::recv(socket->get(), buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) {
      const auto end = out.find(kHeaderEnd);
      if (end == out.npos || !out.starts_with(kGood))
        return base::fail(out.empty() ? "it answers nothing" : "it answers " + out.substr(0, out.find('\r')));
      return out.substr(end + kHeaderEnd.size());
    }
    if (n < 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return base::fail(errno == EAGAIN ? "no answer" : std::strerror(errno), errno);
}

}  // namespace ldir::shell
