// SPDX-License-Identifier: Apache-2.0
// The memento of the core in shared memory (a sealed memfd): written by the child in two alternating slots, each with
// a number and a digest, so that a child killed in the middle of a write leaves the previous memento readable. Whoever
// holds the descriptor can read it after everybody else has died. Read and written by pread/pwrite, never mapped: a
// hostile writer cannot make the reader fault.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "io/fd.h"

namespace hbd::shell {

class Memory {
 public:
  static constexpr std::size_t kMaxMemento = 512 * 1024;
  static base::Result<Memory> create();
  explicit Memory(io::Fd fd);  ///< one that was handed to us
  /// False when it is too large; then the previous one stays.
  bool store(const std::string& memento);
  /// The newest complete one, or empty.
  std::string load() const;
  int descriptor() const { return fd_.get(); }

 private:
  io::Fd fd_;
  std::uint64_t number_ = 0;
};

}  // namespace hbd::shell
