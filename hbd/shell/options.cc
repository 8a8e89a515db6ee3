// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/options.h"

#include <optional>

namespace hbd::shell {
namespace {

using Act = Options::Act;

std::optional<Options> long_option(const std::string& word, Options options) {
  if (word == "--help") options.act = Act::help;
  else if (word == "--version") options.act = Act::version;
  else if (word == "--test") options.act = Act::test;
  else if (word == "--status") options.act = Act::status;
  else if (word == "--foreground") options.foreground = true;
  else if (word == "--json") options.json = true;
  else return std::nullopt;
  return options;
}

Options mistake(std::string what) {
  Options out;
  out.act = Act::usage_error;
  out.complaint = std::move(what);
  return out;
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options o;
  o.arguments = arguments;
  bool restart = false, holding = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    if (word == "-test") {
      o.act = Act::test;
      continue;
    }
    if (word.starts_with("--")) {
      auto next = long_option(word, o);
      if (!next) return mistake("unknown option " + word);
      o = *next;
      continue;
    }
    if (word.size() < 2 || word[0] != '-') {
      if (o.act == Act::test && o.test_root.empty()) {
        o.test_root = word;
        continue;
      }
      return mistake("unexpected argument " + word);
    }
    for (std::size_t at = 1; at < word.size(); ++at) {
      switch (word[at]) {
        case 's': o.act = Act::status; break;
        case 'k': o.act = Act::stop; break;
        case 'r': o.act = Act::reload; break;
        case 'V': o.act = Act::version; break;
        case 't': o.act = Act::test; break;
        case 'h': o.act = Act::help; break;
        case 'D': o.act = Act::defaults; break;
        case 'f': o.foreground = true; break;
        case 'd': ++o.debug; break;
        case 'l': o.realtime = false; break;
        case 'v': o.dump_config = true; break;
        case 'M': o.no_resources = true; break;
        case 'W': break;         // wiki form of -D
        case 'R': restart = true; break;  // the original's internal restart: an ordinary start here
        case 'C':
          holding = true;
          if (at + 1 == word.size() && ++i >= arguments.size()) return mistake("-C needs a resource state");
          at = word.size();
          break;
        default: return mistake(std::string("unknown option -") + word[at]);
      }
    }
  }
  if (holding && !restart) return mistake("-C is only valid with -R");
  if (!o.test_root.empty() && o.act != Act::test) return mistake("unexpected argument " + o.test_root);
  if (o.json && o.act != Act::test) return mistake("--json belongs to -t");
  return o;
}

std::string usage() {
  return "Usage: heartbeat [-dDkMrRsvWlVf] [-C Current-resource-state]\n"
         "\tC only valid with -R\n"
         "\tW only valid with -D\n"
         "Without an option: start in the background.\n"
         "  -f        stay in the foreground (for systemd)\n"
         "  -s        is it running? (exit 0: yes, 3: no)\n"
         "  -k        stop it and wait\n"
         "  -r        check the files, then have the daemon read them again\n"
         "  -t [DIR]  check all files (of DIR), print every finding (exit 2: errors)\n"
         "            with --json: what they say, as JSON, whatever this machine has\n"
         "  -d        debug messages, more with each\n"
         "  -l        no realtime priority\n"
         "  -v        print the configuration at the start\n"
         "  -M        run no resource scripts\n"
         "  -D        print the defaults of ha.cf\n"
         "  -V        print the version\n"
         "See hbd(8); upbeat(7) says what to write first.\n";
}

}  // namespace hbd::shell
