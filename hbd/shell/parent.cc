// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/parent.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "hbd/core/input.h"
#include "hbd/shell/agents.h"
#include "hbd/shell/clients.h"
#include "hbd/shell/events.h"
#include "hbd/shell/fence.h"
#include "hbd/shell/findings.h"
#include "hbd/shell/guard.h"
#include "hbd/shell/identity.h"
#include "hbd/shell/keeper.h"
#include "hbd/shell/media.h"
#include "hbd/shell/memory.h"
#include "hbd/shell/rc_hooks.h"
#include "hbd/shell/status_sockets.h"
#include "hbd/shell/report.h"
#include "hbd/shell/succession.h"
#include "hbd/shell/title.h"
#include "hbd/shell/user.h"
#include "hbd/shell/watchdog.h"
#include "io/clock.h"
#include "io/daemon.h"
#include "io/loop.h"
#include "io/watchdog.h"

namespace hbd::shell {
namespace {

constexpr base::Duration kStartLimit = std::chrono::seconds(30);
/// Before there is a watchdog and a child that wait for us.
constexpr base::Duration kNamesAtStart = std::chrono::seconds(1);
constexpr base::Duration kChildEndLimit = std::chrono::seconds(2);
constexpr base::Duration kShortestPatience = std::chrono::milliseconds(250);

/// Nanoseconds of the file's modification time; 0 when it is not there.
std::int64_t modified(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return 0;
  return std::int64_t{st.st_mtim.tv_sec} * 1000000000 + st.st_mtim.tv_nsec;
}

class Parent {
 public:
  Parent(const Options& options, Paths paths, Parse parse, Texts texts, Config config, Report& report)
      : options_(options),
        paths_(std::move(paths)),
        parse_(std::move(parse)),
        texts_(std::move(texts)),
        config_(std::move(config)),
        report_(report),
        debug_(std::max(config_.cluster.log.debug, options.debug)) {
    paths_.coreroot = config_.cluster.coreroot;
  }

  /// Everything that can fail at a start.
  base::Result<void> prepare();
  int run(io::Starter starter, bool then_stop);

 private:
  base::Result<void> identify();
  base::Result<void> open_local();
  void apply_config(base::Duration patience = {});
  void tell_scripts();
  void use_watchdog();
  void new_child(Channel& channel);
  void hear(ipc::Message message);
  void relay(ipc::Log& line);
  void finished(bool restart);
  void start_over();
  void end();
  void signal(int number);
  void reload();
  bool reload_config(Texts& fresh);
  void reload_rest(Texts fresh, const Config& config, bool rewritten);
  void shut_down();

  Options options_;
  Paths paths_;
  Parse parse_;
  Texts texts_;
  Config config_;
  Report& report_;
  int debug_ = 0;
  std::int64_t ha_cf_written_ = modified(paths_.ha_cf());
  std::uint32_t table_ = 1;
  ChildUser user_;
  std::uint64_t generation_ = 0, seed_ = 0;
  std::array<std::uint8_t, 16> uuid_{};
  std::optional<Memory> memory_;
  io::Fd api_, fifo_, successor_;
  io::Starter starter_;
  bool realtime_ = false, alone_ = false;
  bool shutting_down_ = false, restarting_ = false, comm_up_ = false;
  io::Loop loop_;
  std::unique_ptr<Agents> agents_;
  std::unique_ptr<RcHooks> rc_hooks_;
  std::unique_ptr<Fencer> fencer_;
  std::unique_ptr<Clients> clients_;
  std::unique_ptr<Media> media_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<StatusSockets> status_;
  std::unique_ptr<io::Signals> signals_;
  Watchdog watchdog_;
};

base::Result<void> Parent::prepare() {
  auto user = find_child_user();
  if (!user) return tl::unexpected(user.error());
  user_ = *user;
  if (user_.fallback) report_.say({kNoHacluster, {{"fallback", user_.name}}});
  // Before the folders: a dead master's scripts may still use theirs.
  auto inherited = claim_succession(paths_.successor_socket());
  if (auto made = make_folders(paths_, user_, !inherited); !made) return made;
  report_.say({kVersion, {{"version", kVersionText}}});
  if (inherited) {
    report_.say(base::Event{kAdopted});
    generation_ = inherited->generation;
    memory_.emplace(std::move(inherited->journal));
  }
  if (auto known = identify(); !known) return known;
  return open_local();
}

base::Result<void> Parent::identify() {
  if (!memory_) {
    auto next = next_generation(paths_.generation(), config_.cluster.generation_by_time, io::now_wall());
    if (!next) return tl::unexpected(next.error());
    generation_ = next->number;
    if (next->fresh) report_.say({kNoGeneration, {{"generation", std::to_string(generation_)}}});
    auto memory = Memory::create();
    if (!memory) return tl::unexpected(memory.error());
    memory_.emplace(std::move(*memory));
  }
  if (config_.cluster.uuid_from_name) {
    uuid_ = uuid_of_name(config_.cluster.self);
  } else {
    auto uuid = own_uuid(paths_.uuid());
    if (!uuid) return tl::unexpected(uuid.error());
    uuid_ = uuid->bytes;
    if (uuid->fresh) report_.say(base::Event{kNewUuid});
  }
  if (::getrandom(&seed_, sizeof seed_, GRND_NONBLOCK) != sizeof seed_) seed_ = generation_;
  return {};
}

base::Result<void> Parent::open_local() {
  if (!succession_socket(paths_.successor_socket(), successor_))
    return base::fail(fmt::format("{}: {}", paths_.successor_socket(), std::strerror(errno)), errno);
  // Bound here, listened to by the child at comm-up: until then clients are refused, as ever.
  if (!bind_socket(paths_.api_socket(), SOCK_STREAM, 0777, api_))
    return base::fail(fmt::format("{}: {}", paths_.api_socket(), std::strerror(errno)), errno);
  auto fifo = paths_.fifo();
  if (struct stat st{}; ::lstat(fifo.c_str(), &st) != 0 || !S_ISFIFO(st.st_mode)) {
    ::unlink(fifo.c_str());
    if (::mkfifo(fifo.c_str(), 0600) != 0)
      return base::fail(fmt::format("{}: {}", fifo, std::strerror(errno)), errno);
    report_.say({kFifoCreated, {{"path", fifo}}});
  }
  fifo_.reset(::open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!fifo_) return base::fail(fmt::format("{}: {}", fifo, std::strerror(errno)), errno);
  return {};
}

/// `patience`: for the names of hosts in ha.cf, in all.
void Parent::apply_config(base::Duration patience) {
  const auto& cluster = config_.cluster;
  agents_->set_table(table_, config_.haresources);
  fencer_->configure(cluster);
  agents_->set_limits(core::Limits(cluster.env));
  tell_scripts();
  bool realtime = cluster.realtime && options_.realtime;
  int priority = cluster.rtprio > 0 ? cluster.rtprio : 1;
  if (realtime && !go_realtime(priority)) {
    report_.say({kRealtimeOff, {{"pid", std::to_string(::getpid())}}});
    realtime = false;
  }
  if (!realtime && realtime_) leave_realtime();
  realtime_ = realtime;
  ChildLaunch launch;
  launch.user = user_;
  launch.realtime = realtime ? priority : 0;
  launch.keep_stderr = options_.foreground;
  launch.coredumps = cluster.coredumps;
  launch.folder = paths_.cores_of(user_.name);
  allow_cores(cluster.coredumps, paths_.cores());
  keeper_->configure(launch, std::max<base::Duration>(cluster.timing.deadtime / 2, kShortestPatience));
  media_->open_all(cluster.media, static_cast<std::uint16_t>(::getpid() & 0xffff), patience);
  status_->configure(cluster.statuspage);
}

/// As ha.cf has it now. Where another device cannot be opened, the one in use stays: better guarded than not.
void Parent::use_watchdog() {
  const auto& device = config_.cluster.watchdog;
  const auto deadtime = config_.cluster.timing.deadtime;
  if (device.empty()) return watchdog_.disarm();
  const int before = watchdog_.seconds();
  if (device == watchdog_.device()) {
    watchdog_.set_deadtime(deadtime);
    if (watchdog_.seconds() == before) return;
  } else {
    auto opened = Watchdog::open(device, deadtime);
    if (!opened) return report_.say({kWatchdogFailed, {{"device", device}, {"error", opened.error().message}}});
    watchdog_.disarm();
    watchdog_ = std::move(*opened);
  }
  report_.say({kWatchdogOn, {{"device", device}, {"seconds", std::to_string(watchdog_.seconds())}}});
}

/// What is in their environment from now on.
void Parent::tell_scripts() {
  const auto& log = config_.cluster.log;
  auto environment = script_environment(config_.cluster, paths_, alone_);
  agents_->set_environment(environment, log.debugfile.empty() ? log.logfile : log.debugfile);
  rc_hooks_->set_environment(std::move(environment));
}

int Parent::run(io::Starter starter, bool then_stop) {
  starter_ = std::move(starter);
  auto& context = loop_.context();
  agents_ = std::make_unique<Agents>(context, report_, paths_, [this](const ipc::JobDone& done) {
    if (auto* channel = keeper_->channel()) channel->send(done);
  });
  rc_hooks_ = std::make_unique<RcHooks>(context, report_, paths_, [this] { return agents_->running() > 0; });
  fencer_ = std::make_unique<Fencer>(context, report_, [this](const ipc::JobDone& done) {
    if (auto* channel = keeper_->channel()) channel->send(done);
  });
  clients_ = std::make_unique<Clients>(context, report_, [this](const std::string& reason) { fencer_->reboot(reason); });
  media_ = std::make_unique<Media>(context, report_, [this](std::size_t index) {
    if (auto* channel = keeper_->channel()) media_->send_to(*channel, index);
  });
  Keeper::Hooks hooks{[this](Channel& channel) { new_child(channel); },
                      [this](ipc::Message message) { hear(std::move(message)); },
                      [this] { agents_->release_all([this] { start_over(); }); }, [this] { end(); }};
  keeper_ = std::make_unique<Keeper>(context, report_, std::move(hooks));
  status_ = std::make_unique<StatusSockets>(context, report_, paths_.status_socket(), user_, [this] {
    if (auto* channel = keeper_->channel()) status_->send_to(*channel);
  });
  signals_ = std::make_unique<io::Signals>(
      context, std::initializer_list<int>{SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2},
      [this](int number) { signal(number); });
  apply_config(kNamesAtStart);
  use_watchdog();
  report_.start();
  shutting_down_ = then_stop;
  keeper_->start();
  io::Watchdog service_manager(loop_.context());
  loop_.run();
  return kExitOk;
}

void Parent::new_child(Channel& channel) {
  auto texts = to_memfd(texts_);
  if (!texts) return;  // it ends by itself, and the next one finds more memory
  fencer_->set_nodes(config_.cluster.nodes);  // until it says that there are others
  ipc::Start start{generation_, seed_, uuid_, table_, static_cast<std::uint8_t>(std::min(debug_, 255))};
  channel.send(start, {texts->get(), memory_->descriptor(), api_.get(), fifo_.get(), successor_.get()});
  for (std::size_t i = 0; i < media_->size(); ++i) media_->send_to(channel, i);
  channel.send(ipc::Go{});
  status_->send_to(channel);
  agents_->redeliver();
  fencer_->redeliver();
  if (shutting_down_) channel.send(ipc::Shutdown{});
}

void Parent::hear(ipc::Message message) {
  if (auto* line = std::get_if<ipc::Log>(&message)) return relay(*line);
  if (auto* job = std::get_if<ipc::RunJob>(&message)) {
    if (agents_->run(*job)) return;
    report_.say(
        {kChildNonsense,
         {{"pid", std::to_string(keeper_->pid())}, {"what", "a job that haresources does not name"}}});
    return keeper_->replace();
  }
  if (auto* cancel = std::get_if<ipc::CancelJob>(&message)) return agents_->cancel(cancel->id);
  if (auto* ack = std::get_if<ipc::JobAck>(&message)) {
    fencer_->acknowledge(ack->id);
    return agents_->acknowledge(ack->id);
  }
  if (auto* want = std::get_if<ipc::WantLink>(&message)) return media_->reopen(want->link);
  if (auto* done = std::get_if<ipc::Finished>(&message)) return finished(done->restart);
  if (auto* hook = std::get_if<ipc::RunHook>(&message)) return rc_hooks_->add(std::move(*hook));
  if (auto* reboot = std::get_if<ipc::Reboot>(&message)) return fencer_->reboot(reboot->reason);
  if (auto* nodes = std::get_if<ipc::Nodes>(&message)) return fencer_->set_nodes(std::move(nodes->names));
  if (auto* fence = std::get_if<ipc::Fence>(&message)) {
    if (fencer_->fence(*fence)) return;
    report_.say({kChildNonsense,
                 {{"pid", std::to_string(keeper_->pid())}, {"what", "the order to reset what is no other node"}}});
    return keeper_->replace();
  }
  if (auto* alive = std::get_if<ipc::Alive>(&message)) {
    watchdog_.pat();
    starter_.ready();
    if (std::exchange(alone_, alive->alone) != alive->alone) tell_scripts();
    if (!alive->comm_up || std::exchange(comm_up_, true)) return;
    io::notify_service_manager("STATUS=communication is up");
    clients_->run(config_.cluster.respawn, script_environment(config_.cluster, paths_));
  }
}

void Parent::relay(ipc::Log& line) {
  if (line.dropped > 0) report_.say({kLinesDropped, {{"count", std::to_string(line.dropped)}}});
  report_.relay(static_cast<base::Level>(std::min<int>(line.level, static_cast<int>(base::Level::crit))),
                line.id, std::move(line.text));
}

void Parent::finished(bool restart) {
  restarting_ = restart && !shutting_down_;
  keeper_->stop(kChildEndLimit);
}

void Parent::start_over() {
  memory_.reset();
  if (auto known = identify(); !known)
    report_.say({kCannotStart, {{"what", "generation"}, {"error", known.error().message}}});
  keeper_->start();
}

void Parent::end() {
  if (restarting_) {
    // A new life in the same process: new generation, no memory.
    restarting_ = false;
    report_.say(base::Event{kRestarting});
    return loop_.post([this] {
      keeper_->resume();
      start_over();
    });
  }
  rc_hooks_->stop();
  clients_->stop([this] {
    watchdog_.disarm();
    ::unlink(paths_.api_socket().c_str());
    ::unlink(paths_.successor_socket().c_str());
    loop_.stop();
  });
}

void Parent::signal(int number) {
  switch (number) {
    case SIGINT:
      if (options_.foreground) shut_down();  // the original ignores it, but it had no one at its terminal
      return;
    case SIGTERM:
      return shut_down();
    case SIGHUP:
      return reload();
    default:
      break;
  }
  debug_ = std::clamp(debug_ + (number == SIGUSR1 ? 1 : -1), 0, 255);
  report_.say({kDebugNow, {{"level", std::to_string(debug_)}, {"pid", std::to_string(::getpid())}}});
  if (auto* channel = keeper_->channel()) channel->send(ipc::Debug{static_cast<std::uint8_t>(debug_)});
}

void Parent::shut_down() {
  if (std::exchange(shutting_down_, true)) return;
  io::notify_service_manager("STOPPING=1");
  if (auto* channel = keeper_->channel()) channel->send(ipc::Shutdown{});
}

void Parent::reload() {
  auto fresh = read_texts(paths_);
  fresh.node_name = texts_.node_name;
  // As ever, a file that was written again counts as changed, whatever it says.
  auto written = modified(paths_.ha_cf());
  bool rewritten = std::exchange(ha_cf_written_, written) != written;
  if (fresh == texts_ && !rewritten) return report_.say(base::Event{kUnchanged});
  bool other_config = fresh.ha_cf != texts_.ha_cf;
  if (other_config && !reload_config(fresh)) {
    fresh.ha_cf = texts_.ha_cf;
    rewritten = false;
  }
  // What is left are the two small files, against the ha.cf that is in force.
  auto config = parse_(fresh, Trust::ask_machine);
  say_findings(report_, config.diagnostics);
  if (!config.ok()) {
    for (const auto& file : refused_files(config.diagnostics))
      report_.say({kReloadRefused, {{"path", file}}});
    return;
  }
  reload_rest(std::move(fresh), config, rewritten);
}

/// True when the new ha.cf can be put in force without a stop.
bool Parent::reload_config(Texts& fresh) {
  auto config = parse_(fresh, Trust::ask_machine);
  if (!config.ok()) {
    say_findings(report_, config.diagnostics);
    report_.say({kReloadRefused, {{"path", paths_.ha_cf()}}});
    return false;
  }
  auto what = needs_restart(config_.cluster, config.cluster);
  if (!what.empty()) {
    report_.say({kNeedsRestart, {{"path", paths_.ha_cf()}, {"what", what}}});
    return false;
  }
  what = waits_for_start(config_.cluster, config.cluster);
  if (!what.empty()) report_.say({kWaitsForStart, {{"path", paths_.ha_cf()}, {"what", what}}});
  return true;
}

void Parent::reload_rest(Texts fresh, const Config& config, bool rewritten) {
  bool replace_child = rewritten || fresh.ha_cf != texts_.ha_cf;
  bool keys = config.cluster.auth != config_.cluster.auth;
  if (!same_groups(config_.haresources, config.haresources)) {
    report_.say(
        {kNeedsRestart, {{"path", paths_.haresources()}, {"what", "set or order of resource groups"}}});
    fresh.haresources = texts_.haresources;
    auto groups = std::move(config_.haresources);
    config_ = config;
    config_.haresources = std::move(groups);
  } else {
    if (fresh.haresources != texts_.haresources)
      report_.say(
          {kRereadingResources,
           {{"path", paths_.haresources()}, {"count", std::to_string(config.haresources.groups.size())}}});
    config_ = config;
  }
  texts_ = std::move(fresh);
  if (keys) report_.say(base::Event{kRereadingAuth});
  ++table_;
  agents_->set_table(table_, config_.haresources);
  if (!replace_child) {
    auto texts = to_memfd(texts_);
    auto* channel = keeper_->channel();
    if (texts && channel) channel->send(ipc::Reload{table_}, {texts->get()});
    return;
  }
  report_.say({kRereadingConfig, {{"path", paths_.ha_cf()}}});
  report_.retarget(config_.cluster.log, options_.foreground);
  debug_ = std::max(config_.cluster.log.debug, options_.debug);
  apply_config();
  use_watchdog();
  report_.say(base::Event{kRestarting});
  clients_->cut_off();
  if (comm_up_) clients_->run(config_.cluster.respawn, script_environment(config_.cluster, paths_));
  keeper_->replace();
}

int already_running(Report& report, pid_t pid) {
  report.say({kAlreadyRunning, {{"pid", std::to_string(pid)}}});
  std::fprintf(stderr, "heartbeat: already running [pid %d].\n", static_cast<int>(pid));
  return kExitOk;
}

int refuse(Report& report, io::Starter& starter, const base::Error& error) {
  report.say({kCannotStart, {{"what", "heartbeat"}, {"error", error.message}}});
  int code = error.code == EPERM || error.code == EACCES ? kExitPermission : kExitFailure;
  starter.report(code, error.message + "\n");
  return code;
}

}  // namespace

int run_parent(const Options& options, const Paths& paths, const Parse& parse, bool then_stop) {
  const auto missed = started_for();
  auto texts = read_texts(paths);
  auto config = parse(texts, Trust::ask_machine);
  if (options.no_resources) config.haresources.groups.clear(), texts.haresources.text.clear();
  Report report(config.cluster.log, config.cluster.self.empty() ? texts.node_name : config.cluster.self,
                false);
  if (auto pid = running_master(paths)) return already_running(report, *pid);
  std::fputs(config.diagnostics.render().c_str(), stderr);
  say_findings(report, config.diagnostics);
  if (!config.ok()) {
    report.retarget(config.cluster.log, true);
    if (has_auth_errors(config, paths)) report.say(base::Event{kAuthError});
    report.say(base::Event{kNotStarted});
    report.say(base::Event{kConfigError});
    return unreadable(texts) ? kExitPermission : kExitConfig;
  }
  if (::geteuid() != 0) {
    std::fputs("heartbeat: must be started by root.\n", stderr);
    return kExitPermission;
  }
  if (options.dump_config) std::fputs(texts.ha_cf.text.c_str(), stderr);
  report.retarget(config.cluster.log, options.foreground);
  for (const auto* event : {&kPacemaker, &kStars}) report.say(base::Event{*event});
  report.say({kValidated, {{"version", kVersionText}}});

  io::Starter starter;
  Guard guard;
  if (!options.foreground && !then_stop) {
    auto daemon = io::daemonise(kStartLimit, kExitOk, kExitFailure);
    if (!daemon) return refuse(report, starter, daemon.error());
    starter = std::move(*daemon);
    guard = Guard::post(options.arguments, paths.pid_file());
  }
  set_title("heartbeat: master control process");
  ::signal(SIGPIPE, SIG_IGN);
  if (missed && !still_missed(paths.pid_file(), *missed)) {
    starter.report(kExitOk);
    return kExitOk;
  }
  auto pid_file = make_pid_file(paths.pid_file());
  if (!pid_file && pid_file.error().code == EWOULDBLOCK) {  // another start was faster
    starter.report(kExitOk);
    return already_running(report, io::read_pid_file(paths.pid_file()).value_or(0));
  }
  if (!pid_file) {
    auto text = fmt::format("could not create pidfile [{}]: {}", paths.pid_file(), pid_file.error().message);
    return refuse(report, starter, {text, EACCES});
  }
  if (missed) report.say({kStartedAgain, {{"pid", std::to_string(*missed)}}});
  int code;
  {
    Parent parent(options, paths, parse, std::move(texts), std::move(config), report);
    if (auto prepared = parent.prepare(); !prepared) {
      code = refuse(report, starter, prepared.error());
    } else {
      if (options.foreground) io::notify_service_manager("READY=1");
      code = parent.run(std::move(starter), then_stop);
    }
  }
  report.flush(std::chrono::seconds(1));
  if (missed && code != kExitOk)
    write_pid(paths.pid_file(), *missed);  // its guard may try again
  else
    pid_file->remove();
  return code;
}

}  // namespace hbd::shell
