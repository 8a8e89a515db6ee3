// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/own_services.h"

#include <unistd.h>

#include "base/text.h"
#include "io/files.h"

namespace ldir::shell {

std::set<std::string> OwnServices::left_over() const {
  std::set<std::string> out;
  auto text = path_.empty() ? base::Result<std::string>() : io::read_file(path_);
  if (!text) return out;
  for (auto line : base::split(*text, '\n'))
    if (!line.empty()) out.emplace(line);
  return out;
}

void OwnServices::keep(const model::Config& config) {
  std::set<std::string> all;
  staying_.clear();
  for (const auto& service : config.services) {
    all.insert(service.key.str());
    if (!service.cleanstop) staying_.insert(service.key.str());
  }
  write(all);
}

void OwnServices::ended() {
  write(staying_);
}

void OwnServices::write(const std::set<std::string>& services) const {
  if (path_.empty()) return;
  if (services.empty()) {
    ::unlink(path_.c_str());
    return;
  }
  std::string text;
  for (const auto& service : services) text += service + "\n";
  // Without it nothing is worse than before: what is left over stays.
  (void)!io::write_file(path_, text, 0600);
}

}  // namespace ldir::shell
