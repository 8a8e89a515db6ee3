// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/scripts.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace hbd::shell {
namespace {

// systemd.unit(5), in its order, without folders that generators fill at boot.
constexpr std::string_view kUnitFolders[] = {"/etc/systemd/system", "/run/systemd/system",
                                             "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                             "/lib/systemd/system"};
constexpr std::string_view kUnitKinds[] = {".service", ".socket", ".mount", ".target",
                                           ".timer",   ".path",   ".slice", ".swap"};

bool executable_file(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0;
}

bool plain(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.front() != '-' &&
         name.find('/') == std::string_view::npos;
}

/// "getty@tty1.service" is an instance of the file "getty@.service".
std::string template_of(std::string_view name) {
  auto at = name.find('@'), dot = name.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot < at) return {};
  return std::string(name.substr(0, at + 1)) + std::string(name.substr(dot));
}

bool is_unit(const Paths& paths, std::string_view name) {
  if (std::none_of(std::begin(kUnitKinds), std::end(kUnitKinds),
                   [&](auto kind) { return name.ends_with(kind); }))
    return false;
  for (const auto& file : {std::string(name), template_of(name)})
    for (auto folder : kUnitFolders)
      if (!file.empty() && ::access((paths.root + std::string(folder) + "/" + file).c_str(), F_OK) == 0)
        return true;
  return false;
}

}  // namespace

std::optional<Script> find_script(const Paths& paths, std::string_view name) {
  if (!plain(name)) return std::nullopt;
  for (const auto& folder : {paths.resource_d(), paths.init_d(), paths.own_resource_d()})
    if (auto path = folder + "/" + std::string(name); executable_file(path)) return Script{path, {}};
  auto runner = paths.own_resource_d() + "/systemd";
  if (is_unit(paths, name) && executable_file(runner)) return Script{runner, {std::string(name)}};
  return std::nullopt;
}

std::vector<std::string> known_scripts(const Paths& paths) {
  std::vector<std::string> out;
  for (const auto& folder : {paths.resource_d(), paths.init_d(), paths.own_resource_d()}) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      if (auto name = it->path().filename().string(); plain(name) && executable_file(it->path().string()))
        out.push_back(std::move(name));
  }
  return out;
}

}  // namespace hbd::shell
