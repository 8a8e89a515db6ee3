// SPDX-License-Identifier: Apache-2.0
// Who this node is across restarts: the generation number (one more at each start, so that peers can tell a restart
// from a replay) and the uuid. Both files keep the original's format (reference, sections 3.4 and 10) and are replaced
// as a whole and synced before the first packet leaves.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/instant.h"
#include "base/result.h"

namespace hbd::shell {

struct Generation {
  std::uint64_t number = 0;
  bool fresh = false;  ///< no usable file was there: started from the clock
};
/// Reads, adds one, writes. `by_time`: hbgenmethod time.
base::Result<Generation> next_generation(const std::string& path, bool by_time, base::Wall now);

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  bool fresh = false;
};
base::Result<Uuid> own_uuid(const std::string& path);
/// uuidfrom nodename: the same name gives the same uuid on every machine.
std::array<std::uint8_t, 16> uuid_of_name(const std::string& node);

/// Temporary file, fsync, rename, fsync of the folder.
base::Result<void> write_durably(const std::string& path, const std::string& bytes, unsigned mode);

}  // namespace hbd::shell
