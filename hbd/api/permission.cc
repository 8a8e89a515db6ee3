// SPDX-License-Identifier: Apache-2.0
#include "hbd/api/permission.h"

#include "base/text.h"

namespace hbd::api {

Permissions::Permissions(const std::vector<model::ApiAuth>& rules, const IdLookup& user, const IdLookup& group) {
  std::vector<model::ApiAuth> all = {
      {"ipfail", {"hacluster"}, {}}, {"ccm", {"hacluster"}, {}},     {"ping", {}, {"haclient"}},
      {"lha-snmpagent", {"root"}, {}}, {"anon", {"root"}, {"haclient"}},
  };
  all.insert(all.end(), rules.begin(), rules.end());
  auto add = [](std::set<std::uint32_t>& to, const std::vector<std::string>& names, const IdLookup& lookup) {
    for (const auto& name : names) {
      auto id = base::parse_number<std::uint32_t>(name);
      if (!id) id = lookup(name);
      if (id) to.insert(*id);
    }
  };
  for (const auto& line : all) {
    Rule rule;
    add(rule.uids, line.uids, user);
    add(rule.gids, line.gids, group);
    rules_.insert_or_assign(line.client, std::move(rule));
  }
}

std::string_view Permissions::refusal(std::string_view client, const Credentials& who) const {
  auto rule = rules_.find(client);
  if (rule == rules_.end()) rule = rules_.find("default");
  if (rule == rules_.end()) return "no default client auth";
  bool allowed = rule->second.uids.contains(who.uid) || rule->second.gids.contains(who.gid);
  return allowed ? "" : "client failed authorization";
}

}  // namespace hbd::api
