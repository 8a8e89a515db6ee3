// SPDX-License-Identifier: Apache-2.0
#include "hbd/model/cluster.h"

#include <algorithm>

#include "base/text.h"

namespace hbd::model {

namespace {
template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;
}  // namespace

std::string MediumEntry::link_name() const {
  return std::visit(Overload{[](const Serial& m) { return m.tty; }, [](const Ping& m) { return m.host; },
                             [](const PingGroup& m) { return m.name; },
                             [](const auto& m) { return m.interface; }},
                    medium);
}

std::string_view MediumEntry::kind() const {
  constexpr std::string_view names[] = {"bcast", "mcast", "ucast", "mcast6", "ucast6", "serial", "ping", "ping_group"};
  static_assert(std::size(names) == std::variant_size_v<Medium>);
  return names[medium.index()];
}

bool Respawn::is_ipfail() const {
  auto words = base::words(command);
  if (words.empty()) return false;
  auto program = words.front();
  auto slash = program.rfind('/');
  return program.substr(slash == std::string_view::npos ? 0 : slash + 1) == "ipfail";
}

bool Cluster::uses_ipfail() const {
  return std::any_of(respawn.begin(), respawn.end(), [](const Respawn& r) { return r.is_ipfail(); });
}

std::vector<std::string> Cluster::ping_nodes() const {
  std::vector<std::string> out;
  for (const auto& entry : media)
    if (entry.is_ping()) out.push_back(entry.link_name());
  return out;
}

}  // namespace hbd::model
