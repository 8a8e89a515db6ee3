// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "hbd/shell/scripts.h"
#include "test/support/catch.h"
#include "test/unit/hbd/shell/scratch.h"

using namespace hbd;
using shell::find_script;

namespace {

constexpr const char* kOwn = "usr/share/heartbeat/resource.d/";

struct Machine {
  Scratch dir;
  shell::Paths paths{dir.path, {}};
  void script(const std::string& path) { dir.file(path, "#!/bin/sh\n", 0755); }
  std::string where(const std::string& name) {
    auto found = find_script(paths, name);
    return found ? found->path.substr(dir.path.size() + 1) : "";
  }
};

}  // namespace

TEST_CASE("an operator's script wins over init.d, and both over what Upbeat brings") {
  Machine m;
  m.script(std::string(kOwn) + "drbddisk");
  CHECK(m.where("drbddisk") == std::string(kOwn) + "drbddisk");
  m.script("etc/init.d/drbddisk");
  CHECK(m.where("drbddisk") == "etc/init.d/drbddisk");
  m.script("etc/ha.d/resource.d/drbddisk");
  CHECK(m.where("drbddisk") == "etc/ha.d/resource.d/drbddisk");
  CHECK(m.where("../resource.d/drbddisk").empty());
  CHECK(m.where("").empty());
  CHECK(m.where("-x").empty());
  m.dir.file("etc/ha.d/resource.d/notes", "not executable", 0644);
  CHECK(m.where("notes").empty());
  auto known = shell::known_scripts(m.paths);
  CHECK(std::count(known.begin(), known.end(), "drbddisk") == 3);
  CHECK(std::count(known.begin(), known.end(), "notes") == 0);
}

TEST_CASE("a unit of systemd is run by the script for units, unless a script has its name") {
  Machine m;
  m.script(std::string(kOwn) + "systemd");
  CHECK(m.where("nginx.service").empty());
  m.dir.file("usr/lib/systemd/system/nginx.service", "[Unit]\n", 0644);
  auto found = find_script(m.paths, "nginx.service");
  REQUIRE(found);
  CHECK(found->path == m.dir.path + "/" + kOwn + "systemd");
  CHECK(found->first == std::vector<std::string>{"nginx.service"});
  CHECK(m.where("nginx").empty());
  m.dir.file("etc/systemd/system/tunnel@.service", "[Unit]\n", 0644);
  CHECK(find_script(m.paths, "tunnel@west.service")->first ==
        std::vector<std::string>{"tunnel@west.service"});
  CHECK(m.where("tunnel@west.socket").empty());
  m.script("etc/ha.d/resource.d/nginx.service");
  CHECK(find_script(m.paths, "nginx.service")->first.empty());
}
