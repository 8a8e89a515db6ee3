// SPDX-License-Identifier: Apache-2.0
// Heartbeat 3.0.6 in haresources mode as one node of a pair, with its fixed waits, its late reading, its
// intentions in the place of facts, and its faults (reference 3.6, 4, 5, 12): what an Upbeat stands beside
// while a pair is moved. It is judged by nobody; what ours does beside it is.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hbd/model/cluster.h"
#include "test/sim/classic_ipfail.h"
#include "test/sim/classic_post.h"
#include "test/sim/classic_scripts.h"
#include "test/sim/daemon.h"

namespace sim {

class ClassicNode final : public Daemon {
 public:
  using Holding = hbd::model::Holding;
  /// `identity`: self and peer are taken from the cluster, which has two nodes.
  ClassicNode(const hbd::model::Cluster& cluster, const hbd::model::Haresources& resources,
              ClassicPost::Identity identity);

  /// Before start(): it was reloaded (`heartbeat -R -C set`, reference 5.9), and holds what it held.
  void keep(Holding kept) { kept_ = kept; }
  std::optional<Holding> held_at_rest() const;  ///< what it would keep; nothing while it would not be reloaded

  void start(hbd::core::Now now, hbd::core::Effects& out) override;
  void step(hbd::core::Now now, const hbd::core::Input& input, hbd::core::Effects& out) override;
  base::Mono next_wake() const override;
  hbd::core::Snapshot snapshot() const override;
  std::string memento() const override { return {}; }  ///< its processes die together

  // Its known faults, for who judges its peer.
  /// It waits for ever for the end of a takeover that it did not listen to (mach_down race).
  bool stuck_in_transition() const { return takeover_ && !scripts_.at_work() && !has_unread_news(); }
  /// It waits up to an hour for the other to say that it has given.
  bool waits_for_handover() const {
    return (standby_ == Standby::other || standby_ == Standby::done) && !scripts_.at_work();
  }
  bool claims(std::size_t group) const;
  /// Its last word on it, which called it at rest or was for good.
  bool said_free(std::size_t group) const { return said_free_[group]; }
  /// When it last said, at the end of a handover, that it has given it; whatever else became of its claims meanwhile.
  base::Mono gave_at(std::size_t group) const { return gave_at_[group]; }
  /// In legacy mode: without having asked the other, which it called dead, or because it ran already.
  bool took_without_a_word(std::size_t group) const { return taken_[group] || unasked_[group]; }
  bool at_work_on(std::size_t group) const { return scripts_.at_work_on(static_cast<std::uint16_t>(group)); }
  /// It has seen its peer come back from behind a partition, and will drop everything and start again.
  bool drops_all() const { return give_up_at_ != base::kNever || (leaving_ && restart_); }

 private:
  std::optional<Holding> kept_;
  enum class State { init, starting, both_starting, received, stable, shutdown };
  enum class Standby { none, me, other, done };
  using Message = hbd::wire::Message;
  using Unread = std::variant<hbd::core::Datagram, Message>;  ///< a packet, or a line of the FIFO

  // What comes and goes (classic_node.cc)
  bool has_unread_news() const;  ///< more than heartbeats, of which some are nearly always on their way
  void read_all();
  void packet(const hbd::core::Datagram& packet);
  void say(Message message);  ///< looped back first, then sent
  void transmit(const Message& stamped);
  void hear(const Message& m, bool from_us);
  void timers();
  void settle(ClassicScripts::Work& work);
  void send_status();
  void tell(const base::EventKind& kind, std::string what = {});

  // Who is there (classic_node.cc)
  void peer_status(const Message& m, const ClassicPost::Taken& taken);
  void peer_dead();
  struct Ping {
    std::size_t link;
    std::string name, status = "init";
    base::Mono heard_at{};
  };
  void scan();
  void ping_becomes(Ping& ping, const char* status);
  void look_for_comm_up();
  void comm_up();

  // Resources (classic_resources.cc)
  void on_resource(const Message& m, bool from_us);
  void on_starting();
  void on_ask(const Message& m, bool from_us);
  void on_shutdone(bool from_us);
  void on_fence_done(const hbd::core::JobDone& done);
  void on_ip_request(const Message& m);
  void on_ip_answer(const Message& m);
  void hb_standby(Holding what);  ///< the script
  void send_resource(std::string_view info = {});
  void request_ours(bool forced);
  void take_over();
  void mach_down();
  void try_failback();
  void try_shutdown();
  ClassicScript each(ClassicStep::Kind kind, Holding set_of_ours) const;
  bool ours(std::size_t group) const;
  bool nice() const { return cluster_.nice(); }

  hbd::model::Cluster cluster_;
  const hbd::model::Haresources& resources_;
  std::string self_, peer_;
  base::Rng rng_;
  ClassicPost post_;
  ClassicScripts scripts_;
  ClassicIpfail ipfail_;

  std::vector<Unread> inbox_;
  base::Mono read_at_ = base::kNever;
  base::Mono begun_{}, next_beat_{}, next_scan_{}, ask_nodes_at_ = base::kNever;
  std::string status_ = "init", peer_status_ = "init";
  base::Mono peer_heard_at_{};
  bool peer_ever_heard_ = false;
  base::Duration peer_limit_{};
  std::vector<Ping> pings_;
  bool comm_up_ = false;

  State state_ = State::init;
  Holding holds_ = Holding::none, peer_holds_ = Holding::none;
  bool peer_told_ = false, peer_stable_ = false;
  bool takeover_ = false, failback_due_ = false;
  base::Mono rsc_at_ = base::kNever, failback_at_ = base::kNever, give_foreign_at_ = base::kNever;
  Standby standby_ = Standby::none;
  base::Mono standby_until_ = base::kNever;
  std::vector<bool> said_free_;
  std::vector<base::Mono> gave_at_;
  std::vector<bool> unasked_;             ///< legacy mode
  std::vector<bool> taken_;               ///< legacy mode: of the peer's groups
  base::Mono give_up_at_ = base::kNever;  ///< everything, after a partition
  bool leaving_ = false, restart_ = false;
  base::Mono leave_at_ = base::kNever, exit_at_ = base::kNever;
  hbd::core::JobId fence_ = 0, next_fence_ = hbd::core::kFirstFence;
  base::Mono fence_at_ = base::kNever;

  // Of the current call only.
  hbd::core::Now now_{};
  hbd::core::Effects* out_ = nullptr;
};

}  // namespace sim
