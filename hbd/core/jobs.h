// SPDX-License-Identifier: Apache-2.0
// Brings one group of haresources to where it is wanted, one script at a time: skips what runs already,
// asks what it has started whether it runs, undoes a start that failed, repeats a stop that failed. A group whose stop
// does not succeed is never called released, so that no other node takes it. Where ha.cf asks for it, what is held is
// asked from time to time whether it still runs, and started again when it does not. Pure: emits RunJob, hears JobDone and the
// time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hbd/core/answer.h"
#include "hbd/core/effect.h"
#include "hbd/core/time_limits.h"
#include "hbd/core/plan.h"
#include "hbd/core/snapshot.h"

namespace hbd::core {

/// What GroupJobs writes to: the effects of this step, and the numbering of jobs.
struct Desk {
  base::Mono now;
  JobId& next_id;
  Effects& out;
};

class GroupJobs {
 public:
  /// `stop_retries`: after a stop that failed; 0 or less: for ever, and never a reboot.
  GroupJobs(std::uint16_t index, model::ResourceGroup group, int stop_retries = kStopRetries, Limits limits = {});
  static constexpr int kStopRetries = 10;  ///< HA_STOPRETRYMAX of the original: 11 attempts

  /// A new generation knows nothing of what its forerunner left running: look, and stop it.
  void sweep(Desk desk);
  void want(Desk desk, bool hold);
  /// While held: tell the network once more where the addresses live.
  void announce(Desk desk);
  /// True when the job was one of this group.
  bool done(Desk desk, const JobDone& result);
  void tick(Desk desk);
  base::Mono next_wake() const;

  GroupState state() const;
  /// Starting, and its first `status` is not answered yet.
  bool asks_first() const { return activity_ == Activity::start && at_ == 0; }
  /// And it was not here before: what is started again because it has stopped by itself has never been let go of.
  bool untouched() const { return asks_first() && !again_; }
  bool awaits(JobId id) const { return job_ != 0 && job_ == id; }
  /// How often it was found still running after all the attempts of its stop.
  int stuck() const { return stuck_; }
  /// Nothing is being changed, nor waits to be.
  bool at_rest() const { return activity_ == Activity::none || activity_ == Activity::watch; }
  const model::ResourceGroup& group() const { return group_; }
  void replace(model::ResourceGroup group);
  /// What its scripts leave open about a group that is held, for the operator; empty: nothing.
  std::string remark() const;

  /// Of save(): never with another number of blanks.
  static constexpr int kSavedWords = 10;
  std::string save() const;
  bool restore(std::string_view text);

 private:
  /// watch: one that is held is asked whether it still runs; restart: it did not, and all is stopped to be started again.
  enum class Activity : std::uint8_t { none, sweep, start, undo, stop, announce, watch, restart };
  /// What is known of one resource here.
  struct Known {
    bool ran = false;    ///< its start succeeded, or its status said running; until it is stopped
    bool spoke = false;  ///< its status has said "running" or "stopped" in words
    bool mute = false;   ///< its status did not say so when it had been started
    bool fresh = false;  ///< started by what goes on just now
    base::Mono ask_at = base::kNever;  ///< whether it still runs; kNever: not planned yet
    bool operator==(const Known&) const = default;
  };

  void begin(Desk desk, Activity activity, std::vector<Step> steps);
  void begin_stop(Desk desk, Activity activity);
  void run(Desk desk);
  void next(Desk desk);
  void finish(Desk desk);
  void stop_failed(Desk desk, const JobDone& result);
  void give_up(Desk desk, const Step& step);
  void prove(Desk desk, const Step& step, const JobDone& result);
  bool denies(Desk desk, const JobDone& result);
  void look_at_resources();
  void plan_watch(base::Mono now);
  void watch(Desk desk);
  void fell(Desk desk, const Step& step);
  void learn(const Step& step, const JobDone& result);
  bool still_runs(Desk desk, const Step& step, const JobDone& result);
  Known& known(const Step& step);
  void seat(const std::vector<std::string>& marks, const std::vector<Known>& known);
  std::vector<Step> steps_of(Activity activity) const;
  base::Millis limit(const Step& step, Verb verb) const;
  void report(Desk desk, const JobDone& result, const Step& step) const;
  std::string script_line(const Step& step) const;
  const std::string& resource_text(const Step& step) const;

  std::uint16_t index_;
  model::ResourceGroup group_;
  int stop_retries_;
  Limits limits_;
  std::vector<base::Millis> every_;  ///< of each resource: how often it is asked whether it still runs; 0 = never
  std::vector<std::string> marks_;  ///< which resource each is, in a memento: written with every step, so made once
  std::vector<Known> known_;  ///< of each resource
  Known gone_;                ///< of one that haresources does not have any more
  bool wanted_ = false;
  GroupState rest_ = GroupState::released;
  Activity activity_ = Activity::none;
  std::vector<Step> steps_;
  std::size_t at_ = 0;
  bool verifying_ = false;  ///< a stop failed too often: its status is asked
  int attempts_ = 0;
  int stuck_ = 0;
  JobId job_ = 0;  ///< in flight; 0 = none
  base::Mono retry_at_ = base::kNever;
  base::Mono cancel_at_ = base::kNever;
  bool again_ = false;  ///< from the moment when it stopped by itself until it is started again, or let go of
  bool announce_due_ = false;  ///< asked for while another was asked whether it runs
  base::Mono fell_at_ = base::kNever;  ///< its last restart
};

}  // namespace hbd::core
