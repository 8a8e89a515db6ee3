// SPDX-License-Identifier: Apache-2.0
#include "hbd/conf/load.h"

#include <fmt/format.h>

#include "hbd/conf/files.h"

namespace hbd::conf {

namespace {
/// True when the file can be parsed; otherwise says why not, in the words of the original.
bool readable(const File& file, std::string_view historic, base::Diagnostics& diagnostics) {
  if (file.problem.empty()) return true;
  diagnostics.error(file.source.name(), fmt::format("{} [{}]{} {}", historic, file.source.name(),
                                                    historic == "Cannot open keyfile" ? ".  Stop." : ":", file.problem));
  return false;
}
constexpr std::string_view kNoConfig = "Cannot open config file";
constexpr std::string_view kNoResources = "Cannot open resources file";
constexpr std::string_view kNoKeys = "Cannot open keyfile";
}  // namespace

Loaded load(const Files& files, const MachineView& machine) {
  Loaded out;
  if (readable(files.ha_cf, kNoConfig, out.diagnostics))
    read_ha_cf(files.ha_cf.source, files.node_name, machine, out.cluster, out.diagnostics);
  if (readable(files.authkeys, kNoKeys, out.diagnostics)) read_authkeys(files.authkeys, out.cluster.auth, out.diagnostics);
  if (readable(files.haresources, kNoResources, out.diagnostics))
    read_haresources(files.haresources.source, out.cluster, machine, out.haresources, out.diagnostics);
  if (const auto& testing = files.only_for_testing; testing.problem.empty())
    read_only_for_testing(testing.source, out.cluster, out.diagnostics);
  else if (testing.mode != 0)
    out.diagnostics.warning(testing.source, {}, "is there, but cannot be read: " + testing.problem);
  return out;
}

LoadedKeys load_keys(const File& authkeys) {
  LoadedKeys out;
  if (readable(authkeys, kNoKeys, out.diagnostics)) read_authkeys(authkeys, out.keys, out.diagnostics);
  return out;
}

LoadedResources load_resources(const File& haresources, const model::Cluster& cluster, const MachineView& machine) {
  LoadedResources out;
  if (readable(haresources, kNoResources, out.diagnostics))
    read_haresources(haresources.source, cluster, machine, out.haresources, out.diagnostics);
  return out;
}

}  // namespace hbd::conf
