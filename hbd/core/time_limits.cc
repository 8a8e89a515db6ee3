// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/time_limits.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "hbd/model/limit.h"

namespace hbd::core {

namespace {
using namespace std::chrono_literals;

constexpr base::Millis kStatus = 20s, kStart = 300s, kStop = 300s;

/// Those that may rightly take longer than any other.
struct Row {
  std::string_view script;
  base::Millis start, stop;
};
constexpr std::array<Row, 7> kSlow{{
    {"Delay", 0s, 0s},             // waits as long as haresources says, and can not hang
    {"Filesystem", 3600s, 600s},   // the file system is checked first; at stop who uses it is waited for
    {"LVM", 900s, 600s},
    {"Raid1", 900s, 600s},
    {"drbddisk", 600s, 600s},
    {"drbdupper", 600s, 600s},
    {"systemd", 900s, 900s},       // has limits of its own for each unit
}};

/// What env words call it: A-Z, a-z, 0-9, else _.
std::string name_of(std::string_view script) {
  std::string out(script);
  for (auto& c : out)
    if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))) c = '_';
  return out;
}

constexpr std::string_view prefix(Verb verb) {
  switch (verb) {
    case Verb::status:
      return model::kStatusLimit;
    case Verb::start:
      return model::kStartLimit;
    case Verb::stop:
      return model::kStopLimit;
  }
  return model::kStatusLimit;
}

/// What the script is a wrapper for, then the script.
std::vector<std::string_view> names(const model::Resource& resource) {
  std::vector<std::string_view> out;
  const auto& args = resource.args;
  if (resource.script == "OCF" && !args.empty()) {
    const bool provider = args.size() > 1 && (args[0] == "heartbeat" || args[0] == "pacemaker");
    out.push_back(args[provider ? 1 : 0]);
  } else if (resource.script == "systemd" && !args.empty()) {
    out.push_back(args[0]);
  }
  out.push_back(resource.script);
  for (const auto unit : {".service", ".mount", ".target"})
    if (resource.script.ends_with(unit)) out.push_back("systemd");
  return out;
}

}  // namespace

Limits::Limits(const Env& env) {
  for (const auto& [word, value] : env) {
    if (!model::is_limit(word)) continue;
    if (const auto limit = model::parse_limit(value)) set_[word] = *limit;
  }
}

std::string Limits::word_for(const model::Resource& resource, Verb verb) {
  return std::string(prefix(verb)) + '_' + name_of(names(resource).front());
}

/// For this script alone.
std::optional<base::Millis> Limits::set_for(std::string_view word, const model::Resource& resource) const {
  for (const auto name : names(resource))
    if (const auto at = set_.find(std::string(word) + '_' + name_of(name)); at != set_.end()) return at->second;
  return std::nullopt;
}

base::Millis Limits::every(const model::Resource& resource) const {
  const auto general = set_.find(model::kStatusEvery);
  return set_for(model::kStatusEvery, resource).value_or(general == set_.end() ? base::Millis{} : general->second);
}

base::Millis Limits::of(const model::Resource& resource, Verb verb) const {
  if (const auto own = set_for(prefix(verb), resource)) return *own;
  const auto all = names(resource);
  const Row* slow = nullptr;
  for (const auto& row : kSlow)
    if (std::find(all.begin(), all.end(), row.script) != all.end()) slow = &row;
  const auto own = verb == Verb::status ? kStatus : verb == Verb::start ? (slow ? slow->start : kStart) : slow ? slow->stop : kStop;
  const auto general = set_.find(prefix(verb));
  if (general == set_.end()) return own;
  // Meant for scripts in general: what may rightly take longer may so still, unless it is named.
  if (!slow || verb == Verb::status) return general->second;
  return own == 0s || general->second == 0s ? base::Millis{} : std::max(own, general->second);
}

}  // namespace hbd::core
