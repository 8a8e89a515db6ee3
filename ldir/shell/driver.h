// SPDX-License-Identifier: Apache-2.0
// Feeds the director and carries out what it says, as core/director.h asks for: inputs in batches, one settle per
// batch, every operation on the kernel answered. Reloads parse in the background and swap, or change nothing.
// It decides nothing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/diag.h"
#include "io/files.h"
#include "io/log_sink.h"
#include "io/loop.h"
#include "io/timer.h"
#include "ldir/core/director.h"
#include "ldir/ipvs/backend.h"
#include "ldir/probe/prober.h"
#include "ldir/shell/instances.h"
#include "ldir/shell/mailer.h"
#include "ldir/shell/maintenance_watch.h"
#include "ldir/shell/monitor.h"
#include "ldir/shell/monitor_log.h"
#include "ldir/shell/notify.h"
#include "ldir/shell/own_services.h"
#include "ldir/shell/status_server.h"

namespace ldir::shell {

/// What reading the configuration file gives; `config` only when it may be used.
struct NewConfig {
  std::optional<model::Config> config;
  base::Diagnostics findings;
  // The driver's own additions.
  std::set<std::string> maintenance_files;
  KnownNames names;
};

class Driver {
 public:
  struct Parts {
    io::Loop& loop;
    ipvs::Backend& backend;
    io::LogSink& log;
    std::size_t most_checks_at_once = 512;
    /// Reads and parses the file anew. Called on another thread, never twice at once.
    std::function<NewConfig()> load;
    /// The configuration has changed: where to log may have, too.
    std::function<void(const model::Config&)> on_config;
    std::function<void()> on_standing;  ///< once
    std::function<void()> on_finished;  ///< once, after stop()
    std::string status_socket{};        ///< empty: none
    std::string own_services{};         ///< the file for shell/own_services.h; empty: none
    Instances::Options instances{};     ///< for directive execute
    Mailer::Options mail{};
    /// So long hand_over() may read the file: well below what the verb restart waits.
    base::Duration hand_over_limit = std::chrono::seconds(20);
    NameOf name_of = system_name_of;  ///< called on other threads
    /// So long the names of real servers may hold up a start or a reload. Above what a dead first name server costs.
    base::Duration names_limit = std::chrono::seconds(8);
  };
  explicit Driver(Parts parts);
  ~Driver();

  void start(model::Config config);
  void reload();                   ///< SIGHUP
  void stop(std::string signal) { stop(core::Stop{std::move(signal), false}); }  ///< without "SIG"
  /// Ends for a successor that is about to start with the file as it is now: services that have left it go, the
  /// others stay as they are in the kernel for the successor to adopt. Where names take too long to read it, all stay:
  /// the successor waits, and takes out itself what it does not find in its file.
  void hand_over();
  const core::Director& director() const { return director_; }

 private:
  void stop(core::Stop how);
  void take(core::Input input);
  void run();
  void arm();
  void carry_out(core::Effects& effects);
  void carry_out(core::Effect& effect);
  void load_again();
  void loaded(NewConfig fresh);
  void look_at_file();
  void look_for_maintenance();
  void ask_for_names();
  void know(KnownNames names);
  void in_maintenance(std::set<std::string> files);
  core::Status status() const;
  void serve_status(const model::Config& config);
  void finish_when_quiet();
  void trouble(const model::CheckSpec& spec, const std::string& error);
  void finish();

  Parts parts_;
  core::Director director_;
  io::ProcessRunner programs_;
  probe::Prober prober_;
  Monitor monitor_;
  Notify notify_;
  Mailer mailer_;
  OwnServices own_services_;
  Instances instances_;
  MonitorLog monitor_log_;
  std::unique_ptr<StatusServer> status_;
  io::Timer wake_, file_timer_, stop_limit_, maintenance_timer_, quiet_timer_, hand_over_timer_;
  KnownNames names_;  // of real servers; other threads have copies
  std::set<base::IpAddress> addresses_;
  std::string maintenance_dir_;
  core::MaintenanceFiles maintenance_;
  base::Mono quiet_until_{}, mails_until_{};
  std::vector<core::Input> waiting_;
  std::unique_ptr<io::FileWatch> file_;
  base::Duration file_pace_{};
  bool looking_ = false, asking_ = false, file_moving_ = false;
  bool posted_ = false, loading_ = false, load_again_ = false, standing_told_ = false;
  bool stopping_ = false, finished_ = false, handing_over_ = false;
  std::size_t troubles_ = 0;
  std::uint64_t reloads_ = 0, reloads_refused_ = 0;
  base::Mono next_trouble_{}, armed_ = base::kNever;
  std::shared_ptr<bool> alive_;
};

/// The historic log lines for each finding: "Error [PID] reading file PATH at line N: TEXT".
void publish_findings(io::LogSink& log, const base::Diagnostics& findings);

}  // namespace ldir::shell
