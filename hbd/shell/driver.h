// SPDX-License-Identifier: Apache-2.0
// The child's heart: feeds the core and carries out what it asks. One turn: drain every link (stamping each
// packet as it is drained, so that our own lateness is never a peer's), step the core through it, then tick
// if the time has come, then arm one timer for the core's next wish. Nothing here waits: sockets, journal,
// logs and the parent are all served without blocking. Knows nothing of what the packets mean.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hbd/api/answer.h"
#include "hbd/core/engine.h"
#include "hbd/shell/channel.h"
#include "hbd/shell/journal.h"
#include "hbd/shell/links/link.h"
#include "io/loop.h"
#include "io/timer.h"

namespace hbd::shell {

class Driver {
 public:
  struct Hooks {
    std::function<void(const wire::Message&)> to_clients;
    std::function<void()> comm_up;  ///< once
    std::function<void(bool restart)> finished;
    std::function<void(bool pause)> pause_clients;
  };
  /// `channel` may be gone later (the parent died): see orphan().
  Driver(io::Context& context, Channel& channel, Journal journal, const model::Cluster& cluster,
         std::uint32_t table, Hooks hooks);
  ~Driver();

  void set_link(core::LinkId link, std::unique_ptr<Link> opened, std::string problem);
  void begin(std::unique_ptr<core::Engine> engine);

  void feed(const core::Input& input);
  void job_done(ipc::JobDone done);
  void use_table(std::uint32_t table) { table_ = table; }
  void set_debug(int level) { debug_ = level; }
  /// The parent is gone: jobs wait in the journal for its successor; of the log lines, `voice` gets the
  /// warnings.
  void orphan(std::function<void(const base::Event&)> voice) {
    channel_ = nullptr, voice_ = std::move(voice);
  }
  bool holds_something() const;
  core::Snapshot snapshot() const;
  const core::Record* record() const { return engine_ ? &engine_->record() : nullptr; }
  api::Process process() const;
  int journal_descriptor() const { return journal_.descriptor(); }
  void say(const base::Event& event);

 private:
  struct Port;
  void turn();
  bool drain();
  void step(const core::Input& input);
  void carry_out(core::Effects& effects);
  void transmit(const core::Transmit& packet);
  void send_on(core::LinkId id, std::string_view bytes);
  void ask_for_link(Port& port, core::LinkId id, std::string reason);
  void sign_of_life();
  ipc::Alive life();
  bool alone() const;
  void arm();
  std::string load_average();

  io::Context& context_;
  Channel* channel_;
  Journal journal_;
  Hooks hooks_;
  std::function<void(const base::Event&)> voice_;
  std::uint32_t table_;
  int debug_ = 0;
  std::vector<std::unique_ptr<Port>> ports_;
  std::unique_ptr<core::Engine> engine_;
  std::vector<core::Input> pending_;  ///< what came up while a step was under way
  bool stepping_ = false, comm_up_ = false, finished_ = false;
  bool said_alone_ = false;
  base::Mono planned_ = base::kNever;
  base::Duration alive_every_;
  std::uint32_t dropped_ = 0;  ///< log lines, since the last that went through
  std::uint64_t dropped_ever_ = 0;
  io::Fd load_;
  io::Timer wake_, alive_;
};

}  // namespace hbd::shell
