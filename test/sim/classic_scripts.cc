// SPDX-License-Identifier: Apache-2.0
#include "test/sim/classic_scripts.h"

#include <algorithm>

#include "hbd/core/answer.h"

namespace sim {

using namespace hbd;
using namespace std::chrono_literals;
using core::Verb;
using Kind = ClassicStep::Kind;

namespace {
constexpr base::Duration kForkLeast = 20ms,
                         kForkMost = 200ms;  ///< shells, greps and the like before the first thing happens
constexpr int kStopRetries = 10;
constexpr base::Duration kRetryStop = 1s;
constexpr base::Millis kNoLimit = 1h;
}  // namespace

void ClassicScripts::begin(Running& r, base::Mono now) {
  r.go_on_at = now + base::Duration(rng_.between(kForkLeast.count(), kForkMost.count()));
}

void ClassicScripts::run_in_turn(ClassicScript script, base::Mono now) {
  in_turn_.push_back({std::move(script)});
  if (in_turn_.size() == 1) begin(in_turn_.front(), now);
}

void ClassicScripts::run_beside(ClassicScript script, base::Mono now) {
  beside_.push_back({std::move(script)});
  begin(beside_.back(), now);
}

void ClassicScripts::ask(Running& r, Verb verb, Work& work) {
  r.job = next_job_++;
  work.out.emplace_back(
      core::RunJob{r.job, r.script.front().group, static_cast<std::uint16_t>(r.at), verb, kNoLimit});
}

void ClassicScripts::finish_step(Running& r) {
  r.script.pop_front();
  r.at = 0;
  r.entered = r.starting = r.giving = r.verifying = false;
  r.attempts = 0;
}

/// Until a job runs or the script is at its end.
void ClassicScripts::go_on(Running& r, Work& work) {
  while (!r.script.empty() && r.job == 0) {
    auto& step = r.script.front();
    if (step.kind == Kind::say) {
      work.fifo.push_back(std::move(step.word));
      finish_step(r);
      continue;
    }
    if (!r.entered) {
      r.entered = true;
      r.giving = step.kind == Kind::give;
      r.at = r.giving ? group(r).resources.size() - 1 : 0;
    }
    if (r.giving) return ask(r, r.verifying ? Verb::status : Verb::stop, work);
    return ask(r, r.starting ? Verb::start : Verb::status, work);
  }
}

void ClassicScripts::next_to_stop(Running& r) {
  r.attempts = 0;
  r.verifying = false;
  if (r.at > 0) {
    --r.at;
    return;
  }
  if (r.script.front().kind == Kind::release) {
    wire::Message answer("ip-request-resp");
    answer.add("dest", peer_).add("ipaddr", group(r).key()).add("weown", "yes").add("ok", "OK");
    const auto group = r.script.front().group;
    finish_step(r);
    r.script.push_front({Kind::say, group, std::move(answer)});
    return;
  }
  finish_step(r);
}

void ClassicScripts::judge_stop(Running& r, const core::JobDone& result, base::Mono now, Work& work) {
  if (r.verifying) {
    if (core::says_running(result.output)) {
      work.out.emplace_back(core::Reboot{group(r).resources[r.at].text + " can not be stopped"});
      r.go_on_at = base::kNever;  // nothing of it is left
      r.job = next_job_++;
      return;
    }
    return next_to_stop(r);
  }
  if (result.ok()) return next_to_stop(r);
  if (++r.attempts > kStopRetries)
    r.verifying = true;
  else
    r.go_on_at = now + kRetryStop;
}

void ClassicScripts::judge(Running& r, const core::JobDone& result, base::Mono now, Work& work) {
  auto& step = r.script.front();
  if (r.giving) return judge_stop(r, result, now, work);
  const bool runs = !r.starting && core::says_running(result.output);
  switch (step.kind) {
    case Kind::request:
    case Kind::petition: {
      if (runs) return finish_step(r);
      wire::Message word(step.kind == Kind::request ? "ip-request-resp" : "ip-request");
      if (step.kind == Kind::request)
        word.add("dest", self_).add("ipaddr", group(r).key()).add("weown", "yes").add("ok", "OK");
      else
        word.add("ipaddr", group(r).key());
      const auto group = step.group;
      finish_step(r);
      r.script.push_front({Kind::say, group, std::move(word)});
      return;
    }
    case Kind::release: {
      if (runs) {
        r.giving = true;
        r.at = group(r).resources.size() - 1;
        return;
      }
      wire::Message answer("ip-request-resp");
      answer.add("dest", peer_).add("ipaddr", group(r).key()).add("weown", "no").add("ok", "OK");
      const auto group = step.group;
      finish_step(r);
      r.script.push_front({Kind::say, group, std::move(answer)});
      return;
    }
    default:
      break;
  }
  if (r.starting && !result.ok()) {
    work.give_foreign_later = true;
    r.giving = true;
    r.at = group(r).resources.size() - 1;
    return;
  }
  if (!r.starting && !runs) {
    r.starting = true;
    return;
  }
  r.starting = false;
  if (++r.at < group(r).resources.size()) return;
  finish_step(r);
}

void ClassicScripts::done(const core::JobDone& result, base::Mono now, Work& work) {
  const auto handle = [&](Running& r) {
    if (r.job != result.id) return;
    r.job = 0;
    r.go_on_at = now;
    judge(r, result, now, work);
    if (r.go_on_at <= now) go_on(r, work);
  };
  for (auto& r : beside_) handle(r);
  if (!in_turn_.empty()) handle(in_turn_.front());
  tick(now, work);
}

void ClassicScripts::tick(base::Mono now, Work& work) {
  for (auto& r : beside_)
    if (r.job == 0 && r.go_on_at <= now) go_on(r, work);
  std::erase_if(beside_, [](const Running& r) { return r.script.empty(); });
  while (!in_turn_.empty()) {
    auto& r = in_turn_.front();
    if (r.job == 0 && r.go_on_at <= now) go_on(r, work);
    if (!r.script.empty()) break;
    in_turn_.pop_front();
    if (!in_turn_.empty()) begin(in_turn_.front(), now);
  }
}

base::Mono ClassicScripts::next_wake() const {
  auto wake = base::kNever;
  for (const auto& r : beside_)
    if (r.job == 0) wake = std::min(wake, r.go_on_at);
  if (!in_turn_.empty() && in_turn_.front().job == 0) wake = std::min(wake, in_turn_.front().go_on_at);
  return wake;
}

bool ClassicScripts::at_work_on(std::uint16_t group) const {
  const auto names = [&](const Running& r) {
    return std::any_of(r.script.begin(), r.script.end(),
                       [&](const ClassicStep& s) { return s.kind != Kind::say && s.group == group; });
  };
  return std::any_of(beside_.begin(), beside_.end(), names) ||
         std::any_of(in_turn_.begin(), in_turn_.end(), names);
}

}  // namespace sim
