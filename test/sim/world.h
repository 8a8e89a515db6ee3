// SPDX-License-Identifier: Apache-2.0
// A cluster in virtual time: real engines, an unreliable network, hosts that crash, pause and drift, agents
// that hang, fail and lie. Deterministic: everything random comes from one seed. It does what hbd/shell does,
// and nothing else; judging is for checkers.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "test/sim/classic_node.h"
#include "test/sim/daemon.h"

namespace sim {

using base::Duration;
using base::Mono;

/// What the network does to each packet.
struct Weather {
  double loss = 0, duplicate = 0;
  base::Millis min_delay{0}, max_delay{1};  ///< a wide range reorders
};

/// What scripts do.
struct Temper {
  base::Millis min_time{2}, max_time{10};
  double fail_start = 0, fail_stop = 0, hang = 0;
};

/// A script that says one thing and does another.
struct Liar {
  enum class Kind : std::uint8_t {
    start,          ///< `start` exits 0, nothing runs
    stop,           ///< `stop` exits 0, it still runs
    says_running,   ///< `status` says running whatever is the case
    says_stopped,   ///< the reverse
    says_opposite,  ///< of what is the case
  };
  std::size_t group = 0, resource = 0;
  Kind kind = Kind::start;
  std::string node;  ///< only there; empty: everywhere
  double often = 1.0;
};

/// What the device does that resets nodes. It never says that it did when it did not.
struct Device {
  base::Millis min_time{5}, max_time{5};
  double fail = 0;       ///< does nothing and says so
  double mute = 0;       ///< resets, and says that it failed
  base::Millis boot{0};  ///< how long a node is away; 0: it stays off
};

/// How often each thing happened, by name: for --coverage.
using Tally = std::map<std::string, std::uint64_t, std::less<>>;

struct Setup {
  std::vector<std::string> nodes;
  std::vector<std::string> pings;
  bool ping_group = false;  ///< the first of them is a group of two, alive while either answers
  hbd::model::Haresources resources;
  hbd::model::Timing timing;
  hbd::model::Failback failback = hbd::model::Failback::on;
  bool ipfail = false;
  int media = 1;
  std::optional<std::size_t> classic;  ///< this node is a Heartbeat 3.0.6
  std::vector<Liar> liars;
  bool stonith = false;  ///< there is a device that resets nodes
  bool reboot = false;   ///< who cannot stop a script resets itself
  bool watch = false;    ///< what is held is asked each second whether it still runs
  std::uint64_t seed = 1;

  /// What really runs of this group cannot be known from what its scripts say.
  bool lied_about(std::size_t group) const;
  /// A start of it may succeed, and nothing runs; its statuses do not lie.
  bool only_starts_lie(std::size_t group) const;
  /// It may be that it can be started nowhere, for its scripts say that it does not run.
  bool may_be_unstartable(std::size_t group) const;
};

struct Host {
  std::string name;
  hbd::model::Cluster cluster;
  bool classic = false;            ///< a Heartbeat 3.0.6 is installed there
  std::unique_ptr<Daemon> engine;  ///< null while hbd does not run
  std::uint64_t generation = 100;
  std::string memento;
  bool power = true;
  bool leaving = false;  ///< was told to shut down
  Mono paused_until{};
  double rate = 1.0;  ///< of its clock
  Duration offset{};
  Temper temper;
  std::vector<std::vector<bool>> running;  ///< [group][resource]: what the agents brought about
  std::vector<std::vector<bool>> told;     ///< [group][resource]: what they said last
  struct Job {
    hbd::core::RunJob run;
    Mono ends;
    hbd::core::JobDone result;
    bool cancelled = false;
  };
  std::map<hbd::core::JobId, Job> jobs;
  std::vector<Mono> last_job;  ///< [group]: when one ended
  std::map<std::pair<std::uint16_t, std::uint16_t>, Mono>
      stop_failed;                                          ///< [group, resource], until one ends well
  std::set<std::pair<std::uint16_t, std::uint16_t>> stuck;  ///< [group, resource]: its stop always fails
  std::set<std::pair<std::uint64_t, hbd::core::JobId>> fences;  ///< under way, each with the generation that ordered it
  std::vector<hbd::core::Input> queue;  ///< came while it was paused, or while its child was away
  bool child_away = false;
  std::uint64_t wake_version = 0;
  std::uint64_t resets = 0;
  bool booting = false;  ///< was reset, or starts itself again: it will be back
  Mono last_tick{};
  int ticks_at_once = 0;
  Mono planned{};

  /// Null where ours runs, or nothing.
  const ClassicNode* heartbeat() const {
    return classic ? static_cast<const ClassicNode*>(engine.get()) : nullptr;
  }
  bool up() const { return engine != nullptr; }
  /// Of its engine, after the last step; asked for far more often than there are steps.
  const hbd::core::Snapshot& snapshot() const;
  mutable std::optional<hbd::core::Snapshot> last_snapshot;  ///< none since a step
  bool serves(std::size_t group) const;                      ///< all of the group's resources run
  bool touches(std::size_t group) const;                     ///< any of them
  /// The same, as far as hbd could know: by what the agents said.
  bool told_serves(std::size_t group) const;
  bool told_touches(std::size_t group) const;
};

class World {
 public:
  explicit World(Setup setup);

  const Setup& setup() const { return setup_; }
  Mono now() const { return now_; }
  std::vector<Host>& hosts() { return hosts_; }
  const std::vector<Host>& hosts() const { return hosts_; }
  Host& host(std::string_view name);
  base::Rng& rng() { return rng_; }

  Weather weather;
  Device device;

  // The world's hand.
  void start(Host& host);      ///< hbd is started, with a new generation
  void power_cut(Host& host);  ///< everything stops, nothing is left running
  void power_on(Host& host) { host.power = true; }
  void reset(Host& host);                      ///< power cut, and a boot later
  void kill_daemon(Host& host);                ///< both processes die; what agents started stays
  /// Of a Heartbeat 3.0.6 at rest, after a change of its ha.cf: false where it is not.
  bool reload(Host& host);
  void kill_child(Host& host, Duration away);  ///< the parent starts it again with its memento
  void pause(Host& host, Duration length);
  void hold(std::size_t from, Duration length);  ///< what it sends meanwhile arrives at the end, all at once
  void input(Host& host, hbd::core::Input input);
  void cut(std::size_t from, std::size_t to, bool on);
  void cut_ping(std::size_t host, std::size_t ping, bool on);
  void cut_ping_member(std::size_t host, std::size_t member, bool on);  ///< of the ping group, 0 or 1
  /// When an answer of this ping node was last read there; the beginning of time before the first.
  Mono ping_answered(std::size_t host, std::string_view ping) const;
  void cut_medium(int medium, bool on);  ///< for everybody
  bool cut_between(std::size_t from, std::size_t to) const { return cuts_[from][to]; }
  void heal();  ///< perfect network, all awake, obedient agents (liars stay what they are)
  /// Calls `f` at that moment.
  void at(Mono when, std::function<void()> f);
  void run_until(Mono end);
  void run_for(Duration d) { run_until(now_ + d); }

  /// Called before a new generation of an engine begins.
  std::function<void(Host&)> on_start;
  /// Called after every step of an engine.
  std::function<void(Host&)> after_step;
  /// Called for every effect that is not a packet, before it is carried out.
  std::function<void(Host&, const hbd::core::Effect&)> on_effect;
  /// A node is reached by a packet of another; whether it is awake to hear it or not.
  std::function<void(const Host&, const hbd::core::Datagram&)> on_packet;
  /// Elector of each host; replaced by the canary.
  std::function<std::unique_ptr<hbd::core::Elector>(const Host&, std::unique_ptr<hbd::core::Elector>)> wrap;
  std::uint64_t steps = 0, packets = 0;
  std::string stuck;  ///< who asks to be woken again and again for a moment that is past
  std::uint64_t trace_hash = 14695981039346656037ull;
  std::uint64_t lost = 0, duplicated = 0, reordered = 0;  ///< packets
  Tally happened;                                         ///< agents' misdeeds

 private:
  struct Event {
    Mono when;
    std::uint64_t order;
    std::function<void()> run;
    bool operator>(const Event& o) const { return when != o.when ? when > o.when : order > o.order; }
  };
  std::size_t index(const Host& host) const { return static_cast<std::size_t>(&host - hosts_.data()); }
  Mono local(const Host& host, Mono t) const;
  Mono global(const Host& host, Mono t) const;
  hbd::core::Now clock(const Host& host) const;
  void make_engine(Host& host, std::string_view memento, std::optional<hbd::model::Holding> kept = {});
  std::unique_ptr<Daemon> ours(Host& host, std::string_view memento);
  void start_later(Host& host, Duration after);
  void deliver(Host& host, hbd::core::Input input);
  void resume(Host& host);
  void carry_out(Host& host, hbd::core::Effects& effects);
  void transmit(Host& host, const hbd::core::Transmit& packet);
  void run_job(Host& host, const hbd::core::RunJob& run);
  void end_job(std::size_t host, hbd::core::JobId id);
  void fence(Host& host, const hbd::core::Fence& order);
  void arm(Host& host);
  void hash(std::string_view text);
  bool lies(const Host& host, const hbd::core::RunJob& run, Liar::Kind kind);

  Setup setup_;
  Mono now_{base::Seconds(1000)};
  base::Rng rng_;
  std::vector<Host> hosts_;
  std::vector<std::vector<bool>> cuts_, ping_cuts_, member_cuts_;
  std::vector<std::vector<Mono>> answered_;  ///< [host][ping]
  std::vector<bool> medium_cuts_;
  std::vector<Mono> held_until_;
  std::vector<std::vector<std::uint64_t>> latest_;  ///< [from][to]: youngest packet delivered
  std::vector<Event> events_;                       ///< a heap, the next first
  std::uint64_t order_ = 0;
};

/// "alice IPaddr::10.0.0.1 web" as conf would read it.
hbd::model::ResourceGroup parse_group(std::string_view line);

}  // namespace sim
