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
    } else if (word == "--json" && only_check) {
      break;  // a form, as behind status
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
    if (form_given && options.status_form != "json") {
      options.complaint = fmt::format("--{} belongs to status", options.status_form);
      options.verb = Verb::usage_error;
    }
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

std::string own_services_path(std::string_view pid_name) {
  return fmt::format("/var/run/ldirectord.{}.services", pid_name);
}

std::string_view usage_text() {
  return R"(Usage: ldirectord [-d|-F] [FILE] VERB
       ldirectord -t [--json] [FILE]
       ldirectord --help | --version

FILE: the configuration: a path, or a name below /etc/ha.d or /etc/ha.d/conf;
without it ldirectord.cf. VERB:
  start        Start the daemon; returns when the virtual services stand.
  stop         Stop it; returns when they are gone and the daemon has ended.
  restart      Both; the services stay meanwhile. Not with a broken FILE.
  try-restart  The same, if it is running.
  reload, force-reload
               Read FILE anew. If it has an error, the old one stays in force.
  status [--explain|--json]
               Is it running (exit code 0: yes, 3: no)? With every service and
               real server: weight, state, since when, the last result.
Options:
  -t, --test        Read FILE, say everything that is wrong with it, no more;
                    with --json what it says and what is wrong, as JSON.
  -d, --debug       Stay in the foreground and log to standard error.
  -F, --foreground  Stay in the foreground, for a service manager.

See ldirectord(8) and ldirectord.cf(5).
)";
}

std::string version_text() {
  return fmt::format("Linux Director v1.186-ha (Upbeat {})\n", UPBEAT_VERSION);
}

}  // namespace ldir
