// SPDX-License-Identifier: Apache-2.0
// Heartbeat 3.0.6's protocol behind core/elector.h: the composition of membership, liveness, reliable
// transport and arbitration of this folder.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "hbd/core/elector.h"
#include "hbd/model/cluster.h"
#include "hbd/model/resource.h"

namespace hbd::elect::heartbeat {

struct Identity {
  std::uint64_t generation = 0;         ///< one more than at the previous start (hb_generation)
  std::array<std::uint8_t, 16> uuid{};  ///< of this node (hb_uuid)
  std::uint64_t seed = 0;               ///< for request delays; anything
  std::string ping_key = {};            ///< seals what ping nodes send back; a secret of this process. Empty: made of seed
};

std::unique_ptr<core::Elector> make_elector(const model::Cluster& cluster,
                                            const model::Haresources& resources, const Identity& identity);

}  // namespace hbd::elect::heartbeat
