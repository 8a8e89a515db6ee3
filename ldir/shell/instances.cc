// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/instances.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "ldir/core/events.h"

namespace ldir::shell {
namespace {

/// Above what start and stop of an ldirectord take at most.
constexpr base::Duration kLimit = std::chrono::seconds(90);

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string chain_of_ours() {
  const char* chain = std::getenv(kChainVariable);
  return chain ? chain : "";
}

}  // namespace

bool in_chain(std::string_view chain, std::string_view own_name, std::string_view config) {
  auto name = last_part(config);
  if (name == own_name) return true;
  for (auto before : base::split(chain, ':'))
    if (!before.empty() && before == name) return true;
  return false;
}

Instances::Instances(io::ProcessRunner& programs, Options options, Publish publish)
    : programs_(programs),
      options_(std::move(options)),
      publish_(std::move(publish)),
      alive_(std::make_shared<bool>(true)) {}

Instances::~Instances() {
  *alive_ = false;
}

void Instances::run(const core::RunInstance& what) {
  if (in_chain(chain_of_ours(), options_.own_name, what.config)) return;
  auto& verbs = waiting_[what.config];
  verbs.push_back(what.verb == "start" && options_.restarting ? "restart" : what.verb);
  if (verbs.size() == 1) next(what.config);
}

void Instances::next(const std::string& config) {
  auto verb = waiting_[config].front();
  io::ProcessSpec spec;
  spec.argv = {options_.program, config, verb};
  spec.cwd.assign(1, '/');
  spec.limit = kLimit;
  std::vector<std::string> environment;
  for (char** e = environ; *e; ++e)
    if (!std::string_view(*e).starts_with(fmt::format("{}=", kChainVariable))) environment.emplace_back(*e);
  environment.push_back(fmt::format("{}={}:{}", kChainVariable, chain_of_ours(), options_.own_name));
  spec.env = std::move(environment);
  programs_.start(std::move(spec), [this, alive = alive_, config, verb](const io::ProcessResult& result) {
    if (!*alive) return;
    auto& verbs = waiting_[config];
    verbs.pop_front();
    if (!result.ok() && verb == "reload")
      verbs.push_front("start");
    else if (!result.ok())
      publish_(
          {core::kCommandFailed,
           {{"command", fmt::format("{} {} {}", options_.program, config, verb)}, {"error", result.str()}}});
    if (verbs.empty())
      waiting_.erase(config);
    else
      next(config);
  });
}

}  // namespace ldir::shell
