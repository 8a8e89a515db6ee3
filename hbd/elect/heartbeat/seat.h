// SPDX-License-Identifier: Apache-2.0
// This node's seat at the table: the state behind make_elector(), and what it does. One class over seven
// files, by what they are about: elector.cc (inputs, time, mementos), hearing.cc (what others say),
// deciding.cc (who should hold what), fencing.cc (resetting the dead), legacy.cc (auto_failback legacy),
// nodes.cc (who belongs to the cluster), speaking.cc (what we say). Not for anybody outside this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hbd/elect/heartbeat/arbitrate.h"
#include "hbd/elect/heartbeat/claims.h"
#include "hbd/elect/heartbeat/complaints.h"
#include "hbd/elect/heartbeat/elector.h"
#include "hbd/elect/heartbeat/ipfail.h"
#include "hbd/elect/heartbeat/membership.h"
#include "hbd/elect/heartbeat/node_changes.h"
#include "hbd/elect/heartbeat/standby.h"
#include "hbd/elect/heartbeat/transport.h"

namespace hbd::elect::heartbeat {

/// A Heartbeat begins to drop everything 2 s after it noticed that a partition is over.
inline constexpr base::Duration kDropPatience = std::chrono::seconds(8);
/// Its failback may settle it before that.
inline constexpr base::Duration kAskPatience = std::chrono::seconds(2);
/// After a start of ours a Heartbeat has begun by then to give our groups back, or never will.
inline constexpr base::Duration kAskHomeAfter = std::chrono::seconds(8);
/// For so long a Heartbeat waits for the answer to a request of its own, and ignores all others meanwhile.
inline constexpr base::Duration kHistoricAnswerPatience = std::chrono::seconds(10);
/// And so long may its scripts take, when it was asked to give up what we hold.
inline constexpr base::Duration kGivePatience = std::chrono::seconds(20);

/// Hops that a packet of ours may make.
int ttl_of(const model::Cluster& cluster);

/// What this node has in mind for one group.
struct Own {
  bool yield = false;
  std::size_t yield_to = 0;  ///< node that is to take it
  base::Mono yield_until = base::kNever;
  bool pinned = false;
  bool conflict = false;  ///< another node claims it too, and we keep it
  /// Another may have held it behind a partition and let go before we could hear of it.
  bool announce_due = false;
  bool phantom_held = false;
  bool wanted = false;          ///< taken by us, and not let go since
  bool waiting = false;         ///< but not to be started before all know
  std::uint64_t said_in = 0;    ///< the number of our first status that says so; 0: not said yet
  bool offered = false;         ///< its failure here was answered by offering it to a Heartbeat
  base::Mono ask_at{};          ///< when to send the next ip-request for it
  std::uint64_t term = 0;       ///< of our holding, the present or the last
  std::uint64_t seen_term = 0;  ///< highest that anybody announced
  base::Mono failed_until{};    ///< its start failed here; not tried again before
  bool failed = false;  ///< its last start here failed: while another node has it, we do not want it back
  base::Mono unclaimed_since = base::kNever;
};

class HeartbeatElector final : public core::Elector, private Hands {
 public:
  HeartbeatElector(const model::Cluster& cluster, const model::Haresources& resources,
                   const Identity& identity);

  void start(core::Now now, core::Council& council) override;
  void step(core::Now now, const core::Input& input, core::Council& council) override;
  void settled(core::Now now, std::size_t index, core::Council& council) override;
  base::Mono next_wake() const override;
  void describe(core::Snapshot& out) const override;
  std::string save() const override;
  bool restore(std::string_view memento) override;

 private:
  // elector.cc
  void enter(core::Now now, core::Council& council);
  void leave();
  void tick(const core::Tick& tick);
  void may_have_called_us_dead(Node& node);
  void check_pulses();
  void become_active();
  void begin_shutdown();
  void progress_shutdown();
  void local_message(const core::LocalMessage& local);
  void operator_standby(model::Holding what, bool on_request, bool patient = true);
  void grant_wish();
  void forgive(const std::vector<bool>& groups);
  void prepare_takeover(model::Holding what);
  void publish(base::Event event) { out_.push_back(core::Publish{std::move(event)}); }
  Node& me() { return members_.nodes()[members_.self()]; }
  const Node& me() const { return members_.nodes()[members_.self()]; }
  std::size_t index_of(const Node& node) const {
    return static_cast<std::size_t>(&node - members_.nodes().data());
  }

  // fencing.cc
  struct FenceJob {
    core::JobId id = 0;  ///< of the attempt under way or the last; 0: left to another node so far
    std::size_t node = 0;
    base::Mono retry_at = base::kNever;  ///< kNever while an answer is awaited
    int failed = 0;
  };
  void fence(Node& node);
  void plan_fence(Node& node);
  void hear_whether_it_asks(Node& node, bool asks);
  bool asks_to_be_reset();
  void attempt(FenceJob& job);
  void fence_tick();
  void fence_done(const core::JobDone& done);
  void fenced(Node& node);
  void unfence(Node& node);
  void on_stonith(Node& teller, const wire::Message& m);
  void say_stonith(const Node& node, std::string_view result);

  // legacy.cc
  void assume_claims(Node& node, bool new_status);
  void assume_kept(Node& node);
  void ask_for_own();
  void on_ip_request(Node& node, const wire::Message& m);
  void let_go_for(const Node& node, std::size_t group);
  void answer_requests();
  void answer_request(Node& node, std::size_t group, bool was_ours);
  void on_ip_answer(Node& node, const wire::Message& m);

  // hearing.cc
  void datagram(const core::Datagram& packet);
  void ping_answer(const core::Datagram& packet, const wire::Message& message, Node& node);
  void refuse(std::string_view kind, base::Event event, std::string reason, const core::Datagram& packet);
  void message(const wire::Message& m);
  void on_status(Node& node, const wire::Message& m);
  void on_upbeat_status(Node& node, const wire::Message& m);
  void on_resource(Node& node, const wire::Message& m);
  void wait_for_scripts_of(const Node& node);
  void on_starting(Node& node, const wire::Message& m);
  void on_shutdone(Node& node);
  void on_ask(Node& node, const wire::Message& m);
  void on_restart(Node& node);
  void on_death(Node& node);
  void forget_claims(Node& node);
  Standby::Request request_of(const wire::Message& m, std::size_t giver) const;

  // nodes.cc
  void local_node_word(wire::Message m);
  bool label(const wire::Message& m, const std::string& teller);
  void local_label(const wire::Message& m);
  void hear_changes(Node& node, std::string_view digest);
  void ask_for_nodes(Node& node);
  bool lists_are_settled(const Node& node) const;
  bool awaits_nodes() const;
  bool hear_stranger(const wire::Message& m);
  void on_reqnodes(Node& node, const wire::Message& m);
  void on_repnodes(Node& node, const wire::Message& m);
  void hear_node_words();
  void add_nodes(const wire::Message& m);
  bool may_delete(const wire::Message& m);
  void delete_nodes(const wire::Message& m);
  bool not_to_be_dropped(std::string_view name);
  bool learn(std::string_view name, const NodeChanges::Change& change);
  void nodes_changed(std::string_view teller = {});
  void reseat(std::vector<std::string> names, const std::vector<std::string>& listed);
  std::string save_nodes() const;
  struct SavedNodes {
    std::vector<std::string> names, listed, newcomers;
    NodeChanges changes;
  };
  std::optional<SavedNodes> saved_nodes(std::string_view& text) const;
  std::optional<SavedNodes> seats_before(std::string_view text) const;
  void take_up(const SavedNodes& saved);

  // deciding.cc
  core::GroupState group_state(std::size_t group) const;
  GroupClaim own_claim(std::size_t group) const;
  bool stable() const;
  bool claimed_elsewhere(std::size_t group) const;
  base::Duration freshness(const Node& node) const;
  bool in_touch(const Node& node) const;
  bool all_know(const Own& own) const;
  Bench bench() const;
  std::size_t preferred_seat(Bench& bench, std::size_t group) const;
  void evaluate();
  void take(const Bench& bench, std::size_t group, const Verdict& verdict);
  void note_conflict(const Bench& bench, std::size_t group, const Verdict& verdict);
  void refresh_own();
  void refresh_conflicts();
  bool both_hold_ours(const Node& node) const;
  void contradict();
  void ask_for_local();
  void ask_home();
  void give_again();
  void hand_over(std::size_t to, const std::vector<bool>& groups);
  void give(model::Holding what, std::size_t to, std::vector<bool> groups);
  void note_progress();
  std::optional<std::size_t> partner() const;
  Ipfail::Facts ipfail_facts() const;
  void ipfail_work(Ipfail::Work& work);
  void ipfail_changed();

  // Hands of a handover (deciding.cc)
  void say(std::string_view info) override;
  void yield_groups() override;
  void other_yielded() override;
  bool kept() const override;
  bool released() const override;
  bool taken() const override;
  bool at_rest() const override;
  void tell(base::Event event) override { publish(std::move(event)); }

  // speaking.cc
  void send(wire::Message m);
  void transmit(const wire::Message& stamped);
  void pass_on(const wire::Message& m, core::LinkId line);
  bool is_line(core::LinkId link) const;
  void transmit_pings();
  void send_status();
  void send_resource(std::string_view info);
  void say_starting();
  void ask_what_it_holds();
  void announce();
  void repeat_resource();
  bool calm() const;
  void send_status_if_changed();
  void relay(TransportWork& work);
  void pace_clients();
  void flush();
  bool any_historic_peer() const;

  bool restore_from(std::string_view memento);

  model::Cluster cluster_;                 ///< its nodes are those of the moment
  model::Haresources resources_;           ///< as read last
  std::vector<std::string> listed_;        ///< the nodes of ha.cf
  NodeChanges changes_;
  Identity identity_;
  model::AuthKeys ping_keys_;
  Registry registry_;
  Membership members_;
  Transport transport_;
  Standby standby_;
  Ipfail ipfail_;
  Complaints complaints_;
  std::vector<Own> own_;
  std::vector<core::GroupState> known_state_;  ///< at the end of the last call
  std::vector<std::size_t> media_;             ///< those that are not ping media
  std::vector<core::LinkId> lines_;        ///< the serial ones of media_

  std::vector<wire::Message> node_words_;  ///< addnode, delnode, repnodes of this call: carried out at its end
  base::Mono nodes_awaited_until_ = base::kNever;  ///< at our start: for the answer to reqnodes
  struct Stranger {
    std::string name, ticket;  ///< it was asked with this word; empty when it has answered
    base::Mono ask_at{};       ///< nobody again before
    base::Duration pause{};
    std::string likely;        ///< says that it knows of added nodes, and may be one;
    base::Mono likely_until{};  ///< until then that is no reason for a complaint
  } stranger_;                 ///< counts us among its nodes, and was added while we were not there

  bool restored_ = false;
  bool comm_up_ = false;
  bool shutting_ = false;
  bool said_shutdone_ = false;
  bool finished_ = false;
  bool was_stable_ = false;  ///< initial acquisition has been reported
  base::Mono initdead_at_ = base::kNever;
  base::Mono next_beat_ = base::kNever;
  base::Mono linger_until_ = base::kNever;
  base::Mono awake_at_{};  ///< not asleep then; what is drained after a sleep may have come at any time since
  std::string taking_over_from_;  ///< for the historic lines at the end of a takeover
  core::JobId next_fence_;
  std::vector<FenceJob> fences_;

  // What was announced last; a change is announced at the end of the step.
  std::string said_claims_;
  model::Holding said_holding_ = model::Holding::none;
  bool said_stable_ = false;    ///< in `resource`
  bool status_stable_ = false;  ///< in `status`
  bool announce_all_ = false;   ///< somebody who took our addresses has let go of them
  bool greet_ = false;          ///< somebody new should hear us now
  std::size_t ping_count_ = 0;
  bool congested_ = false;
  bool pause_said_ = false;
  bool asks_reset_ = false;      ///< to be reset, and the log has it
  base::Mono pause_quiet_until_{};

  // Beside a Heartbeat 3.0.6.
  base::Mono rest_at_{};                 ///< we are not called at rest before, while it has our groups
  base::Mono repeat_at_ = base::kNever;  ///< when to say `resource` once more
  int repeats_ = 0;
  base::Mono starting_again_at_ = base::kNever;  ///< it has not answered yet what it holds
  base::Mono ask_home_at_ = base::kNever;
  int asks_home_ = 0;

  base::Mono remembered_at_ = base::kNever;  ///< when the process before this was alive
  base::Mono give_again_at_{};  ///< not before,
  int gives_again_ = 0;         ///< and so often
  std::optional<model::Holding> wish_;  ///< of an operator, while something is at work
  base::Mono wish_until_{};

  // Of the current call only.
  core::Now now_{};
  base::Mono heard_at_{};  ///< when the packet being read was drained from its link
  core::Council* council_ = nullptr;
  core::Effects out_;
  std::string load_ = "n/a";
};

}  // namespace hbd::elect::heartbeat
