// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/maintenance_watch.h"

#include <dirent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "io/clock.h"
#include "io/side_by_side.h"

namespace ldir::shell {
namespace {

constexpr std::size_t kMostFiles = 65536;
/// A name is asked for again after this long.
constexpr base::Duration kFresh = std::chrono::minutes(5);
constexpr std::size_t kAtOnce = 64;

}  // namespace

std::optional<std::string> system_name_of(const base::IpAddress& address) {
  sockaddr_storage storage{};
  socklen_t length;
  auto bytes = address.bytes();
  if (address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(address.v4_value());
    length = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, bytes.data(), 16);
    length = sizeof v6;
  }
  char name[NI_MAXHOST];
  int error = ::getnameinfo(reinterpret_cast<sockaddr*>(&storage), length, name, sizeof name, nullptr, 0,
                            NI_NAMEREQD);
  if (error == 0) return name;
  if (error == EAI_AGAIN) return std::nullopt;
  return std::string();
}

std::set<base::IpAddress> addresses_of(const model::Config& config) {
  std::set<base::IpAddress> out;
  for (const auto& service : config.services)
    for (const auto& real : service.reals) out.insert(real.endpoint.address);
  return out;
}

std::set<std::string> maintenance_files(const std::string& directory) {
  std::set<std::string> files;
  if (directory.empty()) return files;
  std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  if (!open) return files;
  while (auto* entry = ::readdir(open.get())) {
    if (files.size() >= kMostFiles) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") files.insert(std::move(name));
  }
  return files;
}

core::MaintenanceFiles with_names(std::set<std::string> files, const std::set<base::IpAddress>& addresses,
                                  const KnownNames& known) {
  core::MaintenanceFiles found;
  found.files = std::move(files);
  if (std::all_of(found.files.begin(), found.files.end(), core::names_an_address)) return found;
  for (const auto& address : addresses)
    if (auto at = known.find(address); at != known.end() && !at->second.name.empty()) found.names[address] = at->second.name;
  return found;
}

std::vector<base::IpAddress> unknown_names(const std::set<std::string>& files, const std::set<base::IpAddress>& addresses,
                                           const KnownNames& known, base::Mono now) {
  std::vector<base::IpAddress> out;
  if (std::all_of(files.begin(), files.end(), core::names_an_address)) return out;
  for (const auto& address : addresses)
    if (auto at = known.find(address); at == known.end() || now - at->second.asked > kFresh) out.push_back(address);
  return out;
}

KnownNames ask_names(const std::vector<base::IpAddress>& addresses, base::Duration limit, const NameOf& name_of) {
  auto names = io::side_by_side<std::optional<std::string>>(
      addresses.size(), [addresses, name_of](std::size_t i) { return name_of(addresses[i]); }, limit, kAtOnce);
  KnownNames known;
  for (std::size_t i = 0; i < addresses.size(); ++i)
    if (names[i] && *names[i]) known[addresses[i]] = {std::move(**names[i]), io::now_mono()};
  return known;
}

}  // namespace ldir::shell
