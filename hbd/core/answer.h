// SPDX-License-Identifier: Apache-2.0
// What the answer of a script to `status` means. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hbd/core/input.h"

namespace hbd::core {

/// The historic rule of ResourceManager: only the text of `status` counts, never its exit code. It decides whether a
/// start is left out, and what is left over when a generation begins.
bool says_running(std::string_view status_output);

/// Where nothing may be guessed: is it certain that the resource runs, or that it does not?
enum class Answer : std::uint8_t {
  running,
  partly,    ///< "partly running", as a script of several parts says: a start brings the rest
  stopped,   ///< in words: "stopped" or "not running", and nothing else of it is said to run
  quiet,     ///< no words, but an exit code that means it: 3 of LSB, 7 of OCF (or of a script that knows no `status`)
  unclear,   ///< an error, a contradiction, nothing at all
  missing,   ///< there is no such script, or it can not be run
  cut_short  ///< it did not come to its end
};
Answer answer_of(const JobDone& status);

/// Reads what a script prints, however long, and keeps what answer_of() and says_running() look at.
class StatusReader {
 public:
  void add(std::string_view bytes);
  /// A short text that means the same as all that was read.
  std::string words() const;

 private:
  friend Answer answer_of(const JobDone& status);
  friend bool says_running(std::string_view status_output);

  std::string tail_;             ///< the end of what was read: a word may be in two pieces
  std::uint64_t read_ = 0;       ///< bytes
  std::optional<std::uint64_t> after_not_;  ///< where the first "not " ends
  bool running_ = false;         ///< anywhere
  bool after_negation_ = false;  ///< "not " and, anywhere after it, "running"
  bool plain_ = false;           ///< "running" without "not" right before it
  bool partly_ = false;          ///< "partly running"
  bool not_running_ = false;     ///< "not running", "not yet running"
  bool ok_ = false;
  bool stopped_ = false;
};

}  // namespace hbd::core
