// SPDX-License-Identifier: Apache-2.0
// ha.cf, haresources, authkeys or OnlyForTesting, by FUZZ_FILE: any bytes give a model or findings, and every finding can be rendered.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "hbd/conf/load.h"

using namespace hbd;

namespace {

struct AnyMachine : conf::MachineView {
  bool script_exists(std::string_view name) const override { return name.size() < 10; }
  std::vector<std::string> scripts() const override { return {"IPaddr", "ldirectord"}; }
  bool interface_exists(std::string_view) const override { return true; }
  bool user_exists(std::string_view) const override { return true; }
  bool group_exists(std::string_view) const override { return true; }
  bool program_exists(std::string_view) const override { return true; }
};

conf::File file(const char* name, std::string text) {
  conf::File out;
  out.source = base::Source(name, std::move(text));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view which = FUZZ_FILE;
  conf::Files files;
  files.node_name = "alice";
  files.ha_cf = file("ha.cf", "node alice bob\nbcast eth0\nauto_failback on\nlogfile /dev/null\n");
  files.haresources = file("haresources", "alice IPaddr::10.0.0.1\n");
  files.authkeys = file("authkeys", "auth 1\n1 crc\n");
  if (which == "ha.cf") files.ha_cf = file("ha.cf", std::move(bytes));
  if (which == "haresources") files.haresources = file("haresources", std::move(bytes));
  if (which == "authkeys") files.authkeys = file("authkeys", std::move(bytes));
  if (which == "OnlyForTesting") files.only_for_testing = file("OnlyForTesting", std::move(bytes));
  auto loaded = conf::load(files, AnyMachine{});
  (void)loaded.diagnostics.render();
  const auto& loss = loaded.cluster.loss;
  BASE_CHECK(loss.receive >= 0 && loss.receive <= 1 && loss.send >= 0 && loss.send <= 1);
  if (which == "OnlyForTesting") BASE_CHECK(loaded.ok());
  if (loaded.ok()) {
    BASE_CHECK(!loaded.cluster.nodes.empty() && !loaded.cluster.media.empty());
    BASE_CHECK(loaded.cluster.auth.keys.contains(loaded.cluster.auth.sign_with));
    for (const auto& group : loaded.haresources.groups) BASE_CHECK(!group.resources.empty());
  }
  return 0;
}
