// SPDX-License-Identifier: Apache-2.0
// The command line: ldirectord [-d] [-t] [--] [CONFIG] VERB. Text in, values out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ldir {

enum class Verb { start, stop, restart, try_restart, reload, status, check, help, version, usage_error };

struct Options {
  Verb verb = Verb::usage_error;
  bool debug = false;
  bool foreground = false;  ///< not a daemon, but else like one: for service managers
  std::string config = "ldirectord.cf";  ///< as written; see find_config
  std::string pid_name = "ldirectord";   ///< with a CONFIG argument its last part, extension included
  std::string status_form = "status";    ///< or "explain", "json"
  std::string verb_word;                 ///< "force-reload" and "reload" are one verb, but logs name the word
  std::string complaint;                 ///< about an option, for stderr
};

Options parse_options(std::span<const std::string> arguments);

/// Where CONFIG is: in the configuration folder, in its conf/, else as given. `exists` asks for a regular file.
/// Empty when it is nowhere.
template <class Exists>
std::string find_config(const std::string& config, const std::string& folder, Exists exists) {
  for (const auto& path : {folder + "/" + config, folder + "/conf/" + config, config})
    if (exists(path)) return path;
  return {};
}

std::string pid_path(std::string_view pid_name);
std::string status_socket_path(std::string_view pid_name);
/// Which services the daemon has put into the kernel: shell/own_services.h.
std::string own_services_path(std::string_view pid_name);
std::string_view usage_text();
std::string version_text();

}  // namespace ldir
