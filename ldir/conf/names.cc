// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/names.h"

#include <array>

namespace ldir::conf {

HostAnswer Names::host(const HostName& name) const {
  const auto& known = hosts_.try_emplace(name).first->second;
  if (known) return *known;
  return {{name.family == base::Family::v4 ? base::IpAddress::v4(0) : base::IpAddress::v6(std::array<std::uint8_t, 16>{})}};
}

std::optional<std::uint16_t> Names::service(const std::string& name, const std::string& protocol) const {
  auto [at, fresh] = services_.try_emplace({name, protocol});
  if (fresh) at->second = resolver_.service(name, protocol);
  return at->second;
}

bool Names::look_up() {
  std::vector<HostName> noted;
  for (const auto& [name, answer] : hosts_)
    if (!answer) noted.push_back(name);
  if (noted.empty()) return false;
  auto answers = resolver_.hosts(noted);
  answers.resize(noted.size());
  for (std::size_t i = 0; i < noted.size(); ++i) hosts_[noted[i]] = std::move(answers[i]);
  return true;
}

}  // namespace ldir::conf
