// SPDX-License-Identifier: Apache-2.0
// The few requests to the kernel's rtnetlink that an address needs. One socket, blocking, each answer awaited.
#pragma once

#include <memory>

#include "base/result.h"
#include "resource.d/placement.h"

namespace resource {

class Rtnetlink {
 public:
  static base::Result<Rtnetlink> open();
  Rtnetlink(Rtnetlink&& other) noexcept : fd_(other.fd_), sequence_(other.sequence_) { other.fd_ = -1; }
  Rtnetlink(const Rtnetlink&) = delete;
  Rtnetlink& operator=(const Rtnetlink&) = delete;
  ~Rtnetlink();

  base::Result<Tables> read(base::Family family);
  base::Result<void> add(const base::IpAddress& address, const Placement& where);
  base::Result<void> remove(const Address& entry);
  base::Result<void> bring_up(int link);

 private:
  explicit Rtnetlink(int fd) : fd_(fd) {}
  struct Request;
  base::Result<void> send(Request& request);
  base::Result<void> talk(Request& request);
  template <class Header, class F>
  base::Result<void> dump(int type, const Header& header, int answer, F&& each);

  int fd_ = -1;
  unsigned sequence_ = 0;
};

}  // namespace resource
