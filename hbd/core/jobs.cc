// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/jobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hbd/core/answer.h"
#include "hbd/core/events.h"

namespace hbd::core {

namespace {
using namespace std::chrono_literals;

constexpr auto kStopRetryDelay = 1s;  ///< of the original
constexpr auto kStopStuckDelay = 5s;  ///< after giving up once: it stays "stopping" and is tried again
/// A start that is no longer wanted may end by itself for so long.
constexpr auto kPatienceWithUnwantedStart = 2s;

/// A status that did not come to its end says nothing, so the worst is assumed.
bool may_run(const JobDone& status) {
  const bool no_answer =
      status.end == JobDone::End::timed_out || status.end == JobDone::End::killed_by_signal;
  return no_answer || says_running(status.output);
}

void publish(Desk desk, base::Event event) {
  desk.out.push_back(Publish{std::move(event)});
}
}  // namespace

GroupJobs::GroupJobs(std::uint16_t index, model::ResourceGroup group, int stop_retries)
    : index_(index), group_(std::move(group)), stop_retries_(stop_retries) {}

GroupState GroupJobs::state() const {
  switch (activity_) {
    case Activity::start:
      return GroupState::starting;
    case Activity::sweep:
    case Activity::undo:
    case Activity::stop:
      return GroupState::stopping;
    case Activity::announce:
    case Activity::none:
      return rest_;
  }
  return rest_;
}

std::string GroupJobs::script_line(const Step& step) const {
  if (step.resource >= group_.resources.size()) return {};
  const auto& resource = group_.resources[step.resource];
  std::string out = resource.script;
  for (const auto& arg : resource.args) out += ' ' + arg;
  return out;
}

const std::string& GroupJobs::resource_text(const Step& step) const {
  return group_.resources[std::min<std::size_t>(step.resource, group_.resources.size() - 1)].text;
}

void GroupJobs::sweep(Desk desk) {
  begin(desk, Activity::sweep, sweep_steps(group_));
}

void GroupJobs::announce(Desk desk) {
  if (activity_ == Activity::none && rest_ == GroupState::held)
    begin(desk, Activity::announce, announce_steps(group_));
}

void GroupJobs::want(Desk desk, bool hold) {
  // What follows an undone start is decided when it is known to be undone.
  if (hold && activity_ == Activity::undo) return;
  const bool changed = wanted_ != hold;
  wanted_ = hold;
  if (activity_ == Activity::none) {
    if (hold && rest_ != GroupState::held) {
      publish(desk, {kAcquiring, {{"line", group_.line()}}});
      begin(desk, Activity::start, start_steps(group_));
    } else if (!hold && rest_ == GroupState::held) {
      begin_stop(desk, Activity::stop);
    }
  } else if (changed && !hold && (activity_ == Activity::start || activity_ == Activity::announce)) {
    cancel_at_ = desk.now + kPatienceWithUnwantedStart;
  } else if (changed && hold) {
    cancel_at_ = base::kNever;
  }
}

void GroupJobs::begin(Desk desk, Activity activity, std::vector<Step> steps) {
  activity_ = activity;
  steps_ = std::move(steps);
  at_ = 0;
  attempts_ = 0;
  verifying_ = false;
  retry_at_ = cancel_at_ = base::kNever;
  run(desk);
}

void GroupJobs::begin_stop(Desk desk, Activity activity) {
  publish(desk, {kReleasing, {{"line", group_.line()}}});
  begin(desk, activity, stop_steps(group_));
}

void GroupJobs::run(Desk desk) {
  while (at_ < steps_.size() && steps_[at_].resource >= group_.resources.size()) ++at_;  // haresources shrank
  if (at_ >= steps_.size()) return finish(desk);
  const auto& step = steps_[at_];
  const auto verb = verifying_ ? Verb::status : step.verb;
  if (verb != Verb::status)
    publish(desk, {kRunning, {{"script", script_line(step)}, {"verb", std::string(word(verb))}}});
  job_ = desk.next_id++;
  desk.out.push_back(RunJob{job_, index_, step.resource, verb, time_limit(verb)});
}

void GroupJobs::next(Desk desk) {
  ++at_;
  attempts_ = 0;
  verifying_ = false;
  run(desk);
}

void GroupJobs::report(Desk desk, const JobDone& result, const Step& step) const {
  if (result.end == JobDone::End::timed_out)
    publish(desk, {kTimedOut,
                   {{"script", script_line(step)},
                    {"verb", std::string(word(step.verb))},
                    {"seconds", std::to_string(time_limit(step.verb) / 1s)}}});
  else
    publish(desk, {kReturnCode, {{"code", std::to_string(result.code)}, {"script", script_line(step)}}});
}

bool GroupJobs::done(Desk desk, const JobDone& result) {
  if (job_ == 0 || result.id != job_) return false;
  job_ = 0;
  if (at_ >= steps_.size()) return finish(desk), true;
  const auto step = steps_[at_];
  switch (activity_) {
    case Activity::none:
      break;
    case Activity::sweep:
      if (may_run(result)) {
        // Another node may serve it already: what else of it runs is stopped without being asked first.
        publish(desk, {kNotIdle, {{"resource", resource_text(step)}}});
        begin_stop(desk, Activity::stop);
      } else {
        next(desk);
      }
      break;
    case Activity::start:
      if (!wanted_) {
        if (!untouched() || may_run(result)) return begin_stop(desk, Activity::stop), true;
        activity_ = Activity::none;  // nothing was done, so there is nothing to undo
        rest_ = GroupState::released;
      } else if (step.verb == Verb::status) {
        if (says_running(result.output)) ++at_;  // its start is left out
        next(desk);
      } else if (result.ok()) {
        next(desk);
      } else {
        report(desk, result, step);
        publish(desk, {kGivingUpGroup, {{"resource", resource_text(step)}}});
        wanted_ = false;
        begin_stop(desk, Activity::undo);
      }
      break;
    case Activity::undo:
    case Activity::stop:
      if (verifying_) {
        if (may_run(result)) {
          publish(desk, {kStopFailed, {{"resource", resource_text(step)}}});
          desk.out.push_back(Reboot{resource_text(step) + " can not be stopped"});
          verifying_ = false;
          attempts_ = 0;
          retry_at_ = desk.now + kStopStuckDelay;
        } else {
          publish(desk, {kNotLsb, {{"resource", resource_text(step)}}});
          next(desk);
        }
      } else if (result.ok()) {
        next(desk);
      } else {
        report(desk, result, step);
        stop_failed(desk);
      }
      break;
    case Activity::announce:
      if (!wanted_)
        begin_stop(desk, Activity::stop);
      else
        next(desk);
      break;
  }
  return true;
}

void GroupJobs::stop_failed(Desk desk) {
  if (stop_retries_ <= 0 || attempts_++ < stop_retries_) {
    publish(desk, {kRetryStop, {{"resource", resource_text(steps_[at_])}}});
    retry_at_ = desk.now + kStopRetryDelay;
  } else {
    verifying_ = true;
    run(desk);
  }
}

void GroupJobs::finish(Desk desk) {
  const auto finished = activity_;
  activity_ = Activity::none;
  switch (finished) {
    case Activity::none:
    case Activity::announce:
      break;
    case Activity::sweep:
      rest_ = GroupState::released;
      break;
    case Activity::start:
      rest_ = GroupState::held;
      break;
    case Activity::undo:
      rest_ = GroupState::failed;
      return;
    case Activity::stop:
      rest_ = GroupState::released;
      break;
  }
  want(desk, wanted_);  // it may have changed its mind meanwhile
}

void GroupJobs::tick(Desk desk) {
  if (retry_at_ <= desk.now) {
    retry_at_ = base::kNever;
    run(desk);
  }
  if (cancel_at_ <= desk.now) {
    cancel_at_ = base::kNever;
    if (job_ != 0) desk.out.push_back(CancelJob{job_});
  }
}

base::Mono GroupJobs::next_wake() const {
  return std::min(retry_at_, cancel_at_);
}

std::string GroupJobs::save() const {
  return fmt::format("{} {} {} {} {} {} {} {} {}", static_cast<int>(activity_), static_cast<int>(rest_),
                     int{wanted_}, at_, int{verifying_}, attempts_, job_,
                     retry_at_.time_since_epoch().count(), cancel_at_.time_since_epoch().count());
}

bool GroupJobs::restore(std::string_view text) {
  const auto words = base::words(text);
  if (words.size() != 9) return false;
  std::int64_t number[9];
  for (std::size_t i = 0; i < 9; ++i) {
    auto value = base::parse_number<std::int64_t>(words[i]);
    if (!value) return false;
    number[i] = *value;
  }
  if (number[0] < 0 || number[0] > 5 || number[1] < 0 || number[1] > 4 || number[3] < 0) return false;
  activity_ = static_cast<Activity>(number[0]);
  rest_ = static_cast<GroupState>(number[1]);
  wanted_ = number[2] != 0;
  switch (activity_) {
    case Activity::none:
      steps_.clear();
      break;
    case Activity::sweep:
      steps_ = sweep_steps(group_);
      break;
    case Activity::start:
      steps_ = start_steps(group_);
      break;
    case Activity::undo:
    case Activity::stop:
      steps_ = stop_steps(group_);
      break;
    case Activity::announce:
      steps_ = announce_steps(group_);
      break;
  }
  at_ = static_cast<std::size_t>(number[3]);
  verifying_ = number[4] != 0;
  attempts_ = static_cast<int>(number[5]);
  job_ = static_cast<JobId>(number[6]);
  retry_at_ = base::Mono(base::Duration(number[7]));
  cancel_at_ = base::Mono(base::Duration(number[8]));
  return true;
}

}  // namespace hbd::core
