// SPDX-License-Identifier: Apache-2.0
// What has to be run to bring one group of haresources up or down, as ordered steps. Pure: knows the order of
// things, not whether they went well (jobs.h does).
#pragma once

#include <string_view>
#include <vector>

#include "hbd/core/effect.h"
#include "hbd/model/resource.h"

namespace hbd::core {

struct Step {
  std::uint16_t resource = 0;
  Verb verb = Verb::status;
  bool proof = false;  ///< a status that is asked because a start has succeeded
  bool operator==(const Step&) const = default;
};

/// Left to right: status, then start (left out when status says "running"). When all are started, the status of each that
/// was: what is held is what was seen to run.
std::vector<Step> start_steps(const model::ResourceGroup& group);
/// Does the status of this one, while its group is held, say that it runs? (portblock's "block" does not.)
bool runs_while_held(const model::Resource& resource);
/// Right to left. Also what undoes a failed start: all of the group, whether started or not.
std::vector<Step> stop_steps(const model::ResourceGroup& group);
/// Is anything of this group running that should not be? Asked once when a generation begins.
std::vector<Step> sweep_steps(const model::ResourceGroup& group);
/// `start` again on what tells the network where an address lives: the holder's address is announced once
/// more after another node has let go of it.
std::vector<Step> announce_steps(const model::ResourceGroup& group);

std::string_view word(Verb verb);

}  // namespace hbd::core
