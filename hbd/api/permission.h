// SPDX-License-Identifier: Apache-2.0
// Who may sign on as which client: apiauth lines of ha.cf over the built-in defaults of heartbeat 3.0.6 (reference,
// section 9). Names of users and groups are looked up once, through functions that the shell gives.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hbd/model/cluster.h"

namespace hbd::api {

/// What the kernel says of the other end of a socket.
struct Credentials {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int32_t pid = 0;
};

/// The number of a user or group name.
using IdLookup = std::function<std::optional<std::uint32_t>(std::string_view name)>;

class Permissions {
 public:
  Permissions(const std::vector<model::ApiAuth>& rules, const IdLookup& user, const IdLookup& group);

  /// Empty when `client` ("anon" for casual ones) is allowed, else the original's reason.
  std::string_view refusal(std::string_view client, const Credentials& who) const;

 private:
  struct Rule {
    std::set<std::uint32_t> uids, gids;
  };
  std::map<std::string, Rule, std::less<>> rules_;
};

}  // namespace hbd::api
