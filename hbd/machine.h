// SPDX-License-Identifier: Apache-2.0
// What the configuration's names mean on this machine (conf::MachineView), and the nil version for the child, whose
// parent has asked already.
#pragma once

#include "hbd/conf/load.h"
#include "hbd/shell/paths.h"

namespace hbd {

class ThisMachine final : public conf::MachineView {
 public:
  explicit ThisMachine(shell::Paths paths) : paths_(std::move(paths)) {}
  bool script_exists(std::string_view name) const override;
  std::vector<std::string> scripts() const override;
  bool own_script(std::string_view name) const override;
  bool ocf_agent_exists(std::string_view name) const override;
  bool interface_exists(std::string_view name) const override;
  bool device_exists(std::string_view path) const override;
  bool user_exists(std::string_view name) const override;
  bool group_exists(std::string_view name) const override;
  bool program_exists(std::string_view path) const override;
  bool file_exists(std::string_view path) const override;
  bool stonith_type_exists(std::string_view type) const override;

 private:
  shell::Paths paths_;
};

class AnyMachine final : public conf::MachineView {
 public:
  bool script_exists(std::string_view) const override { return true; }
  bool interface_exists(std::string_view) const override { return true; }
  bool user_exists(std::string_view) const override { return true; }
  bool group_exists(std::string_view) const override { return true; }
  bool program_exists(std::string_view) const override { return true; }
};

}  // namespace hbd
