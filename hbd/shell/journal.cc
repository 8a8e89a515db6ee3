// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/journal.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hbd::shell {

// "COUNT\n", then per job "LENGTH\n" and an encoded RunJob, then the memento.

Journal::Journal(Memory memory) : memory_(std::move(memory)) {
  auto text = memory_.load();
  std::string_view rest = text;
  auto number = [&rest]() -> std::size_t {
    return base::parse_number<std::size_t>(base::take_line(rest)).value_or(0);
  };
  for (auto count = number(); count > 0 && !rest.empty(); --count) {
    auto size = std::min(number(), rest.size());
    auto job = ipc::decode(rest.substr(0, size));
    rest.remove_prefix(size);
    if (job && std::holds_alternative<ipc::RunJob>(*job)) {
      auto& run = std::get<ipc::RunJob>(*job);
      outstanding_[run.id] = run;
    }
  }
  memento_ = rest;
}

void Journal::remember(std::string memento) {
  memento_ = std::move(memento);
  changed_ = true;
}

void Journal::asked(const ipc::RunJob& job) {
  outstanding_[job.id] = job;
  changed_ = true;
}

bool Journal::answered(std::uint64_t id) {
  if (outstanding_.erase(id) == 0) return false;
  changed_ = true;
  return true;
}

bool Journal::commit() {
  if (!std::exchange(changed_, false)) return true;
  auto text = fmt::format("{}\n", outstanding_.size());
  for (const auto& [id, job] : outstanding_) {
    auto bytes = ipc::encode(job);
    text += fmt::format("{}\n{}", bytes.size(), bytes);
  }
  return memory_.store(text + memento_);
}

}  // namespace hbd::shell
