// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/claims.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace hbd::elect::heartbeat {

namespace {
constexpr std::size_t kLongestNames = 200;        ///< in a packet that is sent with every heartbeat
constexpr std::size_t kTag = 8;                   ///< hex digits of a key's digest
constexpr std::string_view kLetters = "-yfashx";  ///< in the order of Claim

/// In whatever order ha.cf has them; of many their number and a digest.
std::string as_one_word(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  auto out = fmt::format("{}", fmt::join(names, ","));
  if (out.size() <= kLongestNames) return out;
  return fmt::format("{}:{}", names.size(), base::sha256_hex(out).substr(0, kTag));
}

/// ipfail compares how many ping nodes each side sees: a node that lists fewer would give up its groups. Without ipfail
/// each may look at gates of its own.
std::string ping_list(const model::Cluster& cluster) {
  std::vector<std::string> names;
  for (const auto& entry : cluster.media) {
    if (const auto* group = std::get_if<model::PingGroup>(&entry.medium))
      names.push_back(fmt::format("{}({})", group->name, as_one_word(group->hosts)));
    else if (entry.is_ping())
      names.push_back(entry.link_name());
  }
  return names.empty() ? "none" : as_one_word(std::move(names));
}
}  // namespace

std::string shared_settings(const model::Cluster& cluster, bool with_nodes) {
  constexpr std::string_view failback[] = {"legacy", "off", "on"};
  auto out = fmt::format("{}auto_failback={} keepalive={}ms deadtime={}ms",
                         with_nodes ? "nodes=" + as_one_word(cluster.nodes) + ' ' : "",
                         failback[static_cast<std::size_t>(cluster.failback)], cluster.timing.keepalive.count(),
                         cluster.timing.deadtime.count());
  if (cluster.uses_ipfail()) out += " ping=" + ping_list(cluster);
  return out;
}

std::string settings_that_differ(std::string_view theirs, std::string_view ours) {
  std::string out;
  const auto their_words = base::words(theirs);
  for (const auto word : base::words(ours)) {
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals + 1);
    const auto at =
        std::find_if(their_words.begin(), their_words.end(), [&](auto w) { return w.starts_with(name); });
    if (at == their_words.end() || *at == word) continue;  // one that does not say so is of another age
    out += fmt::format("{}{} is {} there, {} here", out.empty() ? "" : "; ", word.substr(0, equals),
                       base::printable(at->substr(name.size()), kLongestNames), word.substr(equals + 1));
  }
  return out;
}

base::Duration announced_keepalive(std::string_view settings) {
  constexpr std::string_view name = "keepalive=", unit = "ms";
  for (auto word : base::words(settings)) {
    if (!word.starts_with(name) || !word.ends_with(unit)) continue;
    word.remove_prefix(name.size()), word.remove_suffix(unit.size());
    constexpr std::uint32_t longest = 3600 * 1000;  // a peer may announce what it likes
    return base::Millis(std::min(base::parse_number<std::uint32_t>(word).value_or(0), longest));
  }
  return {};
}

Registry::Registry(const model::Cluster& cluster, const model::Haresources& resources,
                   const std::vector<std::string>& listed) {
  std::string everything;
  auto seat_of = [&](const std::string& name) {
    auto at = std::find(cluster.nodes.begin(), cluster.nodes.end(), name);
    return at == cluster.nodes.end() ? kNowhere : static_cast<std::size_t>(at - cluster.nodes.begin());
  };
  for (const auto& group : resources.groups) {
    const auto tag = base::sha256_hex(group.node + ' ' + group.key()).substr(0, kTag);
    entries_.push_back({group.key(), tag, group.node, seat_of(group.node)});
    everything += group.line() + '\n';
  }
  real_ = entries_.size();
  for (std::size_t node = 0; node < cluster.nodes.size(); ++node) {
    const auto& name = cluster.nodes[node];
    const bool has_any =
        std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.node == node; });
    if (!has_any && std::find(listed.begin(), listed.end(), name) != listed.end())
      entries_.push_back({"", base::sha256_hex("node " + name).substr(0, kTag), name, node});
  }
  digest_ = base::sha256_hex(everything).substr(0, 16);
}

std::vector<std::size_t> Registry::numbers_in(const Registry& before) const {
  std::vector<std::size_t> out(entries_.size(), kNowhere);
  for (std::size_t g = 0; g < entries_.size(); ++g) {
    if (g < real_) {
      out[g] = g;
      continue;
    }
    for (std::size_t b = before.real_; b < before.entries_.size(); ++b)
      if (before.entries_[b].tag == entries_[g].tag) out[g] = b;
  }
  return out;
}

std::string Registry::announce(const std::vector<GroupClaim>& claims) const {
  std::string out;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (claims[i].claim == Claim::none) continue;
    if (!out.empty()) out += ' ';
    out += fmt::format("{}{}{}", entries_[i].tag, kLetters[static_cast<std::size_t>(claims[i].claim)],
                       claims[i].term);
  }
  return out;
}

std::vector<GroupClaim> Registry::understand(std::string_view field) const {
  std::vector<GroupClaim> out(entries_.size());
  for (const auto word : base::words(field)) {
    if (word.size() < kTag + 2) continue;
    const auto letter = kLetters.find(word[kTag]);
    const auto term = base::parse_number<std::uint64_t>(word.substr(kTag + 1));
    if (letter == std::string_view::npos || !term || *term > (1ull << 62)) continue;
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].tag == word.substr(0, kTag)) out[i] = {static_cast<Claim>(letter), *term};
  }
  return out;
}

bool Registry::in_set(std::size_t group, model::Holding what, std::size_t teller) const {
  const auto bit = entries_[group].node == teller ? model::Holding::local : model::Holding::foreign;
  return (what & bit) == bit;
}

model::Holding Registry::holding(const std::vector<GroupClaim>& claims, std::size_t teller) const {
  auto out = model::Holding::none;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (held_or_soon(claims[i].claim))
      out = out | (entries_[i].node == teller ? model::Holding::local : model::Holding::foreign);
  return out;
}

std::string Registry::list(const std::vector<bool>& groups) const {
  std::string out;
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (groups[i]) out += (out.empty() ? "" : " ") + entries_[i].tag;
  return out;
}

std::vector<bool> Registry::listed(std::string_view field) const {
  std::vector<bool> out(entries_.size());
  for (const auto word : base::words(field))
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].tag == word) out[i] = true;
  return out;
}

}  // namespace hbd::elect::heartbeat
