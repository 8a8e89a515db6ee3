// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/arbitrate.h"

namespace hbd::elect::heartbeat {

namespace {

/// Can this seat be expected to start the group by itself, now?
bool eligible(const Seat& seat, std::size_t group) {
  if (!seat.alive || !seat.ready || !seat.known || !seat.upbeat) return false;
  const auto claim = seat.claims[group].claim;
  return claim == Claim::none || claim == Claim::stopping;
}

std::optional<std::size_t> claimant(const Bench& bench, std::size_t group) {
  for (std::size_t i = 0; i < bench.seats.size(); ++i)
    if (i != bench.self && bench.seats[i].alive && active(bench.seats[i].claims[group].claim)) return i;
  return std::nullopt;
}

/// Why nothing can be taken now, because of who may be taking it where we can not hear it, or does not hear
/// us.
std::string out_of_touch(const Bench& bench) {
  for (std::size_t i = 0; i < bench.seats.size(); ++i)
    if (const auto& seat = bench.seats[i]; i != bench.self && seat.alive && !seat.fencing && !seat.in_touch)
      return "out of touch with " + seat.name + ", which may be taking it";
  return {};
}

Verdict decide_unclaimed(const Bench& bench, std::size_t group) {
  const auto& self = bench.seats[bench.self];
  const auto& standing = bench.standing[group];
  if (standing.yield || self.claims[group].claim == Claim::yielded) return {false, {}, {}, "given away"};
  if (self.claims[group].claim == Claim::failed) return {false, {}, {}, "could not be started here"};
  for (const auto& seat : bench.seats)
    if (seat.fencing)  // perhaps it has taken what nobody held when it was last heard
      return {false, {}, {}, seat.name + " must be reset first"};
  if (auto reason = out_of_touch(bench); !reason.empty()) return {false, {}, {}, std::move(reason)};
  if (const auto& owner = bench.seats[bench.preferred[group]];
      bench.preferred[group] != bench.self && owner.alive && owner.sovereign)
    return {false, {}, {}, "belongs to " + owner.name + ", which takes it itself"};
  for (const auto& seat : bench.seats)
    if (seat.alive && !seat.known) return {false, {}, {}, "waiting to hear what " + seat.name + " holds"};
  if (standing.patience_over) return {true, {}, {}, "no other node took it"};
  const auto home = bench.preferred[group];
  if (home == bench.self) return {true, {}, {}, "this is its preferred node"};
  const auto& owner = bench.seats[home];
  const auto claim = owner.claims[group].claim;
  if (owner.alive && claim != Claim::failed && claim != Claim::yielded) {
    // A Heartbeat 3.0.6 takes its groups while it starts, or not at all.
    if (owner.upbeat || !owner.ready) return {false, {}, {}, "left to its preferred node " + owner.name};
  }
  const Seat* first = nullptr;
  for (const auto& seat : bench.seats)
    if (eligible(seat, group) && (first == nullptr || seat.name < first->name)) first = &seat;
  if (first == nullptr) return {false, {}, {}, "nobody can take it"};
  if (first != &self) return {false, {}, {}, "left to " + first->name};
  return {true,
          {},
          {},
          owner.alive ? owner.name + " does not take it" : "its preferred node " + owner.name + " is away"};
}

Verdict decide_held(const Bench& bench, std::size_t group) {
  if (bench.standing[group].yield) return {false, {}, {}, "being given away"};
  // Nothing of it was begun here, or it is to end: to take it is to take it anew.
  if (bench.seats[bench.self].claims[group].claim == Claim::asking || bench.standing[group].dropped) {
    for (std::size_t i = 0; i < bench.seats.size(); ++i) {
      const auto& seat = bench.seats[i];
      if (i == bench.self || !seat.alive) continue;
      if (seat.fencing) return {false, {}, {}, seat.name + " must be reset first"};
      if (!seat.known) return {false, {}, {}, "waiting to hear what " + seat.name + " holds"};
      if (seat.claims[group].claim == Claim::stopping) return {false, {}, {}, seat.name + " still stops it"};
    }
    if (auto reason = out_of_touch(bench); !reason.empty()) return {false, {}, {}, std::move(reason)};
  }
  Verdict out{true, {}, {}, {}};
  for (std::size_t i = 0; i < bench.seats.size(); ++i) {
    const auto& seat = bench.seats[i];
    const auto claim = seat.claims[group].claim;
    if (i == bench.self || !seat.alive || seat.fencing || !held_or_soon(claim)) continue;
    out.rival = i;
    if (!keeps(bench, group, bench.self, i))
      return {false, {}, i, seat.name + " holds it as well and keeps it"};
  }
  const auto home = bench.preferred[group];
  if (home == bench.self) {
    out.reason = "held by its preferred node";
    return out;
  }
  const auto& owner = bench.seats[home];
  if (!owner.alive) {
    out.reason = "its preferred node " + owner.name + " is away";
  } else if (!bench.failback) {
    out.reason = "held here since " + owner.name + " was away; auto_failback is off";
  } else if (owner.claims[group].claim == Claim::failed) {
    out.reason = "could not be started on " + owner.name + "; hb_takeover there tries again";
  } else if (bench.standing[group].pinned) {
    out.reason = "brought here on purpose; goes back to " + owner.name + " on request or after it was away";
  } else if (owner.ready && owner.known && owner.claims[group].claim == Claim::none &&
             bench.seats[bench.self].claims[group].claim == Claim::held && !out.rival) {
    out.offer = home;
    out.reason = "goes back to its preferred node " + owner.name;
  } else {
    out.reason = "waiting for " + owner.name + " to become ready";
  }
  return out;
}

}  // namespace

bool keeps(const Bench& bench, std::size_t group, std::size_t self, std::size_t rival) {
  const auto& mine = bench.seats[self].claims[group];
  const auto& theirs = bench.seats[rival].claims[group];
  if (bench.seats[rival].stubborn) return false;
  if (!bench.seats[rival].upbeat) return mine.claim == Claim::held || theirs.claim != Claim::held;
  if (bench.seats[rival].deaf) return false;
  if (mine.claim != theirs.claim) return mine.claim > theirs.claim;  // who is further
  const auto home = bench.preferred[group];
  if (bench.failback && (home == self || home == rival)) return home == self;
  if (mine.term != theirs.term)
    return mine.term < theirs.term;  // it holds longer: clients have their connections there
  if (home == self || home == rival) return home == self;
  return bench.seats[self].name < bench.seats[rival].name;  // not by place: each node has an order of its own
}

Verdict decide(const Bench& bench, std::size_t group) {
  const auto& self = bench.seats[bench.self];
  const auto claim = self.claims[group].claim;
  if (held_or_soon(claim)) return decide_held(bench, group);
  if (!self.ready) return {false, {}, {}, "this node does not take part yet"};
  if (const auto other = claimant(bench, group))
    return {false,
            {},
            {},
            "held by " + bench.seats[*other].name +
                (bench.seats[*other].fencing ? ", which must be reset first" : "")};
  return decide_unclaimed(bench, group);
}

}  // namespace hbd::elect::heartbeat
