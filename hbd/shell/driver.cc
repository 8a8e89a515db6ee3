// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/driver.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/text.h"
#include "hbd/shell/events.h"
#include "hbd/shell/rc_hooks.h"
#include "io/clock.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kPerTurn = 512;  // packets of one link in one turn: a flood must not keep the tick away
constexpr int kMaxTicks = 8;           // per turn
constexpr base::Duration kAskAgain = std::chrono::seconds(1);
constexpr base::Duration kDownTooLong = std::chrono::seconds(5);

/// The parent says these itself, with the path that it really ran.
const std::set<std::string_view> kSaidByParent = {"running_script", "script_failed", "script_timed_out"};

}  // namespace

/// One medium with its state.
struct Driver::Port {
  std::string name;
  std::string_view kind;
  bool ping = false;
  std::unique_ptr<Link> link;
  std::unique_ptr<io::Watch> watch;
  bool up = true;
  base::Mono down_since{}, asked_at{};
};

Driver::Driver(io::Context& context, Channel& channel, Journal journal, const model::Cluster& cluster,
               std::uint32_t table, Hooks hooks)
    : context_(context),
      channel_(&channel),
      journal_(std::move(journal)),
      hooks_(std::move(hooks)),
      table_(table),
      // Several per deadtime: the parent takes silence for death.
      alive_every_(
          std::clamp<base::Duration>(cluster.timing.deadtime / 8, base::Millis(20), base::Millis(500))),
      load_(::open("/proc/loadavg", O_RDONLY | O_CLOEXEC)),
      wake_(context),
      alive_(context) {
  for (const auto& entry : cluster.media) {
    auto port = std::make_unique<Port>();
    port->name = entry.link_name();
    port->kind = entry.kind();
    port->ping = entry.is_ping();
    ports_.push_back(std::move(port));
  }
}

Driver::~Driver() = default;

void Driver::set_link(core::LinkId id, std::unique_ptr<Link> opened, std::string problem) {
  if (id >= ports_.size()) return;
  auto& port = *ports_[id];
  port.watch.reset();
  port.link = std::move(opened);
  if (port.link && engine_)
    port.watch = std::make_unique<io::Watch>(context_, port.link->descriptor(), [this] { turn(); });
  bool up = port.link != nullptr;
  if (up == port.up) return;
  port.up = up;
  port.down_since = io::now_mono();
  if (engine_) feed(core::LinkChange{id, up, std::move(problem)});
}

void Driver::begin(std::unique_ptr<core::Engine> engine) {
  engine_ = std::move(engine);
  for (auto& port : ports_)
    if (port->link)
      port->watch = std::make_unique<io::Watch>(context_, port->link->descriptor(), [this] { turn(); });
  // What was under way when our forerunner died; the parent starts nothing twice.
  for (const auto& [id, job] : journal_.outstanding())
    if (channel_) channel_->send(job);
  core::Effects effects;
  stepping_ = true;
  engine_->start({io::now_mono(), io::now_wall()}, effects);
  carry_out(effects);
  stepping_ = false;
  for (std::size_t i = 0; i < ports_.size(); ++i)
    if (!ports_[i]->up) feed(core::LinkChange{static_cast<core::LinkId>(i), false, "could not be opened"});
  sign_of_life();
  turn();
}

bool Driver::drain() {
  bool any = false;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    auto& port = *ports_[i];
    if (!port.link) continue;
    auto take = [this, i, &any](const Packet& packet) {
      any = true;
      pending_.emplace_back(core::Datagram{static_cast<core::LinkId>(i), std::string(packet.bytes),
                                           std::string(packet.from), io::now_mono()});
    };
    port.link->drain(kPerTurn, take);
    if (port.link->gone() && port.watch) {
      port.watch.reset();
      send_on(static_cast<core::LinkId>(i), {});  // finds out what is wrong, and asks for another
    }
  }
  return any;
}

void Driver::turn() {
  if (!engine_ || stepping_ || finished_) return;
  for (int ticks = 0;; ++ticks) {
    drain();
    auto inputs = std::exchange(pending_, {});
    for (const auto& input : inputs) step(input);
    auto wish = engine_->next_wake();
    if (finished_ || wish > io::now_mono() || ticks >= kMaxTicks) break;
    // The time it was asked for, so that the core sees how late we are.
    step(core::Tick{planned_ == base::kNever ? wish : std::min(wish, planned_), load_average()});
    planned_ = engine_->next_wake();
  }
  arm();
}

void Driver::arm() {
  if (finished_) return wake_.cancel();
  planned_ = engine_->next_wake();
  // Inputs that came up in a step, or ticks left over from a busy turn, go on from the loop, never
  // recursively.
  auto when = pending_.empty() ? planned_ : io::now_mono();
  wake_.at(when, [this] { turn(); });
}

void Driver::feed(const core::Input& input) {
  pending_.push_back(input);
  if (!stepping_) turn();
}

void Driver::step(const core::Input& input) {
  if (finished_) return;
  core::Effects effects;
  stepping_ = true;
  const auto* done = std::get_if<core::JobDone>(&input);
  if (done) journal_.answered(done->id);
  engine_->step({io::now_mono(), io::now_wall()}, input, effects);
  carry_out(effects);
  if (done && channel_) channel_->send(ipc::JobAck{done->id});
  stepping_ = false;
}

void Driver::job_done(ipc::JobDone done) {
  // Orders to reset a node are not in the journal: the core remembers them itself.
  if (!engine_ || (done.id < core::kFirstFence && !journal_.outstanding().contains(done.id))) {
    if (channel_) channel_->send(ipc::JobAck{done.id});
    return;
  }
  auto end = static_cast<core::JobDone::End>(std::min<std::uint8_t>(done.end, 3));
  feed(core::JobDone{done.id, end, done.code, std::move(done.output)});
}

void Driver::carry_out(core::Effects& effects) {
  // First the lasting part: whatever the world gets to see of this step must survive our death.
  for (auto& effect : effects) {
    if (auto* job = std::get_if<core::RunJob>(&effect))
      journal_.asked(
          {job->id, table_, job->group, job->resource, static_cast<std::uint8_t>(job->verb),
           static_cast<std::uint32_t>(std::clamp<std::int64_t>(job->limit.count(), 0, UINT32_MAX))});
    if (auto* memento = std::get_if<core::Remember>(&effect)) journal_.remember(std::move(memento->memento));
  }
  journal_.commit();
  const bool scripts = std::any_of(effects.begin(), effects.end(), [](const auto& e) {
    return std::holds_alternative<core::RunJob>(e);
  });
  if (scripts && channel_ && alone() != said_alone_) channel_->send(life());
  for (const auto& effect : effects) {
    if (const auto* packet = std::get_if<core::Transmit>(&effect)) {
      transmit(*packet);
    } else if (const auto* job = std::get_if<core::RunJob>(&effect)) {
      if (channel_) channel_->send(journal_.outstanding().at(job->id));
    } else if (const auto* cancel = std::get_if<core::CancelJob>(&effect)) {
      if (channel_) channel_->send(ipc::CancelJob{cancel->id});
    } else if (const auto* publish = std::get_if<core::Publish>(&effect)) {
      say(publish->event);
    } else if (const auto* message = std::get_if<core::ToClients>(&effect)) {
      if (hooks_.to_clients) hooks_.to_clients(message->message);
      if (channel_)
        if (auto hook = hook_for(message->message, engine_->snapshot().status)) channel_->offer(*hook);
    } else if (const auto* pace = std::get_if<core::PauseClients>(&effect)) {
      if (hooks_.pause_clients) hooks_.pause_clients(pace->pause);
    } else if (const auto* fence = std::get_if<core::Fence>(&effect)) {
      if (channel_) channel_->send(ipc::Fence{fence->id, fence->node});
    } else if (const auto* nodes = std::get_if<core::Nodes>(&effect)) {
      if (channel_) channel_->send(ipc::Nodes{nodes->names});
    } else if (const auto* reboot = std::get_if<core::Reboot>(&effect)) {
      if (channel_) channel_->send(ipc::Reboot{reboot->reason});
    } else if (const auto* finish = std::get_if<core::Finish>(&effect)) {
      finished_ = true;
      wake_.cancel();
      if (hooks_.finished) hooks_.finished(finish->restart);
      return;
    }
  }
  if (!comm_up_ && engine_->snapshot().comm_up) {
    comm_up_ = true;
    if (hooks_.comm_up) hooks_.comm_up();
    sign_of_life();
  }
}

void Driver::transmit(const core::Transmit& packet) {
  if (packet.link) return send_on(*packet.link, packet.bytes);
  for (std::size_t i = 0; i < ports_.size(); ++i)
    if (!ports_[i]->ping) send_on(static_cast<core::LinkId>(i), packet.bytes);
}

void Driver::send_on(core::LinkId id, std::string_view bytes) {
  if (id >= ports_.size()) return;
  auto& port = *ports_[id];
  if (!port.link) return ask_for_link(port, id, "not open");
  auto [sent, error, to] = port.link->send(bytes);
  if (sent == Link::Sent::not_now) return;
  auto now = io::now_mono();
  bool up = sent == Link::Sent::yes;
  if (up != port.up) {
    port.up = up;
    port.down_since = now;
    if (!up)
      say({kWriteFailed,
           {{"kind", std::string(port.kind)},
            {"name", to.empty() || to == port.name ? port.name : port.name + " " + to},
            {"length", std::to_string(bytes.size())},
            {"error", std::strerror(error)}}});
    pending_.emplace_back(core::LinkChange{id, up, up ? "" : std::strerror(error)});
  }
  if (sent == Link::Sent::gone || (!up && now - port.down_since > kDownTooLong))
    ask_for_link(port, id, std::strerror(error));
}

void Driver::ask_for_link(Port& port, core::LinkId id, std::string reason) {
  auto now = io::now_mono();
  if (!channel_ || (port.asked_at != base::Mono{} && now - port.asked_at < kAskAgain)) return;
  port.asked_at = now;
  channel_->send(ipc::WantLink{id, std::move(reason)});
}

void Driver::say(const base::Event& event) {
  if (kSaidByParent.contains(event.kind->id) || (event.kind->level == base::Level::debug && debug_ == 0))
    return;
  if (!channel_ && voice_) return event.kind->level >= base::Level::warn ? voice_(event) : void();
  // The pid that the log has always named is the master's.
  auto with_pid = event;
  std::erase_if(with_pid.fields, [](const auto& f) { return f.first == "pid" && f.second.empty(); });
  with_pid.fields.emplace_back("pid", std::to_string(::getppid()));
  ipc::Log line{static_cast<std::uint8_t>(event.kind->level), dropped_, std::string(event.kind->id),
                with_pid.text()};
  if (channel_ && channel_->offer(line))
    dropped_ = 0;
  else
    ++dropped_, ++dropped_ever_;
}

void Driver::sign_of_life() {
  if (channel_ && !finished_) channel_->offer(life());
  alive_.after(alive_every_, [this] { sign_of_life(); });
}

ipc::Alive Driver::life() {
  said_alone_ = alone();
  return {comm_up_, holds_something(), said_alone_};
}

bool Driver::alone() const {
  const auto now = engine_ ? engine_->snapshot() : core::Snapshot{};
  return std::none_of(now.nodes.begin(), now.nodes.end(), [&now](const auto& node) {
    return !node.ping && node.name != now.self && node.status == "active";
  });
}

bool Driver::holds_something() const {
  if (!engine_) return false;
  auto groups = engine_->snapshot().groups;
  return !journal_.outstanding().empty() || std::any_of(groups.begin(), groups.end(), [](const auto& g) {
    return g.state != core::GroupState::released && g.state != core::GroupState::failed;
  });
}

core::Snapshot Driver::snapshot() const {
  return engine_ ? engine_->snapshot() : core::Snapshot{};
}

api::Process Driver::process() const {
  api::Process out;
  out.now = io::now_wall();
  out.lines_dropped = dropped_ever_;
  return out;
}

std::string Driver::load_average() {
  char buffer[128];
  auto n = load_ ? ::pread(load_.get(), buffer, sizeof buffer, 0) : -1;
  if (n <= 0) return "n/a";
  return std::string(base::trim(std::string_view(buffer, static_cast<std::size_t>(n))));
}

}  // namespace hbd::shell
