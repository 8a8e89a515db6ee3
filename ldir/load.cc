// SPDX-License-Identifier: Apache-2.0
#include "ldir/load.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

#include "io/files.h"
#include "ldir/check/script.h"
#include "ldir/probe/prober.h"
#include "ldir/shell/smtp.h"

namespace ldir {
namespace {

constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

/// Checks that cannot run yet are refused by name: better no daemon than one that takes every server down.
void refuse_unsupported(const base::Source& source, conf::Loaded& loaded) {
  const auto& known = loaded.findings.all();
  const bool bad_pattern = std::any_of(known.begin(), known.end(), [](const auto& finding) {
    return finding.message.starts_with("invalid receive string");
  });
  for (const auto& service : loaded.config.services)
    for (const auto& real : service.reals)
      if (auto ok = check::validate(real.check).and_then([&] { return probe::installed(real.check); }); !ok) {
        if (bad_pattern && ok.error().message.starts_with("regular expression"))
          break;  // said, where it stands
        loaded.findings.error(source, real.at,
                              fmt::format("this real server cannot be checked: {}", ok.error().message));
        break;  // its sisters have the same
      }
}

/// The last line of that name with that value, which is the one that counts.
base::Location place_of(const base::Source& source, std::string_view name, std::string_view value) {
  for (auto line = source.line_count(); line > 0; --line) {
    auto text = source.line(line);
    auto start = text.find_first_not_of(" \t");
    if (start == text.npos || !text.substr(start).starts_with(name)) continue;
    if (auto at = text.find(value, start + name.size()); at != text.npos)
      return base::locate(line, text, text.substr(at, value.size()));
  }
  return {};
}

/// Why a file could never be written there. That it cannot be just now (a full disk, one that has become
/// read-only) must not keep anybody from starting.
std::error_code never_writable(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return std::make_error_code(std::errc::is_a_directory);
  auto folder = std::filesystem::path(path).parent_path();
  if (folder.empty() || std::filesystem::is_directory(folder, error)) return {};
  if (!error) return std::make_error_code(std::errc::not_a_directory);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return error;
  return {};
}

/// Mistakes in the original, too.
void refuse_log_nowhere(const base::Source& source, conf::Loaded& loaded) {
  const auto& path = loaded.config.logfile;
  if (path.empty() || path[0] != '/') return;
  if (auto error = never_writable(path))
    loaded.findings.error(source, place_of(source, "logfile", path),
                          fmt::format("unable to open logfile: {}: {}", path, error.message()));
}

void refuse_monitor_nowhere(const base::Source& source, conf::Loaded& loaded) {
  for (const auto& service : loaded.config.services) {
    const auto& path = service.monitorfile;
    if (path.empty()) continue;
    if (auto error = never_writable(path))
      loaded.findings.error(source, place_of(source, "monitorfile", path),
                            fmt::format("unable to open monitorfile {}: {}", path, error.message()));
  }
}

/// A checkcommand that is not there, once for all servers that have it.
void warn_command(const base::Source& source, const model::CheckSpec& check, std::set<std::string>& seen, conf::Loaded& loaded) {
  const bool program = check.type == model::CheckType::external;
  if (!program && check.type != model::CheckType::external_perl) return;
  const auto& path = check.command;
  if (!path.starts_with('/') || !seen.insert(path).second || ::access(path.c_str(), program ? X_OK : R_OK) == 0) return;
  loaded.findings.warning(source, place_of(source, "checkcommand", path),
                          fmt::format("this program cannot be {}: {}; until it can, these real servers are down",
                                      program ? "run" : "read", std::strerror(errno)));
}

/// What the file asks of this machine and this build that they do not have.
void warn_missing(const base::Source& source, conf::Loaded& loaded) {
  const auto& config = loaded.config;
  std::error_code error;
  if (const auto& path = config.maintenance_dir; !path.empty() && !std::filesystem::is_directory(path, error))
    loaded.findings.warning(source, place_of(source, "maintenancedir", path),
                            "maintenance directory does not exist; until it does nothing is in maintenance");
  if (const auto& path = config.callback; !path.empty() && ::access(path.c_str(), X_OK) != 0)
    loaded.findings.warning(source, place_of(source, "callback", path),
                            fmt::format("this program cannot be run: {}", std::strerror(errno)));
  std::set<std::string> seen;
  for (const auto& service : config.services)
    for (const auto& real : service.reals) warn_command(source, real.check, seen, loaded);
  for (const auto& service : config.services)
    if (!service.smtp.empty() && !service.email_alert.empty() && !shell::smtp_built_in()) {
      loaded.findings.warning(source, place_of(source, "smtp", service.smtp),
                              "this build has no libcurl: mail goes through the local sendmail");
      break;
    }
}

}  // namespace

conf::Loaded load_config(const std::string& path, const conf::Resolver& resolver, bool ask_machine) {
  conf::Loaded loaded;
  auto text = io::read_file(path, kMostBytes);
  if (!text) {
    loaded.config.path = path;
    loaded.findings.error(path, text.error().message);
    return loaded;
  }
  base::Source source(path, std::move(*text));
  loaded = conf::parse(source, resolver);
  loaded.config.path = path;
  refuse_unsupported(source, loaded);
  if (!ask_machine) return loaded;
  refuse_log_nowhere(source, loaded);
  refuse_monitor_nowhere(source, loaded);
  warn_missing(source, loaded);
  return loaded;
}

conf::Loaded load_for(Verb verb, const std::string& path, const conf::Resolver& resolver) {
  if (verb != Verb::stop && verb != Verb::status) return load_config(path, resolver);
  conf::Loaded loaded;
  if (auto text = io::read_file(path, kMostBytes)) loaded.config = conf::parse_globals(base::Source(path, std::move(*text)));
  loaded.config.path = path;
  return loaded;
}

}  // namespace ldir
