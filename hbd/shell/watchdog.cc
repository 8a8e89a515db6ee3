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
  out.device_ = device;
  out.set_deadtime(deadtime);
  return out;
}

void Watchdog::set_deadtime(base::Millis deadtime) {
  if (!fd_) return;
  seconds_ = static_cast<int>((deadtime.count() + 10 + 999) / 1000);
  ::ioctl(fd_.get(), WDIOC_SETTIMEOUT, &seconds_);  // a device without it keeps its own time
  pat();
}

void Watchdog::pat() {
  if (fd_) (void)!::write(fd_.get(), "", 1);
}

void Watchdog::disarm() {
  if (fd_) (void)!::write(fd_.get(), "V", 1);
  fd_.reset();
  device_.clear();
}

}  // namespace hbd::shell
