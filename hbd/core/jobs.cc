// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/digest.h"
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

/// A proof that is no longer wanted may end by itself for so long: to be asked harms nobody, nor to be killed then.
constexpr auto kPatienceWithUnwantedProof = 100ms;
/// Some programs run only a while after their script has ended, and say "stopped" until then.
constexpr auto kProofDelay = 1s;
constexpr int kProofs = 5;
/// Who stops by itself once more within this time is given up here, so that the other node tries.
constexpr auto kRelapse = 10min;
/// A stop that is killed because it took too long has had its chance more than one that failed at once.
constexpr int kKilledStopCounts = 5;

/// What a status that is not clear did, for a sentence.
std::string what_it_did(const JobDone& status) {
  switch (answer_of(status)) {
    case Answer::cut_short:
      return "did not answer in time";
    case Answer::missing:
      return "can not be asked";
    case Answer::quiet:
      return fmt::format("prints nothing that counts (exit code {})", status.code);
    case Answer::partly:
      return "says that it runs in part";
    case Answer::running:
    case Answer::stopped:
    case Answer::unclear:
      break;
  }
  return fmt::format("says neither that it is running nor that it is stopped (exit code {})", status.code);
}

/// A status that did not come to its end says nothing, so the worst is assumed.
bool may_run(const JobDone& status) {
  const bool no_answer =
      status.end == JobDone::End::timed_out || status.end == JobDone::End::killed_by_signal;
  return no_answer || says_running(status.output);
}

void publish(Desk desk, base::Event event) {
  desk.out.push_back(Publish{std::move(event)});
}

/// The place of a resource that haresources does not have any more.
constexpr std::uint16_t kGone = 0xffff;
constexpr std::size_t kMark = 8;

/// Which resources they are, kMark characters each, whatever their order.
std::vector<std::string> marks_of(const model::ResourceGroup& group) {
  std::vector<std::string> out;
  for (const auto& resource : group.resources) out.push_back(fmt::format("{:08x}", base::crc32_msb(resource.text)));
  return out;
}

/// Where each of `before` is among `now`; of several that are the same the first is the first.
std::vector<std::uint16_t> places(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  std::vector<bool> taken(now.size());
  std::vector<std::uint16_t> out;
  for (const auto& mark : before) {
    out.push_back(kGone);
    for (std::size_t i = 0; i < now.size() && out.back() == kGone; ++i)
      if (!taken[i] && now[i] == mark) taken[i] = true, out.back() = static_cast<std::uint16_t>(i);
  }
  return out;
}

/// The letter of a step in a memento.
char letter_of(const Step& step) {
  return step.proof ? 'p' : step.verb == Verb::status ? 's' : step.verb == Verb::start ? 'a' : 'o';
}

/// "0s0a1s": the place of a resource, and what is done to it.
std::optional<std::vector<Step>> steps_from(std::string_view text) {
  std::vector<Step> out;
  while (!text.empty()) {
    const auto end = text.find_first_of("psao");
    if (end == std::string_view::npos) return std::nullopt;
    const auto resource = base::parse_number<std::uint16_t>(text.substr(0, end));
    if (!resource) return std::nullopt;
    const auto letter = text[end];
    out.push_back({*resource, letter == 'a' ? Verb::start : letter == 'o' ? Verb::stop : Verb::status, letter == 'p'});
    text.remove_prefix(end + 1);
  }
  return out;
}
}  // namespace

GroupJobs::GroupJobs(std::uint16_t index, model::ResourceGroup group, int stop_retries, Limits limits)
    : index_(index),
      group_(std::move(group)),
      stop_retries_(stop_retries),
      limits_(std::move(limits)),
      known_(group_.resources.size()) {
  look_at_resources();
}

void GroupJobs::look_at_resources() {
  every_.clear();
  for (const auto& resource : group_.resources)
    every_.push_back(runs_while_held(resource) ? limits_.every(resource) : base::Millis{});
  marks_ = marks_of(group_);
}

void GroupJobs::replace(model::ResourceGroup group) {
  const auto before = marks_;
  const auto known = known_;
  group_ = std::move(group);
  look_at_resources();
  seat(before, known);
}

/// What was known of resources, and what goes on with them, is that of the same resources in the group as it is now.
void GroupJobs::seat(const std::vector<std::string>& marks, const std::vector<Known>& known) {
  const auto place = places(marks, marks_);
  known_.assign(group_.resources.size(), {});
  for (std::size_t i = 0; i < place.size(); ++i)
    if (place[i] != kGone) known_[place[i]] = known[i];
  for (auto& step : steps_) step.resource = step.resource < place.size() ? place[step.resource] : kGone;
}

std::string GroupJobs::remark() const {
  if (state() != GroupState::held) return {};
  std::string names;
  for (std::size_t i = 0; i < known_.size(); ++i)
    if (known_[i].ran && known_[i].mute) names += (names.empty() ? "" : ", ") + group_.resources[i].text;
  return names.empty() ? names : "started, but their status does not say whether they run: " + names;
}

GroupJobs::Known& GroupJobs::known(const Step& step) {
  if (step.resource < known_.size()) return known_[step.resource];
  return gone_ = {};
}

base::Millis GroupJobs::limit(const Step& step, Verb verb) const {
  return limits_.of(group_.resources[std::min<std::size_t>(step.resource, group_.resources.size() - 1)], verb);
}

GroupState GroupJobs::state() const {
  switch (activity_) {
    case Activity::start:
      return GroupState::starting;
    case Activity::restart:
      // It stays here: nobody is to take it meanwhile, unless it can not be stopped.
      return wanted_ && stuck_ == 0 ? GroupState::starting : GroupState::stopping;
    case Activity::sweep:
    case Activity::undo:
    case Activity::stop:
      return GroupState::stopping;
    case Activity::announce:
    case Activity::watch:
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
  static const std::string gone = "what is not in haresources any more";
  return step.resource < group_.resources.size() ? group_.resources[step.resource].text : gone;
}

void GroupJobs::sweep(Desk desk) {
  begin(desk, Activity::sweep, steps_of(Activity::sweep));
}

void GroupJobs::announce(Desk desk) {
  if (activity_ == Activity::none && rest_ == GroupState::held)
    begin(desk, Activity::announce, steps_of(Activity::announce));
  else if (activity_ == Activity::watch)
    announce_due_ = true;
}

void GroupJobs::want(Desk desk, bool hold) {
  // What follows an undone start is decided when it is known to be undone.
  if (hold && activity_ == Activity::undo) return;
  const bool changed = wanted_ != hold;
  wanted_ = hold;
  again_ = again_ && hold;
  if (activity_ == Activity::none) {
    if (hold && rest_ != GroupState::held) {
      publish(desk, {kAcquiring, {{"line", group_.line()}}});
      begin(desk, Activity::start, steps_of(Activity::start));
    } else if (!hold && rest_ == GroupState::held) {
      begin_stop(desk, Activity::stop);
    }
  } else if (changed && !hold && (activity_ == Activity::start || activity_ == Activity::watch) && job_ == 0) {
    begin_stop(desk, Activity::stop);  // it would be asked once more whether it runs
  } else if (changed && !hold &&
             (activity_ == Activity::start || activity_ == Activity::announce || activity_ == Activity::watch)) {
    const bool proof = activity_ == Activity::watch || (at_ < steps_.size() && steps_[at_].proof);
    cancel_at_ = desk.now + (proof ? base::Duration(kPatienceWithUnwantedProof) : kPatienceWithUnwantedStart);
  } else if (changed && hold) {
    cancel_at_ = base::kNever;
  }
}

void GroupJobs::begin(Desk desk, Activity activity, std::vector<Step> steps) {
  activity_ = activity;
  steps_ = std::move(steps);
  at_ = 0;
  attempts_ = stuck_ = 0;
  verifying_ = false;
  retry_at_ = cancel_at_ = base::kNever;
  for (auto& one : known_) one.fresh = false;
  run(desk);
}

void GroupJobs::begin_stop(Desk desk, Activity activity) {
  announce_due_ = again_ = false;
  publish(desk, {kReleasing, {{"line", group_.line()}}});
  begin(desk, activity, steps_of(activity));
}

void GroupJobs::run(Desk desk) {
  // What haresources does not have any more is left out, and the proof of what ran before.
  while (at_ < steps_.size() &&
         (steps_[at_].resource >= group_.resources.size() || (steps_[at_].proof && !known(steps_[at_]).fresh)))
    ++at_;
  if (at_ >= steps_.size()) return finish(desk);
  const auto& step = steps_[at_];
  const auto verb = verifying_ ? Verb::status : step.verb;
  if (verb != Verb::status)
    publish(desk, {kRunning, {{"script", script_line(step)}, {"verb", std::string(word(verb))}}});
  job_ = desk.next_id++;
  desk.out.push_back(RunJob{job_, index_, step.resource, verb, limit(step, verb)});
}

void GroupJobs::next(Desk desk) {
  ++at_;
  attempts_ = stuck_ = 0;
  verifying_ = false;
  run(desk);
}

void GroupJobs::report(Desk desk, const JobDone& result, const Step& step) const {
  if (result.end == JobDone::End::timed_out)
    publish(desk, {kTimedOut,
                   {{"script", script_line(step)},
                    {"verb", std::string(word(step.verb))},
                    {"seconds", std::to_string(limit(step, step.verb) / 1s)},
                    {"word", Limits::word_for(group_.resources[std::min<std::size_t>(step.resource, group_.resources.size() - 1)],
                                              step.verb)}}});
  else
    publish(desk, {kReturnCode, {{"code", std::to_string(result.code)}, {"script", script_line(step)}}});
}

void GroupJobs::learn(const Step& step, const JobDone& result) {
  auto& it = known(step);
  if (verifying_ || step.verb == Verb::status) {
    const auto answer = answer_of(result);
    if (answer == Answer::running || answer == Answer::partly || answer == Answer::stopped) it.spoke = true;
    if (answer == Answer::running || answer == Answer::partly) it.ran = true;
    if (answer == Answer::running) it.mute = false;
  } else if (result.ok() && activity_ != Activity::announce) {
    it.ran = it.fresh = step.verb == Verb::start;
  }
}

/// After a stop that failed for good: is it certain that the resource does not run here any more?
bool GroupJobs::still_runs(Desk desk, const Step& step, const JobDone& result) {
  const auto& it = known(step);
  bool runs = true;
  switch (answer_of(result)) {
    case Answer::running:
    case Answer::partly:
      return true;
    case Answer::stopped:
      return false;
    case Answer::cut_short:
      break;
    case Answer::quiet:
      runs = it.ran && it.mute;  // its exit code was the same when it ran
      break;
    case Answer::unclear:
      // A script that has never had a word to say, of what was never started here: its stop fails because there is
      // nothing to stop, as that of many a script does.
      runs = it.ran || it.spoke;
      break;
    case Answer::missing:
      runs = it.ran;
      break;
  }
  if (runs) publish(desk, {kStopUnclear, {{"resource", resource_text(step)}, {"said", what_it_did(result)}}});
  return runs;
}

void GroupJobs::give_up(Desk desk, const Step& step) {
  publish(desk, {kGivingUpGroup, {{"resource", resource_text(step)}}});
  wanted_ = false;
  begin_stop(desk, Activity::undo);
}

/// It was started. Only a clear "stopped" is believed against that, and only when it is said again and again; until then
/// it is asked again.
bool GroupJobs::denies(Desk desk, const JobDone& result) {
  if (answer_of(result) != Answer::stopped) return false;
  if (++attempts_ < kProofs) retry_at_ = desk.now + kProofDelay;
  return true;
}

/// Its start has succeeded.
void GroupJobs::prove(Desk desk, const Step& step, const JobDone& result) {
  const auto answer = answer_of(result);
  if (denies(desk, result)) {
    if (attempts_ < kProofs) return;
    publish(desk, {kNotRunning, {{"script", script_line(step)}}});
    return give_up(desk, step);
  }
  if (answer != Answer::running && !std::exchange(known(step).mute, true))
    publish(desk, {kUnproven, {{"script", script_line(step)}, {"said", what_it_did(result)}}});
  next(desk);
}

/// All that was started: who does not answer clearly now may do so later.
void GroupJobs::plan_watch(base::Mono now) {
  for (std::size_t i = 0; i < known_.size(); ++i) {
    auto& it = known_[i];
    const auto every = i < every_.size() ? every_[i] : base::Millis{};
    if (rest_ != GroupState::held || every == 0ms || !it.ran)
      it.ask_at = base::kNever;
    else if (it.ask_at == base::kNever)
      it.ask_at = now + every;
  }
}

void GroupJobs::watch(Desk desk) {
  if (activity_ != Activity::none) return;
  plan_watch(desk.now);
  const auto next = std::min_element(known_.begin(), known_.end(),
                                     [](const Known& a, const Known& b) { return a.ask_at < b.ask_at; });
  if (next == known_.end() || next->ask_at > desk.now) return;
  const auto index = static_cast<std::uint16_t>(next - known_.begin());
  next->ask_at = desk.now + every_[index];
  begin(desk, Activity::watch, {{index, Verb::status}});
}

void GroupJobs::fell(Desk desk, const Step& step) {
  if (fell_at_ != base::kNever && desk.now - fell_at_ < kRelapse) {
    publish(desk, {kFellAgain, {{"resource", resource_text(step)}, {"seconds", std::to_string((desk.now - fell_at_) / 1s)}}});
    return give_up(desk, step);
  }
  fell_at_ = desk.now;
  publish(desk, {kFell, {{"resource", resource_text(step)}}});
  begin_stop(desk, Activity::restart);
  again_ = true;
}

bool GroupJobs::done(Desk desk, const JobDone& result) {
  if (job_ == 0 || result.id != job_) return false;
  job_ = 0;
  if (at_ >= steps_.size()) return finish(desk), true;
  const auto step = steps_[at_];
  learn(step, result);
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
        if (!asks_first() || may_run(result)) return begin_stop(desk, Activity::stop), true;
        activity_ = Activity::none;  // nothing was done, so there is nothing to undo
        rest_ = GroupState::released;
      } else if (step.proof) {
        prove(desk, step, result);
      } else if (step.verb == Verb::status) {
        if (says_running(result.output) && answer_of(result) != Answer::partly) ++at_;  // its start is left out
        next(desk);
      } else if (result.ok()) {
        next(desk);
      } else {
        report(desk, result, step);
        give_up(desk, step);
      }
      break;
    case Activity::undo:
    case Activity::stop:
    case Activity::restart:
      if (verifying_) {
        if (still_runs(desk, step, result)) {
          publish(desk, {kStopFailed, {{"resource", resource_text(step)}}});
          desk.out.push_back(Reboot{resource_text(step) + " can not be stopped"});
          verifying_ = false;
          attempts_ = 0;
          stuck_ = std::min(stuck_ + 1, 1000);
          retry_at_ = desk.now + kStopStuckDelay;
        } else {
          publish(desk, {kNotLsb, {{"resource", resource_text(step)}}});
          known(step).ran = false;
          next(desk);
        }
      } else if (result.ok()) {
        next(desk);
      } else {
        report(desk, result, step);
        stop_failed(desk, result);
      }
      break;
    case Activity::announce:
      if (!wanted_)
        begin_stop(desk, Activity::stop);
      else
        next(desk);
      break;
    case Activity::watch:
      if (!wanted_)
        begin_stop(desk, Activity::stop);
      else if (!denies(desk, result))
        next(desk);
      else if (attempts_ == kProofs)
        fell(desk, step);
      break;
  }
  return true;
}

void GroupJobs::stop_failed(Desk desk, const JobDone& result) {
  if (stop_retries_ <= 0 || attempts_ < stop_retries_) {
    const int counts = result.end == JobDone::End::timed_out ? kKilledStopCounts : 1;
    if (stop_retries_ > 0 && attempts_ == 0)
      publish(desk, {kStopTrouble,
                     {{"resource", resource_text(steps_[at_])},
                      {"count", std::to_string((stop_retries_ + counts - 1) / counts)}}});
    attempts_ += counts;
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
  for (auto& one : known_) one.ask_at = std::max(one.ask_at, desk.now);  // who had to wait is due now, and not long ago
  switch (finished) {
    case Activity::none:
    case Activity::announce:
      break;
    case Activity::watch:
      if (std::exchange(announce_due_, false)) return announce(desk);
      break;
    case Activity::sweep:
      rest_ = GroupState::released;
      break;
    case Activity::start:
      again_ = false;
      rest_ = GroupState::held;
      break;
    case Activity::undo:
      rest_ = GroupState::failed;
      return;
    case Activity::stop:
    case Activity::restart:
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
  watch(desk);
}

base::Mono GroupJobs::next_wake() const {
  auto wake = std::min(retry_at_, cancel_at_);
  if (activity_ == Activity::none && rest_ == GroupState::held)
    for (const auto& one : known_) wake = std::min(wake, one.ask_at);
  return wake;
}

std::string GroupJobs::save() const {
  std::string known = again_ ? "R" : "K";  // then for each resource a letter, and which one it is; then the steps
  for (std::size_t i = 0; i < known_.size(); ++i) {
    const auto& one = known_[i];
    known += static_cast<char>('a' + int{one.ran} + 2 * int{one.spoke} + 4 * int{one.mute} + 8 * int{one.fresh});
    known += marks_[i];
  }
  known += ';';
  if (activity_ != Activity::none)
    for (const auto& step : steps_) known += fmt::format("{}{}", step.resource, letter_of(step));
  if (fell_at_ != base::kNever) known += fmt::format(":{}", fell_at_.time_since_epoch().count());
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", static_cast<int>(activity_), static_cast<int>(rest_),
                     int{wanted_}, at_, int{verifying_} + 2 * stuck_, attempts_, job_,
                     retry_at_.time_since_epoch().count(), cancel_at_.time_since_epoch().count(), known);
}

std::vector<Step> GroupJobs::steps_of(Activity activity) const {
  switch (activity) {
    case Activity::sweep: return sweep_steps(group_);
    case Activity::start: return start_steps(group_);
    case Activity::undo:
    case Activity::stop:
    case Activity::restart: return stop_steps(group_);
    case Activity::announce: return announce_steps(group_);
    case Activity::none:
    case Activity::watch: break;  // which one is watched is not known: whatever it answers, it is asked again
  }
  return {};
}

bool GroupJobs::restore(std::string_view text) {
  const auto words = base::words(text);
  if (words.size() != kSavedWords) return false;
  std::int64_t number[9];
  for (std::size_t i = 0; i < 9; ++i) {
    auto value = base::parse_number<std::int64_t>(words[i]);
    if (!value) return false;
    number[i] = *value;
  }
  const auto colon = words[9].find(':');
  std::optional<std::int64_t> fell = base::kNever.time_since_epoch().count();
  if (colon != std::string_view::npos) fell = base::parse_number<std::int64_t>(words[9].substr(colon + 1));
  if (!fell) return false;
  auto list = words[9].substr(0, colon);
  const auto semicolon = list.find(';');
  auto steps = semicolon == std::string_view::npos ? std::nullopt : steps_from(list.substr(semicolon + 1));
  list = list.substr(0, semicolon);
  if (list.empty() || std::string_view("KRkr").find(list.front()) == std::string_view::npos) return false;
  const bool earlier = list.front() == 'k' || list.front() == 'r';  // a version that went by the place in the group
  if (earlier ? semicolon != std::string_view::npos : !steps) return false;
  std::vector<Known> known;
  auto marks = earlier ? marks_ : std::vector<std::string>();
  for (auto rest = list.substr(1); !rest.empty(); rest.remove_prefix(earlier ? 1 : 1 + kMark)) {
    if (!earlier && rest.size() < 1 + kMark) return false;
    const auto bits = rest.front() - 'a';
    if (bits < 0 || bits > 15) return false;
    known.push_back({(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0});
    if (!earlier) marks.emplace_back(rest.substr(1, kMark));
  }
  known.resize(marks.size());
  if (number[0] < 0 || number[0] > 7 || number[1] < 0 || number[1] > 4 || number[3] < 0 || number[4] < 0 || number[4] > 2001) return false;
  again_ = list.front() == 'R' || list.front() == 'r';
  fell_at_ = base::Mono(base::Duration(*fell));
  activity_ = static_cast<Activity>(number[0]);
  rest_ = static_cast<GroupState>(number[1]);
  wanted_ = number[2] != 0;
  steps_ = steps ? std::move(*steps) : steps_of(activity_);
  // haresources may have other resources by now, or another order.
  seat(marks, known);
  at_ = static_cast<std::size_t>(number[3]);
  verifying_ = number[4] % 2 != 0;
  stuck_ = static_cast<int>(number[4] / 2);
  attempts_ = static_cast<int>(number[5]);
  job_ = static_cast<JobId>(number[6]);
  retry_at_ = base::Mono(base::Duration(number[7]));
  cancel_at_ = base::Mono(base::Duration(number[8]));
  return true;
}

}  // namespace hbd::core
