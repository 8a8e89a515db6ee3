// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/clients.h"

#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "hbd/shell/events.h"
#include "io/clock.h"

namespace hbd::shell {
namespace {

// Reference, section 7, respawn.
constexpr int kNoRespawnExit = 100;
constexpr int kMaxQuickDeaths = 10;
constexpr base::Duration kQuick = std::chrono::seconds(30);
constexpr base::Duration kGrace = std::chrono::seconds(5);

struct User {
  uid_t uid = 0;
  gid_t gid = 0;
};

std::optional<User> find_user(const std::string& name) {
  const passwd* entry = ::getpwnam(name.c_str());
  if (!entry)
    if (auto number = base::parse_number<uid_t>(name)) entry = ::getpwuid(*number);
  if (!entry) return std::nullopt;
  return User{entry->pw_uid, entry->pw_gid};
}

}  // namespace

struct Clients::Client {
  Client(io::Context& context, const model::Respawn& l) : line(l), pause(context) {}
  model::Respawn line;
  User user;
  io::ProcessRunner::Id process = 0;
  pid_t pid = 0;
  base::Mono born{};
  int quick_deaths = 0;
  bool running = false, pausing = false;
  bool cut_off = false;  ///< by us
  bool leaving = false;  ///< ha.cf does not name it any more
  bool renewing = false;  ///< ends because we said so, to be started with what ha.cf says now
  io::Timer pause;
};

Clients::Clients(io::Context& context, Report& report, std::function<void(const std::string&)> reboot,
                 base::Duration pause)
    : context_(context), report_(report), reboot_(std::move(reboot)), pause_(pause), runner_(context) {}
Clients::~Clients() = default;

void Clients::run(const std::vector<model::Respawn>& lines, std::vector<std::string> environment) {
  if (stopping_) return;
  const bool other = environment != environment_;
  environment_ = std::move(environment);
  std::vector<std::unique_ptr<Client>> before;
  before.swap(clients_);
  for (const auto& line : lines) {
    if (line.is_ipfail()) {
      report_.say({kIpfailBuiltIn, {{"command", line.command}}});
      continue;
    }
    auto same = [&line](const auto& c) {
      return c && !c->leaving && c->line.user == line.user && c->line.command == line.command;
    };
    auto known = std::find_if(before.begin(), before.end(), same);
    if (known != before.end()) {
      update(**known, line, other);
      clients_.push_back(std::move(*known));
      continue;
    }
    auto client = std::make_unique<Client>(context_, line);
    if (begin(*client)) clients_.push_back(std::move(client));
  }
  for (auto& client : before) {
    if (!client || !client->running) continue;
    client->leaving = true;
    runner_.stop(client->process);
    clients_.push_back(std::move(client));
  }
}

bool Clients::begin(Client& client) {
  auto user = find_user(client.line.user);
  if (!user) {
    report_.say({kClientNoUser, {{"user", client.line.user}}});
    return false;
  }
  client.user = *user;
  report_.say({kClientStarting, {{"command", client.line.command},
                                 {"uid", std::to_string(user->uid)},
                                 {"gid", std::to_string(user->gid)}}});
  launch(client);
  return true;
}

void Clients::update(Client& client, const model::Respawn& line, bool other_environment) {
  client.line = line;
  if (client.running) {
    if (!other_environment) return;
    client.renewing = true;
    return runner_.stop(client.process);
  }
  if (client.pausing) return;
  client.quick_deaths = 0;
  begin(client);
}

void Clients::launch(Client& client) {
  client.pausing = false;
  if (stopping_) return;
  io::ProcessSpec spec;
  spec.argv = {"/bin/sh", "-c", "exec " + client.line.command};
  spec.env = environment_;
  spec.uid = client.user.uid;
  spec.capture = false;
  spec.death_signal = SIGTERM;  // a new master starts its own
  spec.grace = kGrace;
  client.born = io::now_mono();
  client.running = true;
  client.cut_off = false;
  client.process = runner_.start(std::move(spec), [this, &client](const io::ProcessResult& r) { ended(client, r); });
  client.pid = runner_.pid(client.process);
  report_.say({kClientStarted,
               {{"command", client.line.command}, {"uid", std::to_string(client.user.uid)},
                {"gid", std::to_string(client.user.gid)}, {"pid", std::to_string(client.pid)}}});
}

void Clients::ended(Client& client, const io::ProcessResult& result) {
  client.running = false;
  auto pid = std::to_string(client.pid);
  if (result.signal)
    report_.say({kClientKilled, {{"command", client.line.command}, {"pid", pid},
                                 {"signal", std::to_string(result.signal)}, {"name", ::strsignal(result.signal)}}});
  else
    report_.say({result.exit_code == 0 ? kClientExitedOk : kClientExited,
                 {{"command", client.line.command}, {"pid", pid}, {"code", std::to_string(result.exit_code)}}});
  if (stopping_) return stop_next();
  if (client.leaving) {
    std::erase_if(clients_, [&client](const auto& c) { return c.get() == &client; });
    return;
  }
  if (std::exchange(client.renewing, false)) {
    client.quick_deaths = 0;
    return launch(client);
  }
  if (client.line.failfast && (result.signal || (result.exit_code != 0 && result.exit_code != kNoRespawnExit))) {
    report_.say({kFailfast, {{"command", client.line.command}}});
    reboot_(fmt::format("{} ended abnormally", client.line.command));
    // Until that has happened, or where it may not happen, it is started again as any other.
  }
  if (result.exit_code == kNoRespawnExit) return;
  client.quick_deaths = io::now_mono() - client.born < kQuick ? client.quick_deaths + 1 : 0;
  if (client.quick_deaths > kMaxQuickDeaths) {
    report_.say({kClientTooFast, {{"command", client.line.command}}});
    return;
  }
  if (!std::exchange(client.cut_off, false)) report_.say({kClientRespawning, {{"command", client.line.command}}});
  client.pausing = true;
  client.pause.after(client.quick_deaths ? pause_ : base::Duration{}, [this, &client] { launch(client); });
}

void Clients::cut_off() {
  for (auto& client : clients_) client->cut_off = client->running;
}

void Clients::stop(std::function<void()> done) {
  stopped_ = std::move(done);
  stopping_ = true;
  for (auto& client : clients_) client->pause.cancel();
  stop_next();
}

void Clients::stop_next() {
  for (auto it = clients_.rbegin(); it != clients_.rend(); ++it)
    if ((*it)->running) return runner_.stop((*it)->process);
  if (auto tell = std::move(stopped_)) {
    stopped_ = nullptr;
    tell();
  }
}

}  // namespace hbd::shell
