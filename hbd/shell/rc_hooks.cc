// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/rc_hooks.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "hbd/shell/events.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kMaxWaiting = 64;
constexpr std::size_t kMaxFields = 28, kMaxValue = 400;  // together less than one message to the parent
constexpr base::Duration kPause = std::chrono::milliseconds(100);
constexpr int kMaxLooks = 100;
constexpr base::Duration kLimit = std::chrono::seconds(60);

/// Types that Heartbeat handled itself and called no hook for (seen with 3.0.6, lab: rc-hooks). Its package had an
/// rc.d/ask_resources that would take resources; it must not come to life here. `respond-cstatus` is not among them:
/// what only a client waits for calls a hook there, too.
const std::set<std::string_view> kOurOwn = {"resource",  "starting", "shutdone", "ask_resources", "reqnodes",
                                            "repnodes",  "addnode",  "delnode",  "setweight",     "setsite",
                                            "hbapi-clstat", "hbapi-req", "hbapi-resp", "query-cstatus"};

bool of(std::string_view allowed, std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(allowed) == std::string_view::npos;
}
bool fit_type(std::string_view type) {
  return of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", type) && type.front() != '-';
}
/// Fields of the protocol are lower case; what scripts trust (HA_DIR, HA_FUNCS, HA_BIN...) is upper case.
bool fit_name(std::string_view name) {
  return of("abcdefghijklmnopqrstuvwxyz0123456789_", name);
}

std::string clean(std::string_view value) {
  std::string out(value.substr(0, kMaxValue));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == 127) c = ' ';
  return out;
}

bool executable_file(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<ipc::RunHook> hook_for(const wire::Message& message, const std::string& own_status) {
  auto type = message.type();
  if (!fit_type(type) || kOurOwn.contains(type) || type.starts_with("NS_") || type.starts_with("ipfail"))
    return std::nullopt;
  ipc::RunHook out{std::string(type), {"ostatus", own_status}};
  for (const auto& field : message.fields()) {
    if (out.fields.size() >= 2 * kMaxFields) break;
    if (field.type != wire::FieldType::string || !fit_name(field.name) || field.name == "ostatus") continue;
    out.fields.push_back(field.name);
    out.fields.push_back(clean(field.value));
  }
  return out;
}

RcHooks::RcHooks(io::Context& context, Report& report, Paths paths, std::function<bool()> busy)
    : report_(report), paths_(std::move(paths)), busy_(std::move(busy)), timer_(context), runner_(context) {}

void RcHooks::add(ipc::RunHook hook) {
  if (stopped_ || !fit_type(hook.type) || !executable_file(paths_.rc_d() + "/" + hook.type)) return;
  if (waiting_.size() >= kMaxWaiting) {
    if (!std::exchange(dropping_, true)) report_.say({kHooksDropped, {{"type", hook.type}}});
    return;
  }
  dropping_ = false;
  waiting_.push_back(std::move(hook));
  if (waiting_.size() == 1 && runner_.running() == 0) {
    looks_ = 0;
    timer_.after(kPause, [this] { look(); });
  }
}

void RcHooks::look() {
  if (stopped_ || waiting_.empty() || runner_.running() > 0) return;
  // Resources first: what a hook does may be slow, and the machine is busy with what clients wait for.
  if (busy_() && ++looks_ < kMaxLooks) return timer_.after(kPause, [this] { look(); });
  auto hook = std::move(waiting_.front());
  waiting_.pop_front();
  run(hook);
}

void RcHooks::run(const ipc::RunHook& hook) {
  auto script = paths_.rc_d() + "/" + hook.type;
  io::ProcessSpec spec;
  if (executable_file(paths_.harc()))
    spec.argv = {paths_.harc(), hook.type};
  else
    spec.argv = {script, hook.type};
  auto environment = environment_;
  for (std::size_t i = 0; i + 1 < hook.fields.size(); i += 2) {
    bool status = hook.fields[i] == "ostatus";
    if (!fit_name(hook.fields[i])) continue;
    auto name = "HA_" + (status ? std::string("OSTATUS") : hook.fields[i]) + "=";
    std::erase_if(environment, [&name](const auto& entry) { return entry.starts_with(name); });
    environment.push_back(name + clean(hook.fields[i + 1]));
  }
  spec.env = std::move(environment);
  if (::access(paths_.cores().c_str(), X_OK) == 0) spec.cwd = paths_.cores();
  spec.limit = kLimit;
  spec.on_line = [this](std::string_view line) {
    report_.say({kScriptOutput, {{"line", std::string(line)}}});
  };
  runner_.start(std::move(spec), [this, script](const io::ProcessResult& result) {
    if (result.timed_out || result.spawn_error || result.signal)
      report_.say({kHookFailed, {{"script", script}, {"how", result.str()}}});
    looks_ = 0;
    if (!stopped_ && !waiting_.empty()) timer_.after(base::Duration(0), [this] { look(); });
  });
}

void RcHooks::stop() {
  stopped_ = true;
  waiting_.clear();
  timer_.cancel();
}

}  // namespace hbd::shell
