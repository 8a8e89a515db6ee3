// SPDX-License-Identifier: Apache-2.0
// What has happened since this process began, for those who watch: counts, durations, and the last moments worth
// telling. It hears of every input and effect, and no decision depends on it. Bounded: what grows is named by our own
// configuration and tables, never by what comes from the network.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/event.h"
#include "base/histogram.h"
#include "base/instant.h"
#include "hbd/core/effect.h"
#include "hbd/core/input.h"
#include "hbd/core/snapshot.h"

namespace hbd::core {

class Record {
 public:
  static constexpr std::size_t kMoments = 60;

  enum class Mood : std::uint8_t { good, warn, bad, calm };
  struct Moment {
    base::Wall at{};
    Mood mood = Mood::calm;
    std::string_view event;  ///< its identity: a row of events.h, or "group_" and the state that was reached
    std::string what, why;   ///< a sentence; the reason, or empty
  };

  struct Traffic {
    std::uint64_t received = 0, received_bytes = 0, sent = 0, sent_bytes = 0;
  };

  /// `media`: how many there are; `groups`: their keys, in the order of haresources.
  Record(const std::vector<bool>& is_ping, std::vector<std::string> groups);

  void began(Now now, const std::vector<GroupState>& states);
  void received(const Datagram& packet);
  void sent(const Transmit& packet);
  void published(const base::Event& event, Now now);
  /// `script` as haresources names it.
  void asked(const RunJob& job, std::string_view script, Now now);
  void done(const JobDone& result, bool said_running, Now now);
  /// The state of a group after a step; only a change counts.
  void state(std::size_t group, GroupState state, const std::string& reason, Now now);

  base::Wall start() const { return start_; }
  const std::vector<Traffic>& media() const { return media_; }            ///< by LinkId
  const std::map<std::string_view, std::uint64_t>& events() const { return events_; }  ///< by identity
  /// By script, verb and result: ok failed killed timed_out could_not_run; of status running stopped.
  const std::map<std::tuple<std::string, std::string_view, std::string_view>, std::uint64_t>& jobs() const { return jobs_; }
  const std::map<std::string_view, base::Histogram>& job_times() const { return job_times_; }  ///< by verb
  /// By what a group went through (acquire, release) and how that ended: ok, failed, called_off.
  const std::map<std::pair<std::string_view, std::string_view>, base::Histogram>& transitions() const { return transitions_; }
  base::Wall since(std::size_t group) const { return groups_[group].since; }
  const std::deque<Moment>& moments() const { return moments_; }  ///< oldest first

 private:
  struct Group {
    std::string key;
    GroupState state = GroupState::released;
    base::Wall since{};
    base::Mono began = base::kNever;  ///< of what is under way
    bool acquiring = false;
  };
  struct Job {
    std::string script;
    Verb verb = Verb::status;
    base::Mono began{};
  };

  void ended(Group& group, std::string_view result, const std::string& reason, Now now);
  void tell(Moment moment);

  base::Wall start_{};
  std::vector<bool> is_ping_;
  std::vector<Traffic> media_;
  std::vector<Group> groups_;
  std::map<std::string_view, std::uint64_t> events_;
  std::map<JobId, Job> running_;
  std::map<std::tuple<std::string, std::string_view, std::string_view>, std::uint64_t> jobs_;
  std::map<std::string_view, base::Histogram> job_times_;
  std::map<std::pair<std::string_view, std::string_view>, base::Histogram> transitions_;
  std::deque<Moment> moments_;
};

std::string_view word(GroupState state);
std::string_view word(Record::Mood mood);
/// "0.3 s", "12 s", "3 min": for a sentence.
std::string in_words(base::Duration d);

}  // namespace hbd::core
