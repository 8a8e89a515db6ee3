// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/answer.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace hbd::core {

namespace {

constexpr std::string_view kRunning = "running";
constexpr std::string_view kNot = "not ";
/// Longer than the longest that is looked at as one piece: "not", a word, "running".
constexpr std::size_t kTail = 64;
/// Exit codes of `status`: LSB 5.0, "not running" and "unknown"; OCF_NOT_RUNNING of the OCF resource agent API.
constexpr int kLsbStopped = 3, kLsbUnknown = 4, kOcfStopped = 7;

/// The words before it in the same line.
std::vector<std::string_view> words_before(std::string_view before) {
  return base::words(before.substr(before.rfind('\n') + 1));
}

/// "not", with at most one word after it.
bool negated(const std::vector<std::string_view>& words) {
  const auto is_not = [&](std::size_t from_end) {
    return words.size() >= from_end && base::iequals(words[words.size() - from_end], "not");
  };
  if (is_not(1)) return true;
  return is_not(2) && std::all_of(words.back().begin(), words.back().end(),
                                  [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
}

}  // namespace

void StatusReader::add(std::string_view bytes) {
  const auto known = tail_.size();
  const auto begin = read_ - known;  // of `text` in all that was read
  const auto text = tail_ + std::string(bytes);
  read_ += bytes.size();
  const auto lower = base::to_lower(text);
  if (!after_not_)
    if (const auto at = lower.find(kNot); at != std::string::npos) after_not_ = begin + at + kNot.size();
  for (auto at = lower.find(kRunning); at != std::string::npos; at = lower.find(kRunning, at + 1)) {
    if (at + kRunning.size() <= known || text.compare(at + 1, kRunning.size() - 1, kRunning.substr(1)) != 0) continue;
    running_ = true;
    if (after_not_ && begin + at >= *after_not_) after_negation_ = true;
    const auto before = words_before(std::string_view(text).substr(0, at));
    (negated(before) ? not_running_ : plain_) = true;
    partly_ = partly_ || (!before.empty() && base::iequals(before.back(), "partly"));
  }
  ok_ = ok_ || text.find("OK") != std::string::npos;
  stopped_ = stopped_ || lower.find("stopped") != std::string::npos;
  tail_ = text.substr(text.size() - std::min(text.size(), kTail));
}

std::string StatusReader::words() const {
  std::string out;
  const std::string_view running = partly_ ? "partly running\n" : "running\n";
  if (running_ && !after_negation_) out += running;
  if (not_running_) out += "not running\n";
  if (after_negation_ && (plain_ || partly_)) out += std::string("not ... ") + std::string(running);
  if (after_not_ && !after_negation_) out += "not \n";
  if (ok_) out += "OK\n";
  if (stopped_) out += "stopped\n";
  return out;
}

// Reference 5.3: not running if *[Nn][Oo][Tt] *[Rr]unning* matches, else running if *[Rr]unning* or *OK*
// does.
bool says_running(std::string_view output) {
  StatusReader reader;
  reader.add(output);
  return !reader.after_negation_ && (reader.running_ || reader.ok_);
}

Answer answer_of(const JobDone& status) {
  switch (status.end) {
    case JobDone::End::could_not_run:
      return Answer::missing;
    case JobDone::End::timed_out:
    case JobDone::End::killed_by_signal:
      return Answer::cut_short;
    case JobDone::End::exited:
      break;
  }
  StatusReader said;
  said.add(status.output);
  if (said.partly_) return Answer::partly;
  if (says_running(status.output)) return Answer::running;
  if (said.plain_) return Answer::unclear;  // of several parts one runs, another does not; or "could not stop, still running"
  if (status.code == kLsbUnknown) return Answer::unclear;
  if (said.not_running_ || (said.stopped_ && !said.after_not_)) return Answer::stopped;
  return status.code == kLsbStopped || status.code == kOcfStopped ? Answer::quiet : Answer::unclear;
}

}  // namespace hbd::core
