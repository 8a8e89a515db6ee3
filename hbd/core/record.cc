// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "hbd/core/events.h"
#include "hbd/core/plan.h"

namespace hbd::core {
namespace {

using namespace std::chrono_literals;
using Mood = Record::Mood;

constexpr std::size_t kAwaited = 1024;   // scripts whose end is awaited; more are not timed
constexpr std::size_t kLongest = 300;    // bytes of a sentence

// From an address that is up already to a file system that is checked first.
constexpr base::Duration kBounds[] = {5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s, 30s, 60s, 300s};

/// What is worth telling of what the log says. What happens to groups is told by itself.
struct Row {
  const base::EventKind* kind;
  Mood mood;
};
constexpr Row kTold[] = {
    {&kCommUp, Mood::good},         {&kStalled, Mood::bad},          {&kContinued, Mood::warn},
    {&kBadMemento, Mood::bad},      {&kPeerStatus, Mood::calm},      {&kLinkUp, Mood::good},
    {&kLinkDead, Mood::bad},        {&kNodeDead, Mood::bad},         {&kReturned, Mood::bad},
    {&kOwnMediumDown, Mood::bad},   {&kOwnMediumUp, Mood::good},     {&kNodeListDiffers, Mood::bad},
    {&kResourcesDiffer, Mood::bad}, {&kFilesAgree, Mood::good}, {&kFencing, Mood::warn},         {&kFenced, Mood::good},
    {&kFenceFailed, Mood::bad},     {&kFenceBlocks, Mood::bad},      {&kFencedBy, Mood::good},
    {&kFenceMoot, Mood::calm},      {&kAsksReset, Mood::bad},
    {&kResetAsked, Mood::bad},           {&kTakingOver, Mood::warn},      {&kBothOwn, Mood::bad},
    {&kConflict, Mood::bad},        {&kCalledOff, Mood::warn},       {&kOrphan, Mood::warn},
    {&kStandbyAsked, Mood::calm},   {&kStandbyNoReply, Mood::warn},  {&kStandbyCancelled, Mood::warn},
    {&kShutdown, Mood::warn},       {&kAllReleased, Mood::calm},     {&kShutdownNotice, Mood::warn},
    {&kReturnCode, Mood::bad},      {&kGivingUpGroup, Mood::bad},    {&kStopFailed, Mood::bad},
    {&kNotLsb, Mood::bad},          {&kNotIdle, Mood::bad},          {&kTimedOut, Mood::bad},
    {&kNotRunning, Mood::bad},      {&kUnproven, Mood::warn},        {&kStopTrouble, Mood::warn},
    {&kStopUnclear, Mood::bad},     {&kFell, Mood::bad},             {&kFellAgain, Mood::bad},
    {&kNewResources, Mood::calm},   {&kNewResourcesRefused, Mood::bad}, {&kIpfailLess, Mood::warn},
    {&kIpfailTold, Mood::warn},     {&kIpfailForeign, Mood::calm},   {&kIpfailGiveUp, Mood::warn},
};

std::string_view result_of(const JobDone& done, bool is_status, bool said_running) {
  switch (done.end) {
    case JobDone::End::exited:
      // Of status only the text counts, never the code.
      if (is_status) return said_running ? "running" : "stopped";
      return done.code == 0 ? "ok" : "failed";
    case JobDone::End::killed_by_signal:
      return "killed";
    case JobDone::End::timed_out:
      return "timed_out";
    case JobDone::End::could_not_run:
      break;
  }
  return "could_not_run";
}

}  // namespace

std::string_view word(GroupState state) {
  switch (state) {
    case GroupState::released: return "released";
    case GroupState::starting: return "starting";
    case GroupState::held: return "held";
    case GroupState::stopping: return "stopping";
    case GroupState::failed: return "failed";
  }
  return "?";
}

std::string_view word(Mood mood) {
  constexpr std::string_view words[] = {"good", "warn", "bad", "calm"};
  return words[static_cast<std::size_t>(mood)];
}

std::string in_words(base::Duration d) {
  const auto ms = base::to_ms(d);
  if (ms < 100) return fmt::format("{} ms", ms);
  if (ms < 10'000) return fmt::format("{}.{} s", ms / 1000, ms % 1000 / 100);
  if (ms < 120'000) return fmt::format("{} s", ms / 1000);
  return fmt::format("{} min", ms / 60'000);
}

Record::Record(const std::vector<bool>& is_ping, std::vector<std::string> groups)
    : is_ping_(is_ping), media_(is_ping.size()) {
  for (auto& key : groups) groups_.push_back({std::move(key), GroupState::released, {}, base::kNever, false});
  for (auto verb : {Verb::status, Verb::start, Verb::stop}) job_times_.emplace(word(verb), base::Histogram(kBounds));
  for (auto what : {"acquire", "release"})
    for (auto result : {"ok", "failed", "called_off"}) transitions_.emplace(std::pair(what, result), base::Histogram(kBounds));
}

void Record::began(Now now, const std::vector<GroupState>& states) {
  start_ = now.wall;
  for (std::size_t i = 0; i < groups_.size() && i < states.size(); ++i) {
    groups_[i].state = states[i];
    groups_[i].since = now.wall;
    groups_[i].acquiring = states[i] == GroupState::starting;  // what the process before this one began
  }
}

void Record::received(const Datagram& packet) {
  if (packet.link >= media_.size()) return;
  ++media_[packet.link].received;
  media_[packet.link].received_bytes += packet.bytes.size();
}

void Record::sent(const Transmit& packet) {
  for (std::size_t i = 0; i < media_.size(); ++i) {
    if (packet.link ? *packet.link != i : is_ping_[i]) continue;
    ++media_[i].sent;
    media_[i].sent_bytes += packet.bytes.size();
  }
}

void Record::published(const base::Event& event, Now now) {
  ++events_[event.kind->id];
  const auto row = std::find_if(std::begin(kTold), std::end(kTold), [&](const Row& r) { return r.kind == event.kind; });
  if (row == std::end(kTold)) return;
  auto mood = row->mood;
  if (event.kind == &kPeerStatus && event.field("status") == "active") mood = Mood::good;
  auto with_pid = event;  // the log's business
  if (with_pid.field("pid").empty()) std::erase_if(with_pid.fields, [](const auto& f) { return f.first == "pid"; });
  tell({now.wall, mood, event.kind->id, with_pid.text(), {}});
}

void Record::tell(Moment moment) {
  for (auto* text : {&moment.what, &moment.why})
    if (text->size() > kLongest) *text = text->substr(0, kLongest) + "...";
  moments_.push_back(std::move(moment));
  if (moments_.size() > kMoments) moments_.pop_front();
}

void Record::asked(const RunJob& job, std::string_view script, Now now) {
  if (running_.size() < kAwaited) running_[job.id] = {std::string(script), job.verb, now.mono};
}

void Record::done(const JobDone& result, bool said_running, Now now) {
  const auto at = running_.find(result.id);
  if (at == running_.end()) return;  // of the process before this one, or a fence
  const auto& job = at->second;
  ++jobs_[{job.script, word(job.verb), result_of(result, job.verb == Verb::status, said_running)}];
  job_times_.at(word(job.verb)).add(now.mono - job.began);
  running_.erase(at);
}

void Record::state(std::size_t index, GroupState state, const std::string& reason, Now now) {
  auto& group = groups_[index];
  const auto before = std::exchange(group.state, state);
  if (before == state) return;
  group.since = now.wall;
  switch (state) {
    case GroupState::starting:
      group.began = now.mono;
      group.acquiring = true;
      return tell({now.wall, Mood::calm, "group_starting", fmt::format("{}: starting here", group.key), reason});
    case GroupState::stopping:
      // What undoes a start that failed is a part of it.
      if (group.acquiring) return;
      group.began = now.mono;
      group.acquiring = false;
      return tell({now.wall, Mood::calm, "group_stopping", fmt::format("{}: stopping here", group.key), reason});
    case GroupState::held:
      ended(group, group.acquiring ? "ok" : "called_off", {}, now);
      return;
    case GroupState::failed:
      ended(group, "failed", reason, now);
      return;
    case GroupState::released:
      ended(group, group.acquiring ? "called_off" : "ok", {}, now);
      return;
  }
}

void Record::ended(Group& group, std::string_view result, const std::string& reason, Now now) {
  // Not begun before our eyes: the look at the start of a generation, or what the process before this one began.
  const bool seen = group.began != base::kNever;
  const auto took = seen ? now.mono - group.began : base::Duration{};
  group.began = base::kNever;
  const bool acquired = std::exchange(group.acquiring, false);
  if (seen) transitions_.at({acquired ? "acquire" : "release", result}).add(took);
  if (!seen && !acquired && group.state == GroupState::released) return;
  const auto after = seen ? fmt::format(", after {}", in_words(took)) : std::string();
  if (group.state == GroupState::held) return tell({now.wall, Mood::good, "group_held", fmt::format("{}: held here{}", group.key, after), reason});
  if (group.state == GroupState::failed)
    return tell({now.wall, Mood::bad, "group_failed", fmt::format("{}: could not be started here{}", group.key, after), reason});
  tell({now.wall, acquired ? Mood::warn : Mood::calm, "group_released",
        fmt::format("{}: {}{}", group.key, acquired ? "start called off, released" : "released here", after), reason});
}

}  // namespace hbd::core
