// SPDX-License-Identifier: Apache-2.0
#include "test/sim/classic_ipfail.h"

namespace sim {

using namespace hbd;
using wire::Message;

namespace {
constexpr int kDelay = 2;  ///< keepalives
}

Message ClassicIpfail::word(std::string_view type, const Facts& facts) const {
  Message m(type);
  m.add("src", facts.self).add("dest", facts.peer);
  m.add("from_id", "ipfail").add("to_id", "ipfail").add("client_gen", "0");
  return m;
}

void ClassicIpfail::arm(model::Holding what, base::Mono now) {
  what_ = what;
  give_at_ = now + kDelay * keepalive_;
}

void ClassicIpfail::hear(const Message& m, const Facts& facts, base::Mono now, std::vector<Message>& say) {
  if (m.get("to_id") != "ipfail") return;
  const auto type = m.type();
  if (type == "hbapi-clstat") {
    if (m.get("st") == "join") say.push_back(count(facts));
  } else if (type == "num_ping_nodes") {
    const auto theirs = m.get_number("num_ping").value_or(0);
    if (facts.pings > theirs) {
      say.push_back(word("you_are_dead", facts));
    } else if (facts.pings < theirs) {
      arm(model::Holding::all, now);
    } else {
      say.push_back(word("abort_giveup", facts));
      if (give_at_ != base::kNever)
        give_at_ = base::kNever;
      else if (facts.auto_failback && facts.stable)
        arm(model::Holding::foreign, now);
    }
  } else if (type == "you_are_dead") {
    arm(model::Holding::all, now);
  } else if (type == "abort_giveup") {
    give_at_ = base::kNever;
  }
}

std::optional<model::Holding> ClassicIpfail::tick(base::Mono now) {
  if (now < give_at_) return std::nullopt;
  give_at_ = base::kNever;
  return what_;
}

}  // namespace sim
