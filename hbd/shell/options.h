// SPDX-License-Identifier: Apache-2.0
// The command line of hbd, which is Heartbeat's (reference, section 10), and what each word of it asks for.
#pragma once

#include <string>
#include <vector>

namespace hbd::shell {

struct Options {
  enum class Act : unsigned char { start, status, stop, reload, test, version, help, defaults, usage_error } act = Act::start;
  bool foreground = false;     ///< -f
  int debug = 0;               ///< -d, may be repeated
  bool realtime = true;        ///< -l: off
  bool dump_config = false;    ///< -v
  bool no_resources = false;   ///< -M
  std::string test_root;       ///< -t DIR: files of DIR instead of /etc/ha.d
  bool json = false;           ///< -t --json: print what was understood
  std::vector<std::string> arguments;  ///< as given
  std::string complaint;       ///< what is wrong, for usage_error
};

Options parse_options(const std::vector<std::string>& arguments);  ///< without argv[0]
std::string usage();

}  // namespace hbd::shell
