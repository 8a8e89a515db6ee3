// SPDX-License-Identifier: Apache-2.0
// The verbs that speak to a running daemon, and the check of the files. Texts and exit codes are Heartbeat's
// (reference, section 10), but a stale pid file means "stopped", not "failed".
#include <fmt/format.h>
#include <signal.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "hbd/shell/events.h"
#include "hbd/shell/findings.h"
#include "hbd/shell/names.h"
#include "hbd/shell/parent.h"
#include "hbd/shell/report.h"
#include "hbd/shell/succession.h"

namespace hbd::shell {

int show_status(const Paths& paths, const Parse& parse) {
  auto pid = running_master(paths);
  if (!pid) {
    std::puts("heartbeat is stopped. No process");
    if (orphan_alive(paths.successor_socket()))
      std::puts("Its resources are still held by the cluster process of a master that died; start or stop heartbeat.");
    return kExitStopped;
  }
  utsname name{};
  ::uname(&name);
  auto self = parse(read_texts(paths), Trust::checked).cluster.self;
  std::puts(fmt::format("heartbeat OK [pid {} et al] is running on {} [{}]...", *pid, name.nodename,
                        self.empty() ? name.nodename : self).c_str());
  return kExitOk;
}

int stop_daemon(const Options& options, const Paths& paths, const Parse& parse) {
  auto pid = running_master(paths);
  if (!pid) {
    if (::geteuid() == 0 && orphan_alive(paths.successor_socket())) return run_parent(options, paths, parse, true);
    // A guard that is about to start again what was killed knows from this that it is not to.
    if (auto stale = io::PidFile::create(paths.pid_file())) stale->remove();
    std::fputs("INFO: Heartbeat already stopped.\n", stderr);
    return kExitOk;
  }
  if (::kill(*pid, SIGTERM) != 0) {
    std::fputs(fmt::format("heartbeat: cannot stop pid {}: {}\n", *pid, std::strerror(errno)).c_str(), stderr);
    return errno == EPERM ? kExitPermission : kExitFailure;
  }
  // As long as it takes: scripts have their own limits.
  while (running_master(paths) == pid) ::usleep(20000);
  return kExitOk;
}

int reload_daemon(const Paths& paths, const Parse& parse) {
  auto texts = read_texts(paths);
  auto config = parse(texts, Trust::ask_machine);
  check_names(config, texts.ha_cf, system_look_up());
  std::fputs(config.diagnostics.render().c_str(), stderr);
  if (!config.ok()) {
    std::fputs("Configuration error, heartbeat not reloaded.\n", stderr);
    return unreadable(texts) ? kExitPermission : kExitConfig;
  }
  auto pid = running_master(paths);
  if (!pid) {
    std::fputs("Heartbeat not currently running.\n", stderr);
    return kExitFailure;
  }
  std::fputs(fmt::format("Signalling heartbeat pid {} to reread config files\n", *pid).c_str(), stderr);
  Report report(config.cluster.log, config.cluster.self, false);
  report.say({kSignalling, {{"pid", std::to_string(*pid)}}});
  report.start();
  report.flush(std::chrono::seconds(1));
  return ::kill(*pid, SIGHUP) == 0 ? kExitOk : kExitPermission;
}

int test_files(const Paths& paths, const Parse& parse) {
  auto texts = read_texts(paths);
  auto config = parse(texts, Trust::ask_machine);
  check_names(config, texts.ha_cf, system_look_up());
  std::fputs(config.diagnostics.render().c_str(), stderr);
  if (!config.ok()) {
    std::puts("Configuration error.");
    if (!texts.ha_cf.problem.empty() && !texts.haresources.problem.empty() && !texts.authkeys.problem.empty())
      std::puts(fmt::format("Nothing is configured yet: write ha.cf, haresources and authkeys (mode 600) into {}.\n"
                            "A smallest pair is in upbeat(7), annotated samples are in /usr/share/doc/upbeat/examples.",
                            paths.etc()).c_str());
    return kExitUsage;
  }
  std::puts("Configuration validated.");
  return kExitOk;
}

}  // namespace hbd::shell
