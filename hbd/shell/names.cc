// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/names.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/addr.h"
#include "base/text.h"
#include "hbd/shell/links/address.h"
#include "io/side_by_side.h"

namespace hbd::shell {
namespace {

using Name = std::pair<std::string, int>;  // and its family

constexpr std::string_view kBetweenWords = " \t\r\v\f,";

struct Place {
  std::size_t name;  ///< its number among those to look up
  base::Location at;
  std::string complaint;  ///< in the words of Heartbeat 3.0.6, which refused to start
};

bool is_literal(std::string_view host) { return base::IpAddress::parse(host.substr(0, host.find('%'))).has_value(); }

/// The word `host` of the line that `entry` stands on, not before the entry's own place.
base::Location place_of(const std::string& host, const model::MediumEntry& entry, const base::Source& source) {
  auto line = source.line(entry.at.line);
  line = line.substr(0, line.find('#'));
  for (auto word : base::words(line, kBetweenWords)) {
    auto at = base::locate(entry.at.line, line, word);
    if (at.column >= entry.at.column && word == host) return at;
  }
  return entry.at;
}

struct Names {
  std::vector<Name> all;
  std::vector<Place> places;

  void add(const std::string& host, int family, const model::MediumEntry& entry, const base::Source& source) {
    if (is_literal(host)) return;
    auto complaint = entry.is_ping() ? "unknown host: " : fmt::format("{}: cannot resolve hostname ", entry.kind());
    Name name{host, family};
    auto known = std::find(all.begin(), all.end(), name);
    places.push_back({static_cast<std::size_t>(known - all.begin()), place_of(host, entry, source), std::move(complaint)});
    if (known == all.end()) all.push_back(std::move(name));
  }
};

}  // namespace

LookUp system_look_up() {
  return [](const std::string& host, int family) -> base::Result<void> {
    if (auto found = resolve(host, 0, family); !found) return tl::unexpected(found.error());
    return {};
  };
}

void check_names(Config& config, const FileText& ha_cf, const LookUp& look_up, base::Duration limit) {
  const base::Source source(ha_cf.name, ha_cf.text);
  Names names;
  for (const auto& entry : config.cluster.media) {
    auto add = [&](const std::string& host, int family) { names.add(host, family, entry, source); };
    if (auto* m = std::get_if<model::Ucast>(&entry.medium)) add(m->peer, AF_INET);
    if (auto* m = std::get_if<model::Ucast6>(&entry.medium)) add(m->peer, AF_INET6);
    if (auto* m = std::get_if<model::Ping>(&entry.medium)) add(m->host, m->v6 ? AF_INET6 : AF_INET);
    if (auto* m = std::get_if<model::PingGroup>(&entry.medium))
      for (const auto& host : m->hosts) add(host, AF_INET);
  }
  auto ask = [all = names.all, look_up](std::size_t i) { return look_up(all[i].first, all[i].second); };
  const auto answers = io::side_by_side<base::Result<void>>(names.all.size(), ask, limit);
  for (const auto& place : names.places) {
    const auto& answer = answers[place.name];
    if (answer && *answer) continue;
    const auto why = answer ? answer->error().message
                            : fmt::format("{}: no answer within {} s", names.all[place.name].first,
                                          std::chrono::duration_cast<std::chrono::seconds>(limit).count());
    config.diagnostics.warning(source, place.at,
                               place.complaint + why +
                                   "; a start does not wait for it: this node goes on asking, and hears nothing from there "
                                   "until the name has an address");
  }
}

}  // namespace hbd::shell
