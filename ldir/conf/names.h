// SPDX-License-Identifier: Apache-2.0
// The names of one file: each is asked for once, however often it stands there, and all of them together. A name that
// is not known yet is noted and has a stand-in for an address; so a file is gone through once to find its names, then
// once more in earnest.
#pragma once

#include <map>
#include <utility>

#include "ldir/conf/resolver.h"

namespace ldir::conf {

class Names final : public Resolver {
 public:
  explicit Names(const Resolver& resolver) : resolver_(resolver) {}
  HostAnswer host(const HostName& name) const override;
  std::optional<std::uint16_t> service(const std::string& name, const std::string& protocol) const override;
  std::string local_name() const override { return resolver_.local_name(); }

  /// Asks for what has been noted. False: nothing was, so that every answer so far was a true one.
  bool look_up();

 private:
  const Resolver& resolver_;
  mutable std::map<HostName, std::optional<HostAnswer>> hosts_;  // nullopt: noted
  mutable std::map<std::pair<std::string, std::string>, std::optional<std::uint16_t>> services_;
};

}  // namespace ldir::conf
