// SPDX-License-Identifier: Apache-2.0
// Stands in for ha_logd: its socket, and the lines that were said there.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "io/fd.h"

namespace test {

class LogdStandIn {
 public:
  explicit LogdStandIn(std::string path) : path_(std::move(path)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_.get(), 5);
  }
  ~LogdStandIn() { ::unlink(path_.c_str()); }

  /// All that has come by now: "PRIORITY TAG[PID] WEIGHED TEXT".
  std::vector<std::string> lines() {
    if (!client_) client_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    char buffer[65536];
    for (ssize_t got; client_ && (got = ::read(client_.get(), buffer, sizeof buffer)) > 0;) bytes_.append(buffer, got);
    std::vector<std::string> out;
    while (bytes_.size() >= 8 && bytes_.size() >= 8 + std::size_t(number(0))) {
      if (number(4) != 0xabcd) return {"no frame"};
      std::size_t size = number(0);
      auto body = bytes_.substr(8, size);
      bytes_.erase(0, 8 + size);
      auto at = [&](std::size_t offset) { int v; std::memcpy(&v, body.data() + offset, 4); return std::to_string(v); };
      out.push_back(at(8) + " " + (body.c_str() + 24) + "[" + at(20) + "] " + at(16) + " " + (body.c_str() + 24 + 64 + sizeof(long)));
    }
    return out;
  }

 private:
  unsigned number(std::size_t offset) const {
    unsigned v;
    std::memcpy(&v, bytes_.data() + offset, 4);
    return v;
  }
  std::string path_, bytes_;
  io::Fd listener_, client_;
};

}  // namespace test
