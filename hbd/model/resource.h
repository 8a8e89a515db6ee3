// SPDX-License-Identifier: Apache-2.0
// What haresources says: ordered groups of resources, each with its preferred node. Plain data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diag.h"

namespace hbd::model {

struct Resource {
  std::string script;             ///< file name looked up in resource.d, then init.d: "IPaddr"
  std::vector<std::string> args;  ///< before the verb: {"172.16.60.111"}
  std::string text;               ///< as written: "IPaddr::172.16.60.111", or "10.0.0.1" for a bare address
  base::Location at;
};

/// One logical line of haresources. All of a group runs on one node.
struct ResourceGroup {
  std::string node;                 ///< preferred node, lower case
  std::vector<Resource> resources;  ///< started left to right, stopped right to left; never empty
  base::Location at;
  /// The first resource as written: how ip-request, takegroup and logs name the group.
  const std::string& key() const { return resources.front().text; }
  /// The whole line with single blanks: "ha-master IPaddr::172.16.60.111 ipvsadm".
  std::string line() const;
};

struct Haresources {
  std::vector<ResourceGroup> groups;
};

/// The set of groups a message speaks of, seen from its sender: bit 0 = groups preferring it, bit 1 = the others.
enum class Holding : unsigned char { none = 0, local = 1, foreign = 2, all = 3 };
constexpr Holding operator|(Holding a, Holding b) { return static_cast<Holding>(static_cast<int>(a) | static_cast<int>(b)); }
constexpr Holding operator&(Holding a, Holding b) { return static_cast<Holding>(static_cast<int>(a) & static_cast<int>(b)); }
constexpr Holding without(Holding a, Holding b) { return static_cast<Holding>(static_cast<int>(a) & ~static_cast<int>(b)); }
/// The same groups named from the other node of a pair: local and foreign swapped.
constexpr Holding mirrored(Holding h) {
  return h == Holding::local ? Holding::foreign : h == Holding::foreign ? Holding::local : h;
}
std::string_view word(Holding h);  ///< "none" "local" "foreign" "all", the values of rsc_hold
std::optional<Holding> parse_holding(std::string_view word);

}  // namespace hbd::model
