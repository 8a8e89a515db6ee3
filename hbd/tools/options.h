// SPDX-License-Identifier: Apache-2.0
// The options of one cl_status sub-command as getopt(3) takes them: single letters, anywhere, "--" ends them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hbd::tools {

struct Options {
  std::string letters;                   ///< those given
  std::string value;                     ///< of the one letter that takes a value
  std::vector<std::string> parameters;
  std::string complaint;                 ///< getopt's words without the newline; empty when all is well
  bool has(char letter) const { return letters.find(letter) != std::string::npos; }
};

/// `known` as for getopt: "mv", "mp:". args[0] is the sub-command.
Options parse_options(const std::vector<std::string>& args, std::string_view known);

}  // namespace hbd::tools
