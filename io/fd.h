// SPDX-License-Identifier: Apache-2.0
// A file descriptor that closes itself. Everything opened in this project is close-on-exec.
#pragma once

#include <utility>

namespace io {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// Both ends close-on-exec and blocking; false leaves errno.
bool make_pipe(Fd& read_end, Fd& write_end);
void set_nonblocking(int fd);

}  // namespace io
