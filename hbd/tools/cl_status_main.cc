// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

#include "hbd/tools/cl_status.h"
#include "hbd/tools/connection.h"

namespace {
constexpr const char* kSocket = "/var/run/heartbeat/register";
constexpr const char* kPidFile = "/var/run/heartbeat.pid";

/// "Nov 20 08:43:53 alice cl_status: [31]: ERROR: ..."
void error_line(const std::string& text) {
  char when[32] = "";
  std::time_t now = std::time(nullptr);
  std::tm parts{};
  if (::localtime_r(&now, &parts)) std::strftime(when, sizeof when, "%b %d %T", &parts);
  utsname machine{};
  ::uname(&machine);
  std::fprintf(stderr, "%s %s cl_status: [%d]: ERROR: %s\n", when, machine.nodename, static_cast<int>(::getpid()), text.c_str());
}
}  // namespace

int main(int argc, char** argv) {
  hbd::tools::Connection connection(kSocket, std::chrono::seconds(5), kPidFile);
  hbd::tools::Voice voice;
  voice.out = [](const std::string& text) { std::fputs(text.c_str(), stdout); };
  voice.err = [](const std::string& text) { std::fputs(text.c_str(), stderr); };
  voice.error = error_line;
  int code = hbd::tools::cl_status({argv + 1, argv + argc}, connection, voice);
  return std::fflush(stdout) == 0 ? code : hbd::tools::kUnknown;
}
