// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hbd/core/answer.h"
#include "hbd/core/events.h"
#include "hbd/core/jobs.h"

namespace hbd::core {

namespace {
constexpr std::string_view kMementoHead = "upbeat-core 3";
}

/// The engine's insides; also the Council that the elector speaks to during one call.
struct Engine::State final : Council {
  model::Cluster cluster;
  std::unique_ptr<Elector> elector;
  std::vector<GroupJobs> groups;
  std::vector<std::string> reasons;
  std::vector<GroupState> told;  ///< what settled() last said; a change is told once
  JobId next_id = 1;
  bool continued = false, damaged = false;
  Remembering remembering = Remembering::each_step;
  std::string last_memento;
  std::unique_ptr<Record> record;

  // Of the current call only.
  base::Mono now{};
  Effects* out = nullptr;
  std::size_t first = 0;  ///< of this call's effects in *out

  Desk desk() { return {now, next_id, *out}; }

  void emit(Effect effect) override { out->push_back(std::move(effect)); }
  void want(std::size_t index, bool hold, std::string reason) override {
    if (index >= groups.size()) return;
    reasons[index] = std::move(reason);
    groups[index].want(desk(), hold);
  }
  void announce(std::size_t index) override {
    if (index < groups.size()) groups[index].announce(desk());
  }
  GroupState state(std::size_t index) const override {
    return index < groups.size() ? groups[index].state() : GroupState::released;
  }
  bool untouched(std::size_t index) const override {
    return index < groups.size() && groups[index].untouched();
  }

  int stuck(std::size_t index) const override { return index < groups.size() ? groups[index].stuck() : 0; }

  void jobs_done(const JobDone& result, bool& ours);
  void tell_settled(Now when);
  bool replace(const model::Haresources& resources);  ///< false: other groups, which are not taken
  std::string save() const;
  bool restore(std::string_view memento);
  void remember();
  std::vector<GroupState> states() const;
  void note(Now when);
};

void Engine::State::jobs_done(const JobDone& result, bool& ours) {
  for (auto& group : groups)
    if (group.done(desk(), result)) ours = true;
}

void Engine::State::tell_settled(Now when) {
  // Bounded: settled() may want() something else, which comes to rest only by later inputs.
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto state = groups[i].state();
    if (!groups[i].at_rest() || state == told[i]) {
      if (!groups[i].at_rest()) told[i] = state;
      continue;
    }
    told[i] = state;
    elector->settled(when, i, *this);
  }
}

bool Engine::State::replace(const model::Haresources& resources) {
  bool same = resources.groups.size() == groups.size();
  for (std::size_t i = 0; same && i < groups.size(); ++i)
    same = resources.groups[i].key() == groups[i].group().key() &&
           resources.groups[i].node == groups[i].group().node;
  emit(Publish{same ? base::Event{kNewResources, {{"groups", std::to_string(groups.size())}}} : base::Event{kNewResourcesRefused}});
  for (std::size_t i = 0; same && i < groups.size(); ++i) groups[i].replace(resources.groups[i]);
  return same;
}

std::string Engine::State::save() const {
  std::string text = fmt::format("{}\n{}\n{}\n", kMementoHead, next_id, groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i)
    text += fmt::format("{} {} {}\n", static_cast<int>(told[i]), groups[i].save(), groups[i].group().key());
  return text + elector->save();
}

bool Engine::State::restore(std::string_view memento) {
  auto line = [&]() { return base::take_line(memento); };
  if (line() != kMementoHead) return false;
  auto id = base::parse_number<JobId>(line());
  auto count = base::parse_number<std::size_t>(line());
  if (!id || count != groups.size()) return false;
  auto restored = groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto text = line();
    auto blank = text.find(' ');
    if (blank == std::string_view::npos) return false;
    auto state = base::parse_number<int>(text.substr(0, blank));
    // The words of GroupJobs, then the key, which may hold blanks.
    auto cut = blank + 1;
    for (int n = 0; n < GroupJobs::kSavedWords && cut != 0; ++n) cut = text.find(' ', cut) + 1;
    if (!state || *state < 0 || *state > 4 || cut == 0) return false;
    if (text.substr(cut) != groups[i].group().key()) return false;
    if (!restored[i].restore(text.substr(blank + 1, cut - blank - 2))) return false;
    told[i] = static_cast<GroupState>(*state);
  }
  if (!elector->restore(memento)) return false;
  groups = std::move(restored);
  next_id = *id;
  return true;
}

void Engine::State::remember() {
  if (remembering == Remembering::on_request) return;
  auto memento = save();
  if (memento == last_memento) return;
  last_memento = memento;
  // Before the packets of this step: a sequence number that was used and forgotten would be used again.
  out->insert(out->begin() + static_cast<std::ptrdiff_t>(first), Remember{std::move(memento)});
}

std::vector<GroupState> Engine::State::states() const {
  std::vector<GroupState> all;
  for (const auto& group : groups) all.push_back(group.state());
  return all;
}

/// For those who watch: what this call did.
void Engine::State::note(Now when) {
  for (auto at = first; at < out->size(); ++at) {
    const auto& effect = (*out)[at];
    if (const auto* packet = std::get_if<Transmit>(&effect)) {
      record->sent(*packet);
    } else if (const auto* publish = std::get_if<Publish>(&effect)) {
      record->published(publish->event, when);
    } else if (const auto* job = std::get_if<RunJob>(&effect)) {
      if (job->group >= groups.size()) continue;
      const auto& resources = groups[job->group].group().resources;
      record->asked(*job, job->resource < resources.size() ? resources[job->resource].script : "?", when);
    }
  }
  for (std::size_t i = 0; i < groups.size(); ++i) record->state(i, groups[i].state(), reasons[i], when);
}

Engine::Engine(model::Cluster cluster, model::Haresources resources, std::unique_ptr<Elector> elector,
               std::string_view memento, Remembering remembering)
    : state_(std::make_unique<State>()) {
  auto& s = *state_;
  s.cluster = std::move(cluster);
  s.elector = std::move(elector);
  s.remembering = remembering;
  int stop_retries = GroupJobs::kStopRetries;
  for (const auto& [name, value] : s.cluster.env)
    if (name == "STOPRETRYMAX") stop_retries = base::parse_number<int>(value).value_or(stop_retries);
  const Limits limits(s.cluster.env);
  for (std::size_t i = 0; i < resources.groups.size(); ++i)
    s.groups.emplace_back(static_cast<std::uint16_t>(i), std::move(resources.groups[i]), stop_retries, limits);
  s.reasons.assign(s.groups.size(), "not started yet");
  s.told.assign(s.groups.size(), GroupState::stopping);
  s.continued = !memento.empty() && s.restore(memento);
  s.damaged = !memento.empty() && !s.continued;
  std::vector<bool> is_ping;
  for (const auto& entry : s.cluster.media) is_ping.push_back(entry.is_ping());
  std::vector<std::string> keys;
  for (const auto& group : s.groups) keys.push_back(group.group().key());
  s.record = std::make_unique<Record>(is_ping, std::move(keys));
}

Engine::~Engine() = default;

void Engine::start(Now now, Effects& out) {
  auto& s = *state_;
  s.now = now.mono;
  s.out = &out;
  s.first = out.size();
  if (s.damaged) s.emit(Publish{{kBadMemento}});
  if (!s.continued)
    for (auto& group : s.groups) group.sweep(s.desk());
  s.record->began(now, s.states());
  s.elector->start(now, s);
  s.tell_settled(now);
  s.note(now);
  s.remember();
  s.out = nullptr;
}

void Engine::step(Now now, const Input& input, Effects& out) {
  auto& s = *state_;
  s.now = now.mono;
  s.out = &out;
  s.first = out.size();
  bool ours = false;
  if (const auto* packet = std::get_if<Datagram>(&input)) s.record->received(*packet);
  if (const auto* done = std::get_if<JobDone>(&input)) {
    s.record->done(*done, says_running(done->output), now);
    // The answer may be old, or we were asleep over it: whether the group may still be taken is asked again.
    const bool next_is_a_start = std::any_of(s.groups.begin(), s.groups.end(), [&](const GroupJobs& group) {
      return group.asks_first() && group.awaits(done->id);
    });
    if (next_is_a_start) s.elector->step(now, input, s);
    s.jobs_done(*done, ours);
  }
  if (std::holds_alternative<Tick>(input))
    for (auto& group : s.groups) group.tick(s.desk());
  if (const auto* fresh = std::get_if<NewResources>(&input)) ours = !s.replace(fresh->resources);
  if (!ours) s.elector->step(now, input, s);
  s.tell_settled(now);
  s.note(now);
  s.remember();
  s.out = nullptr;
}

base::Mono Engine::next_wake() const {
  auto wake = state_->elector->next_wake();
  for (const auto& group : state_->groups) wake = std::min(wake, group.next_wake());
  return wake;
}

std::string Engine::memento() const { return state_->save(); }

Snapshot Engine::snapshot() const {
  Snapshot out;
  state_->elector->describe(out);
  for (std::size_t i = 0; i < state_->groups.size(); ++i) {
    const auto& jobs = state_->groups[i];
    auto reason = state_->reasons[i];
    if (const auto remark = jobs.remark(); !remark.empty()) reason += "; " + remark;
    out.groups.push_back({jobs.group().key(), jobs.group().node, jobs.state(), std::move(reason),
                          i < out.holders.size() ? out.holders[i] : std::string(),
                          i < out.returns.size() ? out.returns[i] : Return::by_itself});
  }
  return out;
}

const Record& Engine::record() const { return *state_->record; }

}  // namespace hbd::core
