// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/node_changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace hbd::elect::heartbeat {

namespace {
constexpr std::size_t kDigest = 8;  ///< hex digits, in every heartbeat
constexpr std::string_view kAdded = "a", kDeleted = "d";

bool alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// As in ha.cf.
bool node_name(std::string_view name) {
  return !name.empty() && name.size() <= model::kMaxNodeName &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}
}  // namespace

bool can_be_added(std::string_view name) {
  return node_name(name) && alphanumeric(name.front());
}

bool NodeChanges::say(std::string_view name, bool added, std::uint64_t at) {
  at = std::min(at, kLatest);
  if (const auto* before = find(name)) {
    at = std::max(at, std::min(before->at + 1, kLatest));
  } else if (changes_.size() >= kMost) {
    // The oldest deletion goes: that node is most likely unknown everywhere by now.
    auto oldest = changes_.end();
    for (auto it = changes_.begin(); it != changes_.end(); ++it)
      if (!it->second.added && (oldest == changes_.end() || it->second.at < oldest->second.at)) oldest = it;
    if (oldest == changes_.end()) return false;
    changes_.erase(oldest);
  }
  changes_.insert_or_assign(std::string(name), Change{added, at});
  return true;
}

bool NodeChanges::hear(std::string_view name, const Change& change) {
  if (change.at > kLatest || !(change.added ? can_be_added(name) : node_name(name))) return false;
  const auto* before = find(name);
  if (before == nullptr && changes_.size() >= kMost) return false;
  if (before != nullptr && (change.at < before->at || (change.at == before->at && (before->added || !change.added))))
    return false;
  changes_.insert_or_assign(std::string(name), change);
  return true;
}

const NodeChanges::Change* NodeChanges::find(std::string_view name) const {
  const auto at = changes_.find(name);
  return at == changes_.end() ? nullptr : &at->second;
}

std::vector<std::string> NodeChanges::applied_to(const std::vector<std::string>& listed) const {
  std::vector<std::string> out;
  for (const auto& name : listed)
    if (const auto* change = find(name); change == nullptr || change->added) out.push_back(name);
  for (const auto& [name, change] : changes_)
    if (change.added && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  return out;
}

std::vector<std::string> NodeChanges::deleted() const {
  std::vector<std::string> out;
  for (const auto& [name, change] : changes_)
    if (!change.added) out.push_back(name);
  return out;
}

std::string NodeChanges::digest() const {
  return changes_.empty() ? std::string() : base::sha256_hex(text()).substr(0, kDigest);
}

std::string NodeChanges::text() const {
  std::string out;
  for (const auto& [name, change] : changes_)
    out += fmt::format("{}{}:{}:{:x}", out.empty() ? "" : " ", name, change.added ? kAdded : kDeleted, change.at);
  return out;
}

NodeChanges NodeChanges::parse(std::string_view text) {
  NodeChanges out;
  for (const auto word : base::words(text)) {
    const auto parts = base::split(word, ':');
    if (parts.size() != 3 || (parts[1] != kAdded && parts[1] != kDeleted)) continue;
    const auto at = base::parse_number<std::uint64_t>(parts[2], 16);
    if (at) out.hear(base::to_lower(parts[0]), {parts[1] == kAdded, *at});
  }
  return out;
}

}  // namespace hbd::elect::heartbeat
