// SPDX-License-Identifier: Apache-2.0
#include "ldir/options.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace ldir {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 7> kVerbs{{{"start", Verb::start},
                                                                   {"stop", Verb::stop},
                                                                   {"restart", Verb::restart},
                                                                   {"try-restart", Verb::try_restart},
                                                                   {"reload", Verb::reload},
                                                                   {"force-reload", Verb::reload},
                                                                   {"status", Verb::status}}};

}  // namespace

Options parse_options(std::span<const std::string> arguments) {
  Options options;
  bool only_check = false;
  std::size_t i = 0;
  for (; i < arguments.size() && arguments[i].size() > 1 && arguments[i][0] == '-'; ++i) {
    const auto& word = arguments[i];
    if (word == "--") {
      ++i;
      break;
    }
    if (word == "-d" || word == "--debug") {
      options.debug = true;
    } else if (word == "-F" || word == "--foreground") {
      options.foreground = true;
    } else if (word == "-t" || word == "--test") {
      only_check = true;
    } else if (word == "-h" || word == "-?" || word == "--help") {
      options.verb = Verb::help;
      return options;
    } else if (word == "-v" || word == "-V" || word == "--version") {
      options.verb = Verb::version;
      return options;
    } else {
      options.complaint = fmt::format("Unknown option: {}", word.substr(word.find_first_not_of('-')));
      return options;
    }
  }
  std::vector<std::string> rest;
  bool form_given = false;
  for (const auto& word : arguments.subspan(i)) {
    const bool form = word == "--json" || word == "--explain";
    if (form) options.status_form = word.substr(2);
    else rest.push_back(word);
    form_given |= form;
  }
  if (only_check) {
    if (rest.size() > 1) return options;
    if (!rest.empty()) options.config = rest[0];
    options.verb = Verb::check;
    return options;
  }
  if (rest.empty()) return options;
  if (rest.size() > 1) {
    options.config = rest[0];
    if (auto name = options.config.substr(options.config.rfind('/') + 1); !name.empty()) options.pid_name = name;
  }
  options.verb_word = rest[rest.size() > 1 ? 1 : 0];
  for (const auto& [word, verb] : kVerbs)
    if (word == options.verb_word) options.verb = verb;
  if (form_given && options.verb != Verb::status) {
    options.complaint = fmt::format("--{} belongs to status", options.status_form);
    options.verb = Verb::usage_error;
  }
  return options;
}

std::string pid_path(std::string_view pid_name) { return fmt::format("/var/run/ldirectord.{}.pid", pid_name); }

std::string status_socket_path(std::string_view pid_name) { return fmt::format("/var/run/ldirectord.{}.sock", pid_name); }

std::string_view usage_text() {
  return R"(Usage:
    ldirectord [-d|--debug] [-F|--foreground] [--] [configfile] start | stop | restart |
    try-restart | reload | force-reload | status

    ldirectord [configfile] status [--explain | --json]

    ldirectord -t|--test [configfile]

    ldirectord [-h|-?|--help|-v|--version]

Options:
    configfile   The configuration: a path, or a name below /etc/ha.d or
                 /etc/ha.d/conf. Default: ldirectord.cf

    -d|--debug   Stay in the foreground and log to standard error.
    -F|--foreground
                 Stay in the foreground, and tell a service manager when the
                 virtual services stand. Log and pid file are as always.
    -t|--test    Read the configuration, say everything that is wrong with
                 it, and do nothing else.
    -h|--help    Print this and exit.
    -v|--version Print the version and exit.

    start        Start the daemon; returns when the virtual services stand.
    stop         Stop it; returns when they are gone and the daemon has ended.
    restart      Stop and start; the virtual services stay meanwhile. Not with
                 a broken configuration.
    try-restart  The same, if it is running.
    reload, force-reload
                 Read the configuration anew. If anything in it is wrong, the
                 running one stays.
    status       Tell whether it is running: exit code 0; stopped: 3. With
                 every service and real server: weight, state, since when,
                 the last result; --explain adds the reasons, --json is for
                 programs.

See ldirectord(8).
)";
}

std::string version_text() {
  return fmt::format("Linux Director v1.186-ha (Upbeat {})\n", UPBEAT_VERSION);
}

}  // namespace ldir
