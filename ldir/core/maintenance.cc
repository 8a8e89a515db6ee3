// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/maintenance.h"

#include <fmt/format.h>

namespace ldir::core {

namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kLabel = "abcdefghijklmnopqrstuvwxyz0123456789-";

// The first label of a full name, where it looks like one (as the original's pattern: two characters at
// least).
std::string short_name(const std::string& name) {
  const auto dot = name.find_first_not_of(kLabel);
  if (dot == name.npos || dot < 2 || name[dot] != '.' || kLower.find(name[0]) == kLower.npos) return {};
  return name.substr(0, dot);
}

}  // namespace

std::string maintenance_file(const model::RealServer& real, const MaintenanceFiles& found) {
  if (found.files.empty()) return {};
  auto named = [&](const std::string& host) -> std::string {
    if (host.empty()) return {};
    auto with_port = fmt::format("{}:{}", host, real.configured_port);
    if (found.files.count(with_port)) return with_port;
    return found.files.count(host) ? host : std::string();
  };
  if (auto file = named(real.endpoint.address.bracketed()); !file.empty()) return file;
  auto name = found.names.find(real.endpoint.address);
  if (name == found.names.end()) return {};
  if (auto file = named(name->second); !file.empty()) return file;
  return named(short_name(name->second));
}

bool names_an_address(const std::string& file) {
  if (file.starts_with('[')) return true;
  auto host = file.substr(0, file.find(':'));
  return base::IpAddress::parse(host).has_value();
}

}  // namespace ldir::core
