// SPDX-License-Identifier: Apache-2.0
// The address of a name, without waiting: getaddrinfo(3) waits, so it does that on a thread of the loop's
// own. For the few names that turn up at run time; one lookup may hold up another, but nothing else.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/addr.h"
#include "base/result.h"
#include "io/loop.h"

namespace io {

class Lookup {
 public:
  using Done = std::function<void(const base::Result<base::IpAddress>&)>;
  /// `done` comes once, never from within the constructor; not any more once this is gone.
  Lookup(Context& context, const std::string& name, Done done);
  ~Lookup();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace io
