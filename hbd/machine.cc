// SPDX-License-Identifier: Apache-2.0
#include "hbd/machine.h"

#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/text.h"
#include "hbd/shell/scripts.h"

namespace hbd {
namespace {

bool executable_file(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

}  // namespace

bool ThisMachine::script_exists(std::string_view name) const {
  return shell::find_script(paths_, name).has_value();
}

std::vector<std::string> ThisMachine::scripts() const { return shell::known_scripts(paths_); }

// Where Heartbeat had its scripts there are links to ours; an operator's own file stands in place of the link.
bool ThisMachine::own_script(std::string_view name) const {
  auto found = shell::find_script(paths_, name);
  if (!found) return false;
  std::error_code error;
  auto real = std::filesystem::canonical(found->path, error).string();
  for (const auto& folder : {paths_.own_resource_d(), std::string("/usr/libexec/heartbeat")}) {
    auto home = std::filesystem::canonical(folder, error).string();
    if (!error && real.starts_with(home + "/")) return true;
  }
  return false;
}

bool ThisMachine::ocf_agent_exists(std::string_view name) const {
  const std::string home = "/usr/lib/ocf/resource.d/";
  if (name.empty() || name.front() == '.' || name.find("/.") != name.npos) return false;
  if (name.find('/') != name.npos) return executable_file(home + std::string(name));
  std::error_code error;
  for (std::filesystem::directory_iterator it(home, error), end; !error && it != end; it.increment(error))
    if (executable_file(it->path().string() + "/" + std::string(name))) return true;
  return false;
}

bool ThisMachine::interface_exists(std::string_view name) const { return ::if_nametoindex(std::string(name).c_str()) != 0; }

bool ThisMachine::device_exists(std::string_view path) const {
  struct stat st {};
  return ::stat(std::string(path).c_str(), &st) == 0 && S_ISCHR(st.st_mode);
}

bool ThisMachine::user_exists(std::string_view name) const {
  if (::getpwnam(std::string(name).c_str())) return true;
  auto number = base::parse_number<uid_t>(name);
  return number && ::getpwuid(*number);
}

bool ThisMachine::group_exists(std::string_view name) const {
  if (::getgrnam(std::string(name).c_str())) return true;
  auto number = base::parse_number<gid_t>(name);
  return number && ::getgrgid(*number);
}

bool ThisMachine::program_exists(std::string_view path) const { return executable_file(std::string(path)); }

bool ThisMachine::file_exists(std::string_view path) const {
  auto whole = path.starts_with('/') ? std::string(path) : paths_.etc() + "/" + std::string(path);
  struct stat st {};
  return ::stat(whole.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

// Where cluster-glue of Debian and of other systems keeps what `stonith -L` lists.
bool ThisMachine::stonith_type_exists(std::string_view type) const {
  if (type.empty() || type.front() == '/' || type.find("..") != std::string_view::npos) return false;
  const bool external = type.starts_with("external/");
  for (const char* top : {"/usr/lib/stonith/plugins/", "/usr/lib64/stonith/plugins/"}) {
    auto name = std::string(top) + (external ? "" : "stonith2/") + std::string(type) + (external ? "" : ".so");
    if (external ? executable_file(name) : file_exists(name)) return true;
  }
  return false;
}

}  // namespace hbd
