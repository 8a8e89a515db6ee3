// SPDX-License-Identifier: Apache-2.0
// hbd: options in, exit code out. Knows the parser and the shell, which do not know each other.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "hbd/conf/load.h"
#include "hbd/machine.h"
#include "hbd/model/cluster.h"
#include "hbd/shell/child.h"
#include "hbd/shell/describe.h"
#include "hbd/shell/options.h"
#include "hbd/shell/parent.h"
#include "hbd/shell/title.h"
#include "hbd/shell/user.h"

namespace {

using hbd::shell::Options;

hbd::conf::File file_of(const hbd::shell::FileText& f) { return {base::Source(f.name, f.text), f.problem, f.mode}; }

hbd::shell::Parse parser(const hbd::shell::Paths& paths) {
  return [paths](const hbd::shell::Texts& texts, hbd::shell::Trust trust) {
    hbd::conf::Files files{file_of(texts.ha_cf), file_of(texts.haresources), file_of(texts.authkeys), texts.node_name,
                           file_of(texts.only_for_testing)};
    hbd::conf::Loaded loaded;
    if (trust == hbd::shell::Trust::ask_machine)
      loaded = hbd::conf::load(files, hbd::ThisMachine(paths));
    else
      loaded = hbd::conf::load(files, hbd::AnyMachine());
    return hbd::shell::Config{std::move(loaded.cluster), std::move(loaded.haresources), std::move(loaded.diagnostics)};
  };
}

void print_defaults() {
  const hbd::model::Timing t;
  std::puts(fmt::format("keepalive {}ms\ndeadtime {}ms\nwarntime {}ms (half of deadtime)\ninitdead {}ms (from deadtime)\n"
                        "deadping {}ms (deadtime)\nmax_rexmit_delay {}ms\nudpport {}\nbaud 19200\nauto_failback legacy\n"
                        "msgfmt classic\nhopfudge 1\nhbgenmethod file\nrealtime on",
                        t.keepalive.count(), t.deadtime.count(), t.warntime.count(), t.initdead.count(),
                        t.deadping.count(), t.max_rexmit_delay.count(), hbd::model::kDefaultPort).c_str());
}

int print_described(const hbd::shell::Config& config) {
  std::fputs(hbd::shell::describe(config).c_str(), stdout);
  return config.ok() ? hbd::shell::kExitOk : hbd::shell::kExitUsage;
}

int run(const Options& options) {
  namespace shell = hbd::shell;
  shell::Paths paths;
  if (options.act == Options::Act::test) paths.config = options.test_root;
  auto parse = parser(paths);
  switch (options.act) {
    case Options::Act::usage_error:
      std::fputs(fmt::format("heartbeat: {}\n{}", options.complaint, shell::usage()).c_str(), stderr);
      return shell::kExitUsage;
    case Options::Act::help: std::fputs(shell::usage().c_str(), stdout); return shell::kExitOk;
    case Options::Act::version: std::puts(shell::kVersionText); return shell::kExitOk;
    case Options::Act::defaults: print_defaults(); return shell::kExitOk;
    case Options::Act::status: return shell::show_status(paths, parse);
    case Options::Act::stop: return shell::stop_daemon(options, paths, parse);
    case Options::Act::reload: return shell::reload_daemon(paths, parse);
    case Options::Act::test:
      if (!options.json) return shell::test_files(paths, parse);
      return print_described(parse(shell::read_texts(paths), shell::Trust::checked));
    case Options::Act::start: return shell::run_parent(options, paths, parse);
  }
  return shell::kExitFailure;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 1) return hbd::shell::kExitUsage;
  std::vector<std::string> arguments(argv + 1, argv + argc);
  hbd::shell::prepare_title(argc, argv);
  if (arguments.size() == 1 && arguments[0] == "--child") {
    hbd::shell::set_title("heartbeat: cluster process");
    return hbd::shell::run_child(io::Fd(hbd::shell::kChildChannel), parser({}));
  }
  return run(hbd::shell::parse_options(arguments));
}
