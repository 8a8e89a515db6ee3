// SPDX-License-Identifier: Apache-2.0
#include "hbd/tools/options.h"

#include <fmt/format.h>

namespace hbd::tools {

Options parse_options(const std::vector<std::string>& args, std::string_view known) {
  Options out;
  auto complain = [&](std::string_view text, char letter) {
    if (out.complaint.empty()) out.complaint = fmt::format("{}: {} -- '{}'", args[0], text, letter);
  };
  bool ended = false;
  for (std::size_t i = 1; i < args.size(); ++i) {
    std::string_view arg = args[i];
    if (ended || arg.size() < 2 || arg[0] != '-') {
      out.parameters.emplace_back(arg);
      continue;
    }
    if (arg == "--") {
      ended = true;
      continue;
    }
    for (std::size_t k = 1; k < arg.size(); ++k) {
      auto at = arg[k] == ':' ? std::string_view::npos : known.find(arg[k]);
      if (at == std::string_view::npos) {
        complain("invalid option", arg[k]);
      } else if (known.substr(at + 1).starts_with(':')) {
        if (k + 1 == arg.size() && i + 1 == args.size()) {
          complain("option requires an argument", arg[k]);
        } else {
          out.value = k + 1 < arg.size() ? std::string(arg.substr(k + 1)) : args[++i];
          out.letters += arg[k];
        }
        break;
      } else {
        out.letters += arg[k];
      }
    }
  }
  return out;
}

}  // namespace hbd::tools
