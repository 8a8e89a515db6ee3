// SPDX-License-Identifier: Apache-2.0
// Handing groups from one living node to another in four words (reference 5.7): the giver says "me", the
// taker "other", the giver "done" once everything is released, the taker "done" once everything is started.
// Both ends are in this file. It decides nothing about groups: it asks its Hands to yield and to look.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/instant.h"
#include "hbd/model/resource.h"

namespace hbd::elect::heartbeat {

/// What a handover can do to the rest of the elector.
class Hands {
 public:
  virtual ~Hands() = default;
  virtual void say(std::string_view info) = 0;  ///< ask_resources with the set and groups of this handover
  virtual void yield_groups() = 0;              ///< giver: release them, and do not take them back
  virtual void other_yielded() = 0;             ///< taker: the giver does not hold them any more
  virtual bool kept() const = 0;                ///< giver: one of them stays here after all
  virtual bool released() const = 0;            ///< giver: none of them is up here
  virtual bool taken() const = 0;    ///< giver: whatever became of them, the taker is not at it any more
  virtual bool at_rest() const = 0;  ///< taker: each of them is started, or has failed
  virtual void tell(base::Event event) = 0;
};

class Standby {
 public:
  enum class State : std::uint8_t { none, asked, giving, given, expecting, taking };

  struct Request {
    std::string giver, taker;
    model::Holding what = model::Holding::none;  ///< as the giver names it
    std::vector<bool> groups;
  };
  /// What the hearer of a first word must know.
  struct Facts {
    std::string self;
    bool giver_stable = false, self_stable = false;
    base::Duration giver_patience{};   ///< how long its scripts may take
    base::Duration answer_patience{};  ///< so long after a request it cannot have made another that counts
    bool overtaken = false;  ///< a word that it is at rest, which it said later, was heard before this one
  };

  /// This node gives. `patience`: how long to wait for the taker's answer.
  void ask(Request request, base::Duration patience, base::Mono now, Hands& hands);
  /// A word from another node; `request` as it came with it, taker = ourselves when it is "me".
  void heard(std::string_view info, const Request& request, std::string_view from, const Facts& facts,
             base::Mono now, Hands& hands);
  /// `node` was busy and is at rest: if it was asked meanwhile, it has not listened.
  void ready_again(std::string_view node, Hands& hands);
  /// Groups may have moved.
  void progress(Hands& hands);
  void tick(base::Mono now, Hands& hands);
  /// `node` died, left or started anew: nothing will come from it.
  void gone(std::string_view node, Hands& hands);
  void cancel() { state_ = State::none; }
  /// The groups are numbered anew: `before[g]` is the former number of group g, beyond the former ones if it is new.
  void renumber(const std::vector<std::size_t>& before);

  State state() const { return state_; }
  bool busy() const { return state_ != State::none; }
  const Request& request() const { return request_; }
  base::Mono since() const { return since_; }  ///< of expecting
  base::Mono next_wake() const { return busy() ? deadline_ : base::kNever; }

  std::string save() const;
  bool restore(std::string_view text, std::size_t groups);

 private:
  std::string what() const { return std::string(model::word(request_.what)); }

  State state_ = State::none;
  Request request_;
  base::Mono deadline_ = base::kNever;
  base::Mono since_{};
  /// Who took from us has not said its last "done" yet: not to be mistaken for that of a giver.
  std::string owed_by_;
  model::Holding owed_ = model::Holding::none;
};

}  // namespace hbd::elect::heartbeat
