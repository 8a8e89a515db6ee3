// SPDX-License-Identifier: Apache-2.0
// What must never be seen, and what must be seen in the end. Looks at what the agents brought about and at
// snapshots only, so that it serves any elector. Of a group one of whose scripts lies, what counts is what
// the scripts said: more can not be known by anybody.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "test/sim/classic_faults.h"
#include "test/sim/world.h"

namespace sim {

struct Limits {
  Duration word{};    ///< between two that hear each other, any news has arrived after so long
  Duration stale{};   ///< nobody who is not declared dead is relied on by words older than this
  Duration grace{};   ///< for so long one may serve what still runs on another that it hears
  bool calm = false;  ///< nothing worse than delays below deadtime happens: nobody may be declared dead
  bool lossless = false;
  bool stops_fail = false;  ///< or hang
  bool answers = true;      ///< no script hangs, so that all that is asked is answered
  Duration beside{};        ///< as grace, of a pair with a Heartbeat 3.0.6
};

class Checkers {
 public:
  Checkers(World& world, Limits limits);
  /// After every step: S1 (one holder among those who hear each other); beside a Heartbeat 3.0.6 C1 (no
  /// longer than that one and ours need to find to one). S8 (where starts lie, who says that it holds a group has
  /// seen it run).
  void after_step();
  /// Before every effect: S2 (no start before the other has stopped, was reset or is declared dead), S3 (one
  /// job per group), S5 (no false death), S6 (what failed is not tried again at once, and nothing is started
  /// and stopped in a circle), S7 (with a device that resets nodes: no start while it runs anywhere else), S9 (no
  /// ping node called dead that answers), C2 (no start of what a Heartbeat 3.0.6 claims and has not let go of, and
  /// which is not declared dead).
  void on_effect(const Host& host, const hbd::core::Effect& effect);
  /// hbd was started again: a new generation knows nothing of what failed before.
  void restarted(const Host& host);
  /// The group has exactly one holder, who says so. Else: why not.
  std::optional<std::string> not_held_once(std::size_t group) const;
  /// So it is with every group, and nobody is on the way to something else. Else: why
  /// not.
  std::optional<std::string> unsettled() const;
  void fail(std::string what);
  /// From here on nodes are cut off on purpose, long enough to be declared dead.
  void storm() { limits_.calm = false; }
  /// From here on the network loses nothing and any news has arrived after so long: no excuse remains.
  void healed(Duration word);
  const std::vector<std::string>& violations() const { return violations_; }
  Duration longest_both() const { return longest_both_; }
  Duration longest_beside() const { return longest_beside_; }
  /// How often a fault of the Heartbeat 3.0.6 was granted, by name.
  const Tally& granted() const { return granted_; }

 private:
  using Clock = std::vector<std::vector<Mono>>;  ///< [host][host or group]; kNever while it is not so
  bool awake(const Host& host) const;
  bool audible(std::size_t from, std::size_t to) const;
  bool serves(const Host& host, std::size_t group) const;
  bool touches(const Host& host, std::size_t group) const;
  bool stopping_in_earnest(const Host& host, std::size_t group) const;
  bool starts(const Host& host, std::size_t group) const;
  bool declared_dead(const Host& by, const std::string& node) const;
  bool deleted(const Host& by, const std::string& node) const;
  void check_start(std::size_t self, std::size_t group);
  void check_alone(std::size_t self, std::size_t group);
  void check_claim(std::size_t self, std::size_t group);
  void check_held(const Host& host, std::size_t group);
  void look_at_heartbeat(std::size_t host);
  bool gave_word_too_early(const Host& host, std::size_t group) const;
  bool left_over(const Host& host, std::size_t group) const;
  void grant(Granted what, std::size_t group) const;
  void check_ping(const Host& host, std::string_view ping);
  void check_pace(const Host& host, const hbd::core::RunJob& run);

  World& world_;
  Limits limits_;
  Mono begin_;
  Clock audible_since_;                   ///< [from][to]
  Clock active_since_;                    ///< [host][group]: something of it runs there
  Clock engaged_since_;                   ///< [host][group]: ordered to start; until nothing of it runs
  std::vector<std::vector<bool>> begun_;  ///< [host][group]: a start was judged, no stop came since
  std::vector<std::vector<bool>> in_place_;  ///< [host][group]: is stopped to be started again, without being let go of
  std::vector<Clock> both_since_;         ///< [a][b][group]
  Duration longest_both_{}, longest_beside_{};
  std::vector<bool> left_over_;      ///< [group]: runs where the Heartbeat is, and that one does not know
  std::vector<Mono> claimed_since_;  ///< [group]: by the Heartbeat
  mutable Tally granted_;
  mutable std::set<std::pair<int, std::size_t>> granted_now_;                ///< fault, group
  std::map<std::pair<std::size_t, std::size_t>, Mono> start_failed_;         ///< host, group
  std::map<std::pair<std::size_t, std::size_t>, Mono> looked_;               ///< host, group: its first script was asked
  std::map<std::pair<std::size_t, std::size_t>, std::vector<Mono>> starts_;  ///< host, group
  std::vector<std::string> violations_;
};

}  // namespace sim
