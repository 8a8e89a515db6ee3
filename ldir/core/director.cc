// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/director.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

#include "ldir/core/events.h"
#include "ldir/core/mail_pace.h"
#include "ldir/core/narrate.h"
#include "ldir/core/policy.h"
#include "ldir/core/reconcile.h"

namespace ldir::core {

using namespace std::chrono_literals;
using base::Mono;

namespace {

// How long after a load the fallback waits for first verdicts; policy.h says what for.
constexpr base::Duration kPatience = 1s;
// The kernel's table is read this often to find drift: the configured interval within these bounds.
constexpr base::Duration kReadOftenest = 1s, kReadSeldomest = 5s;
// So many times as long as a reading takes it stays away at least: looking for drift must not hold up the checks. A table
// of a thousand entries is read in a few milliseconds; for one of ten thousand on a slow machine it shows.
constexpr int kReadShare = 20;
// After a refused operation or a failed read the next look comes this soon.
constexpr base::Duration kRetry = 1s;
// One and the same refusal is logged again after this long; what was not refused again for ten times as long is
// forgotten.
constexpr base::Duration kSayAgain = 60s, kForget = 600s;

bool always_up(const model::CheckSpec& spec) {
  return spec.type == model::CheckType::on ||
         (spec.type == model::CheckType::negotiate && spec.service == model::ServiceType::none);
}
bool needs_check(const model::CheckSpec& spec) { return spec.type != model::CheckType::off && !always_up(spec); }
// As in the original, service none has its line in the monitorfile each interval, on and off only in maintenance.
bool always_reported(const model::CheckSpec& spec) {
  return spec.type != model::CheckType::on && spec.type != model::CheckType::off;
}
bool may_be_reported(const model::Config& config, const model::VirtualService& service, const model::CheckSpec& spec) {
  return !service.monitorfile.empty() && (always_reported(spec) || !config.maintenance_dir.empty());
}

const ipvs::ServiceKey& service_of(const ipvs::Op& op) {
  return std::visit([](const auto& o) -> const ipvs::ServiceKey& { return o.service; }, op);
}
bool is_service_op(const ipvs::Op& op) { return op.index() < 3; }
bool is_delete(const ipvs::Op& op) {
  return std::holds_alternative<ipvs::DeleteService>(op) || std::holds_alternative<ipvs::DeleteDest>(op);
}

const ipvs::Service* find(const ipvs::Table& table, const ipvs::ServiceKey& key) {
  auto it = table.find(key);
  return it == table.end() ? nullptr : &it->second;
}

std::string inaccessible(const model::VirtualService& service, const model::RealServer& real) {
  return fmt::format("Inaccessible real server: {} ({})", real_name(real), service.key.log_name());
}

struct Real {
  Health health;
  std::optional<CheckId> check;  // for on, off and service none only where it brings the monitorfile its lines
  std::optional<std::uint32_t> hand_weight;
  std::string maintenance;  // the file that takes it out
  RealState counted = RealState::unknown;  // as what it is in its service's numbers
  Mono next_mail = base::kNever;  // when its being down is mailed again
  Timeline timeline;
};

struct Service {
  const model::VirtualService* model = nullptr;
  std::vector<Real> reals;
  // What the last plan stood on. While that stays as it was, a real that changes changes its own entry only: with
  // thousands of them everything else would be most of the work.
  std::size_t up = 0, unknown = 0;     // so many reals
  bool any_up = false, all_known = false, patience_over = false;
  bool own_endpoints = false;          // no two of the reals and the fallback have one in common
  bool whole = true;                   // it must be planned as a whole
  std::vector<std::uint32_t> changed;  // else these reals only
  bool decided = false;
  bool in_sync = false;    // the kernel is known to hold what the last plan wanted
  bool drifted = false;    // the kernel's table was changed behind us
  bool refused = false;    // an operation on the service itself failed in this batch
  std::optional<bool> fallback_word;  // what the fallback command was told last
  bool without_reals = false;         // none served at the last decided plan
  std::string last_error;
  ServiceTally tally;
};

struct Check {
  model::CheckSpec spec;
  std::optional<check::Verdict> last;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> users;  // service, real
};

struct Pending {
  ipvs::Op op;
  base::Event event;
  std::vector<base::Event> before;  // published in front of it on success
};

struct Refusal {
  std::string error;
  Mono said, last;
};

RealView view(const Real& real) {
  return {real.health.state, real.health.proven, real.hand_weight, !real.maintenance.empty()};
}
std::vector<RealView> views(const Service& s) {
  std::vector<RealView> out;
  out.reserve(s.reals.size());
  for (const auto& r : s.reals) out.push_back(view(r));
  return out;
}

void count(Service& s, Real& real) {
  const auto now = effective(view(real));
  s.up += (now == RealState::up) - (real.counted == RealState::up);
  s.unknown += (now == RealState::unknown) - (real.counted == RealState::unknown);
  real.counted = now;
}

bool have_own_endpoints(const model::VirtualService& service) {
  std::set<ipvs::DestKey> seen;
  if (service.fallback) seen.insert(service.fallback->endpoint);
  for (const auto& real : service.reals)
    if (!seen.insert(real.endpoint).second) return false;
  return true;
}

enum class Phase { starting, running, reloading, stopping };

}  // namespace

struct Director::State {
  bool loaded = false;
  Phase phase = Phase::starting;
  std::unique_ptr<model::Config> config;  // services point into it
  std::vector<Service> services;
  std::map<ipvs::ServiceKey, std::uint32_t> index;
  std::set<ipvs::ServiceKey> retired;  // left the configuration, not yet the kernel
  std::set<std::string> left_over;     // of one that died before us; until the kernel's table is known
  bool retire_now = false;
  std::set<std::uint32_t> dirty;

  std::map<CheckId, std::unique_ptr<Check>> checks;  // those that run
  CheckId next_check = 0;
  std::map<model::CheckSpec, CheckId> ids;

  bool table_known = false;
  bool read_failing = false;
  ipvs::Table actual;  // as read last, plus our own successful operations
  ipvs::Table desired;

  std::map<OpId, Pending> pending;
  OpId next_op = 1;
  std::map<std::string, Refusal> refusals;

  Mono next_read = base::kNever;
  Mono patience_until{};
  bool patience_over = false;
  bool standing = false;
  std::string stop_signal;
  bool hand_over = false;
  MaintenanceFiles maintenance;
  MailPace mail_pace;
  Mono next_mail = base::kNever;  // the earliest of all reals
  std::set<std::string> instances;  // that were started
  bool stop_sent = false;
  bool finished = false;
  Tally tally;

  // --- inputs
  void take(Mono now, Load& in, Effects& out);
  void take(Mono now, CheckDone& in, Effects& out);
  void take(Mono now, TableRead& in, Effects& out);
  void take(Mono now, OpDone& in, Effects& out);
  void take(Mono now, Maintenance& in, Effects& out);
  void take(Mono, FileChanged&, Effects& out);
  void take(Mono now, Tick&, Effects& out);
  void take(Mono now, Stop& in, Effects& out);

  // --- loading
  void build(Mono now, model::Config&& fresh, Effects& out);
  CheckId check_for(const model::CheckSpec& spec, std::map<model::CheckSpec, CheckId>& kept,
                    std::vector<CheckId>& started);
  void first_state(Mono now, Real& real, const model::RealServer& model);
  void adopt(Mono now);

  // --- settling
  void settle(Mono now, Effects& out);
  void settle_service(std::uint32_t i, Effects& out);
  bool settle_reals(Service& service, Effects& out);
  void settle_stop(Effects& out);
  void emit(ipvs::Op op, base::Event event, std::vector<base::Event> before, Effects& out);
  void emit_all(const Service& service, std::vector<ipvs::Op> ops,
                const std::function<const PlannedEntry*(const ipvs::DestKey&)>& entry_of, Effects& out);
  void fallback_command(Service& service, bool on, Effects& out);
  void notice_drift(Mono now, Service& service, const ipvs::Service* before, const ipvs::Service* after, Effects& out);
  void publish(Mono now, base::Event event, const model::VirtualService* service, Effects& out);
  void mail(Mono now, const model::VirtualService& service, std::string subject, Effects& out);
  void note_down(Mono now, Service& service, Real& real, const model::RealServer& model, bool was_in_table, Effects& out);
  void repeat_mails(Mono now, Effects& out);
  void watch_maintenance(Mono now, std::uint32_t i, std::uint32_t r, Effects& out);
  void note_standing(Effects& out);
  void run_instances(Effects& out);

  void mark(std::uint32_t i) {
    dirty.insert(i);
    services[i].whole = true;
  }
  void mark(std::uint32_t i, std::uint32_t r) {
    dirty.insert(i);
    services[i].changed.push_back(r);
  }
  const char* phase_name() const;
  bool is_awaited(const ipvs::ServiceKey& key) const {
    return std::any_of(pending.begin(), pending.end(), [&](const auto& each) { return service_of(each.second.op) == key; });
  }
  base::Duration read_period() const {
    return std::clamp<base::Duration>(config->check_interval, kReadOftenest, kReadSeldomest);
  }
};

// --- loading

void Director::State::take(Mono now, Load& in, Effects& out) {
  if (phase == Phase::stopping) return;
  if (loaded) phase = Phase::reloading;
  loaded = true;
  standing = false;
  build(now, std::move(in.config), out);
  if (in.kernel) {
    actual = std::move(*in.kernel);
    table_known = true;
  }
  left_over.merge(in.left_over);
  if (table_known) adopt(now);
  // A kernel that did not answer just now is asked again soon, one that did after the usual time.
  next_read = now + (in.kernel ? read_period() : base::Duration(kRetry));
  patience_until = now + kPatience;
  patience_over = false;
  retire_now = true;
  refusals.clear();
  for (std::uint32_t i = 0; i < services.size(); ++i) {
    mark(i);
    for (std::uint32_t r = 0; r < services[i].reals.size(); ++r) watch_maintenance(now, i, r, out);
  }
}

CheckId Director::State::check_for(const model::CheckSpec& spec, std::map<model::CheckSpec, CheckId>& kept,
                                   std::vector<CheckId>& started) {
  auto [slot, fresh] = kept.try_emplace(spec, 0);
  if (!fresh) return slot->second;
  if (auto old = ids.find(spec); old != ids.end()) {
    slot->second = old->second;
    checks.at(old->second)->users.clear();
    return slot->second;
  }
  slot->second = next_check++;
  checks[slot->second] = std::make_unique<Check>(Check{spec, {}, {}});
  started.push_back(slot->second);
  return slot->second;
}

// What is known of a real before the kernel is looked at: what its type says, or the last verdict of its check.
void Director::State::first_state(Mono now, Real& real, const model::RealServer& model) {
  real.health = Health{};
  real.health.since = now;
  const bool judged = needs_check(model.check);
  const bool known = !judged || checks.at(*real.check)->last;
  if (!known) return;
  const bool up = judged ? checks.at(*real.check)->last->pass : always_up(model.check);
  real.health.proven = true;
  real.health.state = up ? RealState::up : RealState::down;
  real.health.failures = up || !judged ? 0 : 1;
}

void Director::State::build(Mono now, model::Config&& fresh, Effects& out) {
  auto new_config = std::make_unique<model::Config>(std::move(fresh));
  auto old_services = std::move(services);
  auto old_index = std::move(index);
  services.clear();
  index.clear();
  dirty.clear();
  desired.clear();

  std::map<model::CheckSpec, CheckId> kept;
  std::vector<CheckId> started;
  for (const auto& model : new_config->services) {
    const auto i = static_cast<std::uint32_t>(services.size());
    if (!index.try_emplace(model.key, i).second) continue;  // configurations with duplicates are refused earlier
    Service s;
    s.model = &model;
    s.reals.resize(model.reals.size());
    s.unknown = s.reals.size();
    s.own_endpoints = have_own_endpoints(model);

    // A real that stands in the same service with the same check keeps what is known of it.
    std::map<std::pair<ipvs::DestKey, std::optional<CheckId>>, const Real*> known;
    if (auto old = old_index.find(model.key); old != old_index.end()) {
      const auto& before = old_services[old->second];
      if (before.model->fallback_command == model.fallback_command) s.fallback_word = before.fallback_word;
      s.last_error = before.last_error;
      s.tally = before.tally;
      s.without_reals = before.without_reals;
      for (std::size_t r = 0; r < before.reals.size(); ++r)
        known[{before.model->reals[r].endpoint, before.reals[r].check}] = &before.reals[r];
    }
    for (std::uint32_t r = 0; r < model.reals.size(); ++r) {
      auto& real = s.reals[r];
      const auto& spec = model.reals[r].check;
      if (needs_check(spec) || may_be_reported(*new_config, model, spec)) {
        real.check = check_for(model.reals[r].check, kept, started);
        checks.at(*real.check)->users.emplace_back(i, r);
      }
      auto old = known.find({model.reals[r].endpoint, real.check});
      if (old != known.end()) {
        real.maintenance = old->second->maintenance;
        real.next_mail = old->second->next_mail;
      }
      // What happened to a server has happened, whatever it is asked from now on.
      auto same_place = old != known.end() ? old : known.lower_bound({model.reals[r].endpoint, std::nullopt});
      if (same_place != known.end() && same_place->first.first == model.reals[r].endpoint)
        real.timeline = same_place->second->timeline;
      if (old != known.end() && real.check && old->second->health.state != RealState::unknown)
        real.health = old->second->health;
      else first_state(now, real, model.reals[r]);
    }
    services.push_back(std::move(s));
  }

  for (const auto& [key, i] : old_index)
    if (!index.count(key)) retired.insert(key);
  for (const auto& [key, i] : index) retired.erase(key);
  for (const auto& [spec, id] : ids)
    if (!kept.count(spec)) {
      checks.erase(id);
      out.emplace_back(StopCheck{id});
    }
  ids = std::move(kept);
  config = std::move(new_config);
  for (CheckId id : started) out.emplace_back(StartCheck{id, checks.at(id)->spec});
}

// A real that the kernel already sends clients to is taken to work until its check says otherwise.
void Director::State::adopt(Mono now) {
  for (const auto& [key, service] : actual)
    if (left_over.count(key.str()) && !index.count(key)) retired.insert(key);
  left_over.clear();
  for (auto& s : services) {
    const auto* found = find(actual, s.model->key);
    if (!found) continue;
    for (std::size_t r = 0; r < s.reals.size(); ++r) {
      auto& health = s.reals[r].health;
      if (health.state != RealState::unknown) continue;
      auto dest = found->dests.find(s.model->reals[r].endpoint);
      if (dest == found->dests.end() || dest->second.weight == 0) continue;
      health.state = RealState::up;
      health.since = now;
      s.reals[r].timeline.note(now, Turn::up, "found in the kernel's table");
    }
  }
}

// --- verdicts

void Director::State::take(Mono now, CheckDone& in, Effects& out) {
  const auto found = checks.find(in.check);
  if (found == checks.end() || phase == Phase::stopping) return;
  auto& check = *found->second;
  check.last = std::move(in.verdict);
  const auto kind = kind_of(check.spec);
  for (auto [i, r] : check.users) {
    auto& service = services[i];
    auto& real = service.reals[r];
    const auto& model = service.model->reals[r];
    const bool judged = needs_check(model.check);
    if (const auto& file = service.model->monitorfile; file.empty()) {
    } else if (!real.maintenance.empty()) {
      out.emplace_back(WriteMonitor{file, monitor_line(model, false, "Server in maintenance")});
    } else if (always_reported(model.check)) {
      out.emplace_back(WriteMonitor{file, judged ? monitor_line(model, check.last->pass, check.last->detail)
                                               : monitor_line(model, true, "")});
    }
    if (!judged) continue;
    service.tally.check_done(kind, *check.last);
    const auto before = real.health;
    const auto change = real.health.observe(now, check.last->pass, service.model->failure_count);
    if (change == Change::none) continue;

    const auto name = real_name(service.model->reals[r]);
    const auto id = service.model->key.str();
    if (change == Change::soft_failure) ++service.tally.soft_failures;
    if (change == Change::soft_failure)
      out.emplace_back(Publish{{kSoftFailure, {{"real", name}, {"id", id}, {"count", fmt::to_string(real.health.failures)},
                                               {"limit", fmt::to_string(service.model->failure_count)}}}});
    if (before.failures > 0 && real.health.failures == 0)
      out.emplace_back(Publish{{kSoftReset, {{"real", name}, {"id", id}}}});
    if (change != Change::went_up && change != Change::went_down) continue;
    ++(change == Change::went_up ? service.tally.went_up : service.tally.went_down);
    real.timeline.note(now, change == Change::went_up ? Turn::up : Turn::down, check.last->detail);
    out.emplace_back(Publish{{change == Change::went_up ? kRealUp : kRealDown,
                              {{"real", name}, {"id", id}, {"reason", check.last->detail}}}});
    if (real.maintenance.empty()) {
      if (change == Change::went_down) note_down(now, service, real, service.model->reals[r], before.state == RealState::up, out);
      else real.next_mail = base::kNever;
    }
    real.hand_weight.reset();
    mark(i, r);
  }
}

// --- the kernel

void Director::State::take(Mono now, TableRead& in, Effects& out) {
  if (!loaded || phase == Phase::stopping) return;
  ++(in.table ? tally.table_reads : tally.table_reads_failed);
  if (!in.table) {
    if (!read_failing) out.emplace_back(Publish{{kReadFailed, {{"error", in.table.error().message}}}});
    read_failing = true;
    next_read = now + kRetry;
    return;
  }
  if (read_failing) out.emplace_back(Publish{{kReadAgain}});
  read_failing = false;
  if (!pending.empty()) {  // read between our own operations: worth nothing
    next_read = now;
    return;
  }
  next_read = now + std::max(read_period(), in.took * kReadShare);
  const auto before = std::move(actual);
  actual = std::move(*in.table);
  if (!table_known) {
    table_known = true;
    adopt(now);
    for (std::uint32_t i = 0; i < services.size(); ++i) mark(i);
    return;
  }
  for (std::uint32_t i = 0; i < services.size(); ++i) {
    auto& s = services[i];
    const auto* was = find(before, s.model->key);
    const auto* is = find(actual, s.model->key);
    const bool same = (!was && !is) || (was && is && *was == *is);
    if (same && s.in_sync) continue;
    if (!same && s.in_sync) notice_drift(now, s, was, is, out);
    mark(i);
  }
  for (auto it = retired.begin(); it != retired.end();) it = actual.count(*it) ? std::next(it) : retired.erase(it);
  retire_now = !retired.empty();
}

// Someone else has changed a service of ours. A weight on a real that is up is the operator's will; anything else is
// put right by the settling that follows.
void Director::State::notice_drift(Mono now, Service& s, const ipvs::Service* before, const ipvs::Service* after,
                                   Effects& out) {
  s.drifted = true;
  if (!before || !after) return;
  for (std::size_t r = 0; r < s.reals.size(); ++r) {
    auto& real = s.reals[r];
    if (real.health.state != RealState::up || !real.maintenance.empty()) continue;
    const auto& endpoint = s.model->reals[r].endpoint;
    auto was = before->dests.find(endpoint), is = after->dests.find(endpoint);
    if (was == before->dests.end() || is == after->dests.end() || was->second.weight == is->second.weight) continue;
    const auto configured = s.model->reals[r].dest.weight;
    real.hand_weight.reset();
    if (is->second.weight != configured) real.hand_weight = is->second.weight;
    real.timeline.note(now, Turn::weight, fmt::format("set to {} by hand", is->second.weight));
    out.emplace_back(Publish{{kWeightByHand, {{"real", real_name(s.model->reals[r])}, {"virtual", s.model->key.log_name()},
                                              {"weight", fmt::to_string(is->second.weight)}}}});
  }
}

void Director::State::take(Mono now, OpDone& in, Effects& out) {
  auto it = pending.find(in.op);
  if (it == pending.end()) return;
  auto done = std::move(it->second);
  pending.erase(it);
  const auto key = service_of(done.op);
  auto found = index.find(key);
  Service* service = found == index.end() ? nullptr : &services[found->second];
  const auto text = ipvs::describe(done.op);

  // What should go and is gone already has succeeded, whoever did it.
  const bool gone = !in.result && is_delete(done.op) && (in.result.error().code == ESRCH || in.result.error().code == ENOENT);
  if (in.result || gone) {
    replay(actual, done.op);
    refusals.erase(text);
    if (service) ++service->tally.operations;
    // Of the last whole plan nothing was refused, and nothing is awaited any more.
    if (service && !service->last_error.empty() && (is_service_op(done.op) || (service->in_sync && !is_awaited(key))))
      service->last_error.clear();
    if (std::holds_alternative<ipvs::DeleteService>(done.op)) retired.erase(key);
    if (gone) return;
    for (auto& e : done.before) publish(now, std::move(e), service ? service->model : nullptr, out);
    publish(now, std::move(done.event), service ? service->model : nullptr, out);
    return;
  }

  next_read = std::min(next_read, now + kRetry);
  const auto& error = in.result.error().message;
  const bool consequence = service && service->refused && !is_service_op(done.op);
  if (service) {
    service->in_sync = false;
    ++service->tally.refused;
    service->refused |= is_service_op(done.op);
    if (!consequence) service->last_error = text + ": " + error;
  }
  if (consequence) return;  // of the refused service, which has been said
  std::erase_if(refusals, [&](const auto& each) { return now - each.second.last > kForget; });
  auto [said, first] = refusals.try_emplace(text, Refusal{error, now, now});
  said->second.last = now;
  if (!first && said->second.error == error && now - said->second.said < kSayAgain) return;
  said->second = {error, now, now};
  out.emplace_back(Publish{{kOpFailed, {{"op", text}, {"error", error}}}});
}

// --- the rest of the inputs

void Director::State::take(Mono now, Maintenance& in, Effects& out) {
  maintenance = std::move(in.found);
  if (phase == Phase::stopping) return;
  for (std::uint32_t i = 0; i < services.size(); ++i)
    for (std::uint32_t r = 0; r < services[i].reals.size(); ++r) watch_maintenance(now, i, r, out);
}

void Director::State::watch_maintenance(Mono now, std::uint32_t i, std::uint32_t r, Effects& out) {
  auto& s = services[i];
  auto& real = s.reals[r];
  const auto& model = s.model->reals[r];
  auto file = config->maintenance_dir.empty() ? std::string() : maintenance_file(model, maintenance);
  if (file == real.maintenance) return;
  const bool on = real.maintenance.empty(), off = file.empty();
  real.maintenance = std::move(file);
  if (!on && !off) return;  // another file for the same
  out.emplace_back(Publish{{on ? kMaintenanceOn : kMaintenanceOff,
                            {{"real", real_name(model)}, {"id", s.model->key.str()}, {"path", real.maintenance}}}});
  real.timeline.note(now, on ? Turn::maintenance : Turn::back, real.maintenance);
  real.hand_weight.reset();
  if (on) note_down(now, s, real, model, true, out);
  else if (real.health.state == RealState::up) real.next_mail = base::kNever;
  mark(i, r);
}

void Director::State::take(Mono, FileChanged&, Effects& out) {
  if (!loaded || phase == Phase::stopping) return;
  out.emplace_back(Publish{{kFileChanged, {{"path", config->path}}}});
  out.emplace_back(Publish{{config->autoreload ? kReread : kIgnoreChange}});
  if (config->autoreload) out.emplace_back(ReloadConfig{});
  if (!config->callback.empty()) out.emplace_back(RunCommand{config->callback, config->path, "callback", {}});
}

void Director::State::take(Mono now, Tick&, Effects& out) {
  if (!loaded || phase == Phase::stopping) return;
  repeat_mails(now, out);
  if (now < next_read) return;
  out.emplace_back(ReadTable{});
  next_read = now + read_period();  // should the answer never come
}

void Director::State::take(Mono, Stop& in, Effects& out) {
  if (phase == Phase::stopping) return;
  if (!in.hand_over)
    for (const auto& name : instances) out.emplace_back(RunInstance{name, "stop"});
  phase = Phase::stopping;
  stop_signal = in.signal;
  hand_over = in.hand_over;
  for (const auto& [spec, id] : ids) {
    checks.erase(id);
    out.emplace_back(StopCheck{id});
  }
  ids.clear();
}

// --- settling


void Director::State::settle(Mono now, Effects& out) {
  if (loaded && !patience_over && now >= patience_until) {
    patience_over = true;
    for (std::uint32_t i = 0; i < services.size(); ++i)
      if (!services[i].decided) mark(i);
  }
  if (finished || !pending.empty()) return;
  if (phase == Phase::stopping) return settle_stop(out);
  if (!loaded || !table_known) return;
  auto todo = std::move(dirty);
  dirty.clear();
  for (auto i : todo) settle_service(i, out);
  if (retire_now)
    for (const auto& key : retired) {
      if (!actual.count(key)) continue;
      ipvs::Op op = ipvs::DeleteService{key};
      auto event = narrate(op, nullptr, nullptr, "start");
      emit(std::move(op), std::move(event), {}, out);
    }
  retire_now = false;
  if (pending.empty()) note_standing(out);
}

// What has changed since the last plan, where that leaves the rest of it as it was; false: it must be made anew.
bool Director::State::settle_reals(Service& s, Effects& out) {
  const auto& model = *s.model;
  const auto* kernel = find(actual, model.key);
  if (s.whole || !s.own_endpoints || !kernel) return false;
  const bool any_up = s.up > 0;
  if (any_up != s.any_up) return false;
  if (!any_up && (s.all_known != (s.unknown == 0) || s.patience_over != patience_over)) return false;

  // The part of both tables that is in question.
  auto& wanted = desired[model.key];
  ipvs::Service want{wanted.options, {}}, have{wanted.options, {}};
  std::map<ipvs::DestKey, PlannedEntry> entries;
  for (auto r : s.changed) {
    auto entry = plan_real(model, static_cast<int>(r), view(s.reals[r]), kernel);
    if (auto found = kernel->dests.find(entry.endpoint); found != kernel->dests.end()) have.dests.insert(*found);
    if (entry.dest) wanted.dests[entry.endpoint] = want.dests[entry.endpoint] = *entry.dest;
    else wanted.dests.erase(entry.endpoint);
    entries.insert_or_assign(entry.endpoint, std::move(entry));
  }
  std::vector<ipvs::Op> ops;
  reconcile_service(model.key, &want, &have, ops);
  emit_all(s, std::move(ops), [&](const ipvs::DestKey& endpoint) {
    auto found = entries.find(endpoint);
    return found == entries.end() ? nullptr : &found->second;
  }, out);
  return true;
}

void Director::State::settle_service(std::uint32_t i, Effects& out) {
  auto& s = services[i];
  const auto& model = *s.model;
  s.refused = false;
  for (auto r : s.changed) count(s, s.reals[r]);
  const bool settled = settle_reals(s, out);
  s.changed.clear();
  if (settled) return;
  const auto* kernel = find(actual, model.key);
  for (auto& real : s.reals) count(s, real);
  auto plan = plan_service(model, views(s), kernel, patience_over);
  s.whole = false;
  s.any_up = s.up > 0;
  s.all_known = s.unknown == 0;
  s.patience_over = patience_over;
  s.decided = plan.decided;
  if (plan.decided) fallback_command(s, plan.fallback_on, out);
  if (plan.decided && std::exchange(s.without_reals, plan.fallback_on) != plan.fallback_on && plan.fallback_on)
    ++s.tally.fallbacks;

  std::vector<ipvs::Op> ops;
  reconcile_service(model.key, &plan.desired, kernel, ops);
  desired[model.key] = std::move(plan.desired);
  s.in_sync = true;  // once these have succeeded; a refusal takes it back
  if (std::exchange(s.drifted, false) && !ops.empty()) {
    auto text = ipvs::describe(ops.front());
    if (ops.size() > 1) text += fmt::format(" and {} more", ops.size() - 1);
    ++s.tally.drift_repairs;
    out.emplace_back(Publish{{kDrift, {{"virtual", model.key.log_name()}, {"op", text}}}});
  }
  if (ops.empty()) {
    s.last_error.clear();  // what was refused is not wanted any more
    return;
  }

  // The entry that speaks for an endpoint: the one whose value is in the table, else the first.
  std::map<ipvs::DestKey, const PlannedEntry*> speakers;
  for (const auto& e : plan.entries) {
    auto& speaker = speakers[e.endpoint];
    if (!speaker || e.dest) speaker = &e;
  }
  emit_all(s, std::move(ops), [&](const ipvs::DestKey& endpoint) {
    auto found = speakers.find(endpoint);
    return found == speakers.end() ? nullptr : found->second;
  }, out);
}

// Takes our services out once; whatever the kernel says to that, it is the end.
void Director::State::settle_stop(Effects& out) {
  if (!std::exchange(stop_sent, true) && loaded && table_known) {
    auto purge = [&](const ipvs::ServiceKey& key, std::vector<base::Event> before) {
      ipvs::Op op = ipvs::DeleteService{key};
      auto event = narrate(op, nullptr, nullptr, "stop");
      emit(std::move(op), std::move(event), std::move(before), out);
    };
    for (auto& s : services) {
      const auto* kernel = find(actual, s.model->key);
      if (!kernel || !s.model->cleanstop || hand_over) continue;
      if (s.fallback_word == true) fallback_command(s, false, out);  // what it started must not outlive the service
      std::vector<base::Event> reals;
      for (std::size_t r = 0; r < s.reals.size(); ++r)
        if (s.reals[r].health.state == RealState::up && s.reals[r].maintenance.empty() && kernel->dests.count(s.model->reals[r].endpoint))
          reals.push_back({kPurgedReal, {{"real", real_name(s.model->reals[r])}, {"virtual", s.model->key.log_name()}, {"phase", "stop"}}});
      purge(s.model->key, std::move(reals));
    }
    for (const auto& key : retired)
      if (actual.count(key)) purge(key, {});
    if (!pending.empty()) return;
  }
  finished = true;
  out.emplace_back(Publish{{kTerminated, {{"signal", stop_signal}}}});
  out.emplace_back(Finished{});
}

void Director::State::emit_all(const Service& s, std::vector<ipvs::Op> ops,
                               const std::function<const PlannedEntry*(const ipvs::DestKey&)>& entry_of, Effects& out) {
  for (auto& op : ops) {
    const PlannedEntry* entry = nullptr;
    std::visit([&](const auto& o) {
      if constexpr (requires { o.dest; }) entry = entry_of(o.dest);
    }, op);
    auto event = narrate(op, s.model, entry, "start");
    emit(std::move(op), std::move(event), {}, out);
  }
}

void Director::State::emit(ipvs::Op op, base::Event event, std::vector<base::Event> before, Effects& out) {
  const OpId id = next_op++;
  if (!refusals.empty() && refusals.count(ipvs::describe(op))) ++tally.retries;
  out.emplace_back(ApplyOp{id, op});
  pending.emplace(id, Pending{std::move(op), std::move(event), std::move(before)});
}

void Director::State::fallback_command(Service& s, bool on, Effects& out) {
  const auto& model = *s.model;
  if (model.fallback_command.empty() || s.fallback_word == on) return;
  s.fallback_word = on;
  const bool mark = model.key.protocol == ipvs::Protocol::fwm;  // the original passes ":0" and "fwm" (reference §3.5)
  const auto id = model.key.str();
  out.emplace_back(RunCommand{fmt::format("{} {} {} {}", model.fallback_command, on ? "start" : "stop",
                                          mark ? ":0" : model.key.log_name(), mark ? "fwm" : id.substr(0, id.find(':'))),
                              "", "fallbackcommand " + model.fallback_command, id});
}

void Director::State::publish(Mono now, base::Event event, const model::VirtualService* service, Effects& out) {
  auto subject = service ? mail_subject(event) : std::nullopt;
  out.emplace_back(Publish{std::move(event)});
  if (subject) mail(now, *service, std::move(*subject), out);
}

// --- mail

void Director::State::mail(Mono now, const model::VirtualService& service, std::string subject, Effects& out) {
  if (service.email_alert.empty() || !mail_wanted(service.email_alert_status, phase_name())) return;
  const bool held_already = mail_pace.next() != base::kNever;
  if (!mail_pace.allow(now, service.email_alert)) {
    ++tally.mails_held_back;
    if (!held_already) out.emplace_back(Publish{{kMailHeldBack, {{"to", service.email_alert}}}});
    return;
  }
  out.emplace_back(Publish{{kMailAlert, {{"text", subject}}}});
  out.emplace_back(SendMail{service.email_alert, config->email_alert_from, service.smtp, std::move(subject), phase_name(),
                            service.service_name, service.comment});
}

// A real has failed. The table's change is mailed by itself; one that never got so far changes nothing there, and
// must be told of nevertheless.
void Director::State::note_down(Mono now, Service& s, Real& real, const model::RealServer& model, bool was_in_table,
                                Effects& out) {
  const auto& service = *s.model;
  if (!was_in_table && !service.quiescent) mail(now, service, inaccessible(service, model), out);
  if (service.email_alert_freq.count() == 0 || service.email_alert.empty()) return;
  real.next_mail = now + service.email_alert_freq;
  next_mail = std::min(next_mail, real.next_mail);
}

void Director::State::repeat_mails(Mono now, Effects& out) {
  while (auto due = mail_pace.due(now)) {
    const model::VirtualService* like = nullptr;
    for (const auto& s : services)
      if (s.model->email_alert == due->to && !like) like = s.model;
    if (!like) continue;
    auto subject = fmt::format("{} more alerts were held back, see the log", due->held);
    out.emplace_back(Publish{{kMailAlert, {{"text", subject}}}});
    out.emplace_back(SendMail{due->to, config->email_alert_from, like->smtp, std::move(subject), phase_name(), "", ""});
  }
  if (now < next_mail) return;
  next_mail = base::kNever;
  for (auto& s : services)
    for (std::size_t r = 0; r < s.reals.size(); ++r) {
      auto& real = s.reals[r];
      // A reload may have taken the wish to be reminded back.
      if (s.model->email_alert_freq.count() == 0) real.next_mail = base::kNever;
      if (real.next_mail <= now) {
        mail(now, *s.model, inaccessible(*s.model, s.model->reals[r]), out);
        real.next_mail = now + s.model->email_alert_freq;
      }
      next_mail = std::min(next_mail, real.next_mail);
    }
}

void Director::State::note_standing(Effects& out) {
  if (standing) return;
  for (const auto& s : services) {
    if (!actual.count(s.model->key) && s.last_error.empty()) return;
    if (patience_over) continue;
    for (const auto& r : s.reals)
      if (r.health.state == RealState::unknown && r.maintenance.empty()) return;
  }
  standing = true;
  phase = Phase::running;
  run_instances(out);
}

// The other configurations follow this one: new ones are started, those that stayed read theirs anew.
void Director::State::run_instances(Effects& out) {
  std::set<std::string> wanted(config->execute.begin(), config->execute.end());
  for (const auto& name : instances)
    if (!wanted.count(name)) out.emplace_back(RunInstance{name, "stop"});
  for (const auto& name : config->execute) out.emplace_back(RunInstance{name, instances.count(name) ? "reload" : "start"});
  instances = std::move(wanted);
}

const char* Director::State::phase_name() const {
  switch (phase) {
    case Phase::starting: return "starting";
    case Phase::reloading: return "reloading";
    case Phase::stopping: return "stopping";
    case Phase::running: break;
  }
  return "running";
}

// --- the outside

Director::Director() : state_(std::make_unique<State>()) {}
Director::~Director() = default;
Director::Director(Director&&) noexcept = default;
Director& Director::operator=(Director&&) noexcept = default;

void Director::step(Mono now, Input input, Effects& out) {
  std::visit([&](auto& in) { state_->take(now, in, out); }, input);
}

void Director::settle(Mono now, Effects& out) { state_->settle(now, out); }

Mono Director::next_wake() const {
  if (!state_->loaded || state_->phase == Phase::stopping) return base::kNever;
  auto when = std::min({state_->next_read, state_->next_mail, state_->mail_pace.next()});
  return state_->patience_over ? when : std::min(when, state_->patience_until);
}

bool Director::standing() const { return state_->standing; }
const char* Director::phase() const { return state_->phase_name(); }
const ipvs::Table& Director::desired() const { return state_->desired; }
const Tally& Director::tally() const { return state_->tally; }

std::vector<ServiceExplanation> Director::explain() const {
  std::vector<ServiceExplanation> out;
  for (const auto& s : state_->services) {
    const auto* kernel = find(state_->actual, s.model->key);
    const auto real_views = views(s);
    auto plan = plan_service(*s.model, real_views, kernel, state_->patience_over);
    ServiceExplanation& e = out.emplace_back();
    e.key = s.model->key;
    e.options = plan.desired.options;
    e.in_kernel = kernel != nullptr;
    e.last_error = s.last_error;
    e.tally = s.tally;
    e.without_reals = s.without_reals;
    if (kernel) e.in_table = kernel->dests.size();
    for (auto& p : plan.entries) {
      Explanation& x = e.entries.emplace_back();
      x.endpoint = p.endpoint;
      x.fallback = p.real == PlannedEntry::kFallback;
      x.configured = p.real != PlannedEntry::kStranger;
      x.placement = p.placement;
      x.dest = p.dest;
      x.reason = p.why;
      x.name = p.endpoint.str();
      if (p.dest) x.method = ipvs::method_word(p.dest->forward, p.dest->tunnel);
      if (x.fallback) x.method = ipvs::method_word(s.model->fallback->forward);
      if (kernel)
        if (auto held = kernel->dests.find(p.endpoint); held != kernel->dests.end()) x.connections = held->second.connections.count;
      if (p.real < 0) continue;
      x.name = real_name(s.model->reals[static_cast<std::size_t>(p.real)]);
      const auto& as_configured = s.model->reals[static_cast<std::size_t>(p.real)].dest;
      x.method = ipvs::method_word(as_configured.forward, as_configured.tunnel);
      const auto& real = s.reals[static_cast<std::size_t>(p.real)];
      x.state = real.health.state;
      x.failures = real.health.failures;
      x.since = real.health.since;
      x.maintenance = real.maintenance;
      x.timeline = real.timeline.turns();
      if (!real.maintenance.empty()) x.reason += fmt::format("; file {}", real.maintenance);
      if (!real.check || !needs_check(s.model->reals[static_cast<std::size_t>(p.real)].check)) continue;
      const auto check = state_->checks.find(*real.check);
      x.last = check == state_->checks.end() ? std::nullopt : check->second->last;
      if (x.last) x.reason += fmt::format("; last check {}: {}", x.last->pass ? "passed" : "failed", x.last->detail);
    }
  }
  return out;
}

}  // namespace ldir::core
