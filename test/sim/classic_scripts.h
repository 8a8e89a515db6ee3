// SPDX-License-Identifier: Apache-2.0
// The shell scripts of Heartbeat 3.0.6 at work (reference 5.2 to 5.4): each does one thing after the other
// and ends with a word to the daemon. Those that harc runs wait for each other, all others run beside them. A
// start that fails stops its group, and nobody is told; a stop that fails is tried eleven times.
#pragma once

#include <deque>
#include <list>
#include <vector>

#include "base/rng.h"
#include "hbd/core/effect.h"
#include "hbd/model/resource.h"
#include "hbd/wire/message.h"

namespace sim {

struct ClassicStep {
  enum class Kind {
    take,      ///< takegroup
    give,      ///< givegroup
    request,   ///< req_resource of a nice node: takes for granted that it may
    petition,  ///< req_resource of legacy mode with others there: asks them
    release,   ///< rc.d/ip-request: what runs is given, then answered
    say,       ///< `word` into the FIFO
  };
  Kind kind = Kind::say;
  std::uint16_t group = 0;
  hbd::wire::Message word{};
};
using ClassicScript = std::deque<ClassicStep>;

class ClassicScripts {
 public:
  struct Work {
    hbd::core::Effects& out;
    std::vector<hbd::wire::Message> fifo;  ///< what scripts said
    bool give_foreign_later = false;       ///< a start failed: hb_standby in 30 s
  };

  ClassicScripts(const hbd::model::Haresources& resources, std::string self, std::string peer,
                 std::uint64_t seed)
      : resources_(resources), self_(std::move(self)), peer_(std::move(peer)), rng_(seed) {}

  void run_in_turn(ClassicScript script, base::Mono now);
  void run_beside(ClassicScript script, base::Mono now);
  void done(const hbd::core::JobDone& result, base::Mono now, Work& work);
  void tick(base::Mono now, Work& work);
  base::Mono next_wake() const;
  bool at_work() const { return !beside_.empty() || !in_turn_.empty(); }
  bool at_work_on(std::uint16_t group) const;

 private:
  struct Running {
    ClassicScript script;
    std::size_t at = 0;  ///< index of the resource that the first step has come to
    bool entered = false, starting = false, giving = false, verifying = false;
    int attempts = 0;
    hbd::core::JobId job = 0;
    base::Mono go_on_at{};  ///< when the next thing happens unless a job runs
  };
  const hbd::model::ResourceGroup& group(const Running& r) const {
    return resources_.groups[r.script.front().group];
  }
  void begin(Running& r, base::Mono now);
  void go_on(Running& r, Work& work);
  void finish_step(Running& r);
  void ask(Running& r, hbd::core::Verb verb, Work& work);
  void judge(Running& r, const hbd::core::JobDone& result, base::Mono now, Work& work);
  void judge_stop(Running& r, const hbd::core::JobDone& result, base::Mono now, Work& work);
  void next_to_stop(Running& r);

  const hbd::model::Haresources& resources_;
  std::string self_, peer_;
  base::Rng rng_;
  hbd::core::JobId next_job_ = 1;
  std::list<Running> beside_;
  std::deque<Running> in_turn_;  ///< the first one runs
};

}  // namespace sim
