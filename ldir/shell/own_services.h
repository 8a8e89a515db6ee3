// SPDX-License-Identifier: Apache-2.0
// Which services an ldirectord has put into the kernel, in a file that outlives it: one that was killed
// leaves them behind, and if the configuration is changed before the next start, nobody would know that they
// are not somebody else's. The kernel has no place for an owner's name. The file lies where a boot clears it,
// as it clears the table.
#pragma once

#include <set>
#include <string>

#include "ldir/model/service.h"

namespace ldir::shell {

class OwnServices {
 public:
  /// An empty path: nothing is kept.
  explicit OwnServices(std::string path) : path_(std::move(path)) {}
  /// What the last one left, by ServiceKey::str(); empty if it ended in order or never was.
  std::set<std::string> left_over() const;
  void keep(const model::Config& config);
  /// The table is clean but for services with cleanstop=no.
  void ended();

 private:
  void write(const std::set<std::string>& services) const;
  std::string path_;
  std::set<std::string> staying_;
};

}  // namespace ldir::shell
