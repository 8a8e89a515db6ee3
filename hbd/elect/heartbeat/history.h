// SPDX-License-Identifier: Apache-2.0
// The messages we sent last, for peers that ask for one again. Bounded in number and in bytes: the oldest leave first.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/instant.h"
#include "hbd/wire/message.h"

namespace hbd::elect::heartbeat {

class History {
 public:
  static constexpr std::size_t kMaxMessages = 500;            ///< MAXMSGHIST of the original
  static constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;
  static constexpr base::Millis kResendInterval{240};         ///< one packet goes out again at most this often
  static constexpr base::Millis kMinAge{2500};                ///< acknowledged messages stay this long
  static constexpr std::size_t kLastWords = 8;                ///< so many of them,
  static constexpr std::size_t kLastWordBytes = 1024;         ///< of so many bytes each,
  static constexpr base::Seconds kLastWordAge{30};            ///< and this old at most

  struct Entry {
    std::uint64_t sequence;
    wire::Message message;
    base::Mono sent;
    base::Mono resent;  ///< last time it went out, first time included
    std::size_t bytes;
  };

  /// `sequence` is higher than all before.
  void add(std::uint64_t sequence, const wire::Message& message, base::Mono now);
  /// Null when it is gone or never was.
  Entry* find(std::uint64_t sequence);
  /// The newest that are worth keeping beyond the life of this process: no status, short, and young; oldest first.
  std::vector<const Entry*> last_words(base::Mono now) const;
  /// Frees what every live peer has acknowledged and is old enough.
  void forget_through(std::uint64_t sequence, base::Mono now);
  std::size_t size() const { return entries_.size(); }

 private:
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace hbd::elect::heartbeat
