// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/plan.h"

#include <algorithm>
#include <array>

namespace hbd::core {

namespace {
constexpr std::array<std::string_view, 3> kAddressScripts{"IPaddr", "IPaddr2", "IPv6addr"};

std::vector<Step> each(const model::ResourceGroup& group, Verb verb) {
  std::vector<Step> out;
  for (std::size_t i = 0; i < group.resources.size(); ++i)
    out.push_back({static_cast<std::uint16_t>(i), verb});
  return out;
}
}  // namespace

bool runs_while_held(const model::Resource& resource) {
  // What blocks ports while the group is started says "stopped" once the last of the group has unblocked them.
  const auto& args = resource.args;
  const auto has = [&](std::string_view word) { return std::find(args.begin(), args.end(), word) != args.end(); };
  const bool is_portblock = resource.script == "portblock" || (resource.script == "OCF" && has("portblock"));
  return !is_portblock || !(has("block") || has("action=block"));
}

std::vector<Step> start_steps(const model::ResourceGroup& group) {
  std::vector<Step> out;
  for (std::size_t i = 0; i < group.resources.size(); ++i) {
    out.push_back({static_cast<std::uint16_t>(i), Verb::status});
    out.push_back({static_cast<std::uint16_t>(i), Verb::start});
  }
  for (std::size_t i = 0; i < group.resources.size(); ++i)
    if (runs_while_held(group.resources[i])) out.push_back({static_cast<std::uint16_t>(i), Verb::status, true});
  return out;
}

std::vector<Step> stop_steps(const model::ResourceGroup& group) {
  auto out = each(group, Verb::stop);
  std::reverse(out.begin(), out.end());
  return out;
}

std::vector<Step> sweep_steps(const model::ResourceGroup& group) {
  return each(group, Verb::status);
}

std::vector<Step> announce_steps(const model::ResourceGroup& group) {
  std::vector<Step> out;
  for (std::size_t i = 0; i < group.resources.size(); ++i) {
    const auto& script = group.resources[i].script;
    if (std::find(kAddressScripts.begin(), kAddressScripts.end(), script) != kAddressScripts.end())
      out.push_back({static_cast<std::uint16_t>(i), Verb::start});
  }
  return out;
}

std::string_view word(Verb verb) {
  switch (verb) {
    case Verb::status:
      return "status";
    case Verb::start:
      return "start";
    case Verb::stop:
      return "stop";
  }
  return "status";
}

}  // namespace hbd::core
