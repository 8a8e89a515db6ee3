// SPDX-License-Identifier: Apache-2.0
// The other ldirectords that directive execute names: each is its own program with its own verbs. One verb after the
// other per configuration, never waited for. Configurations that name each other in a ring do not chase each other:
// who started whom stands in the environment.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "io/process.h"
#include "ldir/core/director.h"

namespace ldir::shell {

/// Whether `config` is the name of one that started us, or our own; `chain` is what the environment says.
bool in_chain(std::string_view chain, std::string_view own_name, std::string_view config);
inline constexpr const char* kChainVariable = "LDIRECTORD_EXECUTED_BY";

class Instances {
 public:
  struct Options {
    std::string program;   ///< ldirectord itself
    std::string own_name;  ///< of our configuration, as in the pid file
    /// Our predecessor left its table to us: so the others hand over to new ones, too.
    bool restarting = false;
  };
  using Publish = std::function<void(base::Event)>;
  Instances(io::ProcessRunner& programs, Options options, Publish publish);
  ~Instances();
  void run(const core::RunInstance& what);
  bool idle() const { return waiting_.empty(); }

 private:
  void next(const std::string& config);

  io::ProcessRunner& programs_;
  Options options_;
  Publish publish_;
  std::map<std::string, std::deque<std::string>> waiting_;  // verbs by configuration; the first one is running
  std::shared_ptr<bool> alive_;
};

}  // namespace ldir::shell
