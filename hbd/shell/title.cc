// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/title.h"

#include <sys/prctl.h>

#include <cstdlib>
#include <cstring>

extern char** environ;

namespace hbd::shell {
namespace {
// The one place of the process where its command line lives; the kernel shows what is written here.
char* area = nullptr;
std::size_t room = 0;
}  // namespace

void prepare_title(int argc, char** argv) {
  // Arguments and environment lie in one piece; the environment moves away to make room.
  char* end = argv[0];
  for (int i = 0; i < argc; ++i)
    if (argv[i] == end) end = argv[i] + std::strlen(argv[i]) + 1;
  std::size_t count = 0;
  for (char** e = environ; *e; ++e, ++count)
    if (*e == end) end = *e + std::strlen(*e) + 1;
  auto** copy = static_cast<char**>(std::calloc(count + 1, sizeof(char*)));
  if (!copy) return;
  for (std::size_t i = 0; i < count; ++i) copy[i] = ::strdup(environ[i]);
  environ = copy;
  area = argv[0];
  room = static_cast<std::size_t>(end - area);
}

void set_title(const char* title) {
  ::prctl(PR_SET_NAME, "heartbeat", 0, 0, 0);  // what pidof, killall and top go by
  if (!area || room < 2) return;
  std::memset(area, 0, room);
  std::strncpy(area, title, room - 1);
}

}  // namespace hbd::shell
