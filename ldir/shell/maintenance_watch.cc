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

namespace ldir::shell {
namespace {

constexpr std::size_t kMostFiles = 65536;
/// A name is asked for again after this long.
constexpr base::Duration kFresh = std::chrono::minutes(5);

/// nullopt when the name service did not answer.
std::optional<std::string> name_of(const base::IpAddress& address) {
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

}  // namespace

std::set<base::IpAddress> addresses_of(const model::Config& config) {
  std::set<base::IpAddress> out;
  for (const auto& service : config.services)
    for (const auto& real : service.reals) out.insert(real.endpoint.address);
  return out;
}

core::MaintenanceFiles look_for_maintenance(const std::string& directory,
                                            const std::set<base::IpAddress>& addresses, KnownNames& known,
                                            base::Mono until) {
  core::MaintenanceFiles found;
  if (directory.empty()) return found;
  std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  if (!open) return found;
  while (auto* entry = ::readdir(open.get())) {
    if (found.files.size() >= kMostFiles) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") found.files.insert(std::move(name));
  }
  if (std::all_of(found.files.begin(), found.files.end(), core::names_an_address)) return found;
  bool asking = true;
  for (const auto& address : addresses) {
    auto now = io::now_mono();
    auto& name = known[address];
    if (asking && now < until && (name.asked == base::Mono{} || now - name.asked > kFresh)) {
      auto answer = name_of(address);
      if (answer) name = {std::move(*answer), now};
      asking = answer.has_value();  // a name service that does not answer is not asked a thousand times
    }
    if (!name.name.empty()) found.names[address] = name.name;
  }
  return found;
}

}  // namespace ldir::shell
