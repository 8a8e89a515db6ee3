// SPDX-License-Identifier: Apache-2.0
#include "ldir/privilege.h"

#include <fmt/format.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <memory>

namespace ldir {

base::Result<void> drop_privileges() {
  const cap_value_t keep[] = {CAP_NET_ADMIN, CAP_NET_RAW};
  std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> now(cap_get_proc(), cap_free), after(cap_init(), cap_free);
  if (!now || !after) return base::fail(std::strerror(errno), errno);
  for (auto capability : keep) {
    cap_flag_value_t has = CAP_CLEAR;
    if (cap_get_flag(now.get(), capability, CAP_PERMITTED, &has) != 0 || has != CAP_SET) continue;
    cap_set_flag(after.get(), CAP_PERMITTED, 1, &capability, CAP_SET);
    cap_set_flag(after.get(), CAP_EFFECTIVE, 1, &capability, CAP_SET);
  }
  if (cap_set_proc(after.get()) != 0) return base::fail(std::strerror(errno), errno);
  return {};
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace ldir
