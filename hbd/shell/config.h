// SPDX-License-Identifier: Apache-2.0
// The configuration as the shell carries it: the texts of its files as they were read, and the function that
// makes a cluster of them. Only main.cc knows the parser (hbd/conf); the parent reads and checks, the child gets the
// same texts through a memfd and parses them again, so that no parsed structure has to cross.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/diag.h"
#include "base/result.h"
#include "hbd/model/cluster.h"
#include "hbd/model/resource.h"
#include "hbd/shell/paths.h"
#include "io/fd.h"

namespace hbd::shell {

struct FileText {
  std::string name;     ///< as diagnostics call it: the path
  std::string text;
  std::string problem;  ///< why it could not be read; empty = it was
  unsigned mode = 0;
  bool operator==(const FileText&) const = default;
};

struct Texts {
  FileText ha_cf, haresources, authkeys;
  std::string node_name;  ///< uname -n or nodeinfo
  FileText only_for_testing{};
  bool operator==(const Texts&) const = default;
};

struct Config {
  model::Cluster cluster;
  model::Haresources haresources;
  base::Diagnostics diagnostics;
  bool ok() const { return !diagnostics.has_errors(); }
};

enum class Trust : unsigned char {
  ask_machine,  ///< parent: do the scripts, interfaces and users exist?
  checked,      ///< child: the parent has asked
};
using Parse = std::function<Config(const Texts&, Trust)>;

Texts read_texts(const Paths& paths);
/// Through a sealed memfd and back.
base::Result<io::Fd> to_memfd(const Texts& texts);
std::optional<Texts> from_memfd(int fd);

}  // namespace hbd::shell
