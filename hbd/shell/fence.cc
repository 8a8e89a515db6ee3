// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/fence.h"

#include <algorithm>

#include "hbd/core/input.h"
#include "hbd/elect/heartbeat/node_changes.h"
#include "hbd/model/reboot.h"
#include "hbd/shell/events.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kMaxOrders = 100;
constexpr base::Duration kLimit =
    std::chrono::seconds(90);  ///< devices that boot a machine to be sure take long
constexpr base::Duration kRebootLimit = std::chrono::seconds(30);

using End = core::JobDone::End;

/// As ResourceManager went about it: at once and without ceremony, else by init.
const std::vector<std::vector<std::string>> kRebootWays{{"/sbin/reboot", "-nf"}, {"/sbin/init", "6"}};

}  // namespace

std::vector<std::string> stonith_command(const std::string& program, const model::StonithDevice& device,
                                         const std::string& node) {
  std::vector<std::string> out{program, "-t", device.type};
  if (!device.file.empty())
    out.insert(out.end(), {"-F", device.file});
  else
    out.insert(out.end(), {"-p", device.parameters});
  out.push_back(node);
  return out;
}

Fencer::Fencer(io::Context& context, Report& report, OnDone on_done, std::string program)
    : report_(report), on_done_(std::move(on_done)), program_(std::move(program)), runner_(context) {}

void Fencer::configure(const model::Cluster& cluster) {
  devices_ = cluster.stonith;
  self_ = cluster.self;
  listed_ = cluster.nodes;
  others_ = listed_;
  std::erase(others_, self_);
  reboot_command_ = model::reboot_command(cluster);
  reboot_off_ = model::reboot_is_off(cluster);
}

/// They come from the child, and become words of a command of root.
void Fencer::set_nodes(std::vector<std::string> names) {
  if (names.size() > model::kMaxNodes) return;
  std::erase_if(names, [this](const std::string& name) {
    return !elect::heartbeat::can_be_added(name) && std::find(listed_.begin(), listed_.end(), name) == listed_.end();
  });
  others_ = std::move(names);
  std::erase(others_, self_);
}

bool Fencer::fence(const ipc::Fence& order) {
  if (std::find(others_.begin(), others_.end(), order.node) == others_.end() || orders_.size() >= kMaxOrders)
    return false;
  auto [it, is_new] = orders_.try_emplace(order.id);
  if (!is_new) {
    if (it->second.done) on_done_(it->second.result);
    return true;
  }
  it->second.node = order.node;
  try_device(order.id);
  return true;
}

void Fencer::try_device(std::uint64_t id) {
  auto& order = orders_.at(id);
  if (order.device >= devices_.size()) {
    report_.say({kNotReset, {{"node", order.node}}});
    return finish(id, {id, static_cast<std::uint8_t>(End::could_not_run), 0, order.last_line});
  }
  io::ProcessSpec spec;
  spec.argv = stonith_command(program_, devices_[order.device], order.node);
  spec.limit = kLimit;
  spec.on_line = [this, id](std::string_view line) {
    report_.say({kFenceOutput, {{"line", std::string(line)}}});
    if (auto it = orders_.find(id); it != orders_.end())
      it->second.last_line = std::string(line.substr(0, 200));
  };
  runner_.start(std::move(spec), [this, id](const io::ProcessResult& result) { ended(id, result); });
}

void Fencer::ended(std::uint64_t id, const io::ProcessResult& result) {
  auto it = orders_.find(id);
  if (it == orders_.end()) return;
  auto& order = it->second;
  if (result.ok()) return finish(id, {id, static_cast<std::uint8_t>(End::exited), 0, {}});
  auto device = order.device < devices_.size() ? devices_[order.device].type : std::string("?");
  report_.say({kDeviceFailed,
               {{"device", device},
                {"node", order.node},
                {"how", result.spawn_error ? program_ + " could not be run" : result.str()},
                {"said", order.last_line.empty() ? "" : ": " + order.last_line}}});
  ++order.device;
  try_device(id);
}

void Fencer::finish(std::uint64_t id, ipc::JobDone result) {
  auto& order = orders_.at(id);
  order.done = true;
  order.result = std::move(result);
  on_done_(order.result);
}

void Fencer::acknowledge(std::uint64_t id) {
  auto it = orders_.find(id);
  if (it != orders_.end() && it->second.done) orders_.erase(it);
}

void Fencer::redeliver() {
  std::vector<ipc::JobDone> results;
  for (const auto& [id, order] : orders_)
    if (order.done) results.push_back(order.result);
  for (const auto& result : results) on_done_(result);
}

void Fencer::reboot(const std::string& reason) {
  if (reboot_off_) return report_.say({kRebootOff, {{"reason", reason}}});
  if (std::exchange(rebooting_, true)) return;
  report_.say({kRebooting, {{"reason", reason}}});
  report_.flush(std::chrono::seconds(1));
  try_reboot(0);
}

void Fencer::try_reboot(std::size_t way) {
  const bool own = !reboot_command_.empty();
  if (way >= (own ? 1 : kRebootWays.size())) {
    report_.say(base::Event{kRebootFailed});
    rebooting_ = false;
    return;
  }
  io::ProcessSpec spec;
  spec.argv = own ? std::vector<std::string>{"/bin/sh", "-c", "exec " + reboot_command_} : kRebootWays[way];
  spec.limit = kRebootLimit;
  spec.on_line = [this](std::string_view line) {
    report_.say({kFenceOutput, {{"line", std::string(line)}}});
  };
  runner_.start(std::move(spec), [this, way](const io::ProcessResult& result) {
    if (!result.ok()) return try_reboot(way + 1);
    rebooting_ = false;  // if we are still here when the core asks again, it did not help
  });
}

}  // namespace hbd::shell
