// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/watchdog.h"

#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hbd::shell {

base::Result<Watchdog> Watchdog::open(const std::string& device, base::Millis deadtime) {
  Watchdog out;
  out.fd_.reset(::open(device.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
  if (!out.fd_) return base::fail(std::strerror(errno), errno);
  out.seconds_ = static_cast<int>((deadtime.count() + 10 + 999) / 1000);
  ::ioctl(out.fd_.get(), WDIOC_SETTIMEOUT, &out.seconds_);  // a device without it keeps its own time
  out.pat();
  return out;
}

void Watchdog::pat() {
  if (fd_) (void)!::write(fd_.get(), "", 1);
}

void Watchdog::disarm() {
  if (fd_) (void)!::write(fd_.get(), "V", 1);
  fd_.reset();
}

}  // namespace hbd::shell
