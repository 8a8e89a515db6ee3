// SPDX-License-Identifier: Apache-2.0
// What a restarted child needs to go on exactly where its forerunner died: the core's memento and the jobs asked for
// but not answered, stored together before any effect of the step becomes visible. A job that was noted but never
// sent is sent again; the parent runs none twice.
#pragma once

#include <map>
#include <string>

#include "hbd/shell/ipc.h"
#include "hbd/shell/memory.h"

namespace hbd::shell {

class Journal {
 public:
  explicit Journal(Memory memory);  ///< reads what is there
  const std::string& memento() const { return memento_; }
  const std::map<std::uint64_t, ipc::RunJob>& outstanding() const { return outstanding_; }

  void remember(std::string memento);
  void asked(const ipc::RunJob& job);
  /// False when nobody asked for it (its answer comes a second time).
  bool answered(std::uint64_t id);
  /// Makes all of the above lasting, if anything changed. False when it did not fit.
  bool commit();
  int descriptor() const { return memory_.descriptor(); }

 private:
  Memory memory_;
  std::string memento_;
  std::map<std::uint64_t, ipc::RunJob> outstanding_;
  bool changed_ = false;
};

}  // namespace hbd::shell
