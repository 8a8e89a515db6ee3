// SPDX-License-Identifier: Apache-2.0
#include "ldir/load.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "io/files.h"
#include "ldir/check/script.h"
#include "ldir/resolver.h"

namespace ldir {
namespace {

constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

/// Checks that cannot run yet are refused by name: better no daemon than one that takes every server down.
void refuse_unsupported(const base::Source& source, conf::Loaded& loaded) {
  for (const auto& service : loaded.config.services)
    for (const auto& real : service.reals)
      if (auto ok = check::validate(real.check); !ok) {
        loaded.findings.error(source, real.at, fmt::format("this real server cannot be checked: {}", ok.error().message));
        break;  // its sisters have the same
      }
}

/// A log that can never be written is a mistake, as in the original; one that cannot be written just now (a full disk,
/// one that has become read-only) must not keep anybody from starting.
void refuse_log_nowhere(const base::Source& source, conf::Loaded& loaded) {
  const auto& path = loaded.config.logfile;
  if (path.empty() || path[0] != '/') return;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) error = std::make_error_code(std::errc::is_a_directory);
  else if (std::filesystem::is_directory(std::filesystem::path(path).parent_path(), error)) return;
  else if (!error) error = std::make_error_code(std::errc::not_a_directory);
  if (error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory &&
      error != std::errc::is_a_directory)
    return;
  for (auto line = source.line_count(); line > 0; --line) {
    auto text = source.line(line);
    auto at = text.starts_with("logfile") ? text.find(path) : text.npos;
    if (at == text.npos) continue;
    loaded.findings.error(source, base::locate(line, text, text.substr(at, path.size())),
                          fmt::format("unable to open logfile: {}: {}", path, error.message()));
    return;
  }
}

/// What is understood and not done yet must not be passed over in silence.
void warn_unfinished(const base::Source& source, conf::Loaded& loaded) {
  const auto& config = loaded.config;
  auto warn = [&](bool used, const char* what) {
    if (used) loaded.findings.warning(source, {}, fmt::format("{} in this version", what));
  };
  warn(!config.execute.empty(), "\"execute\" is not carried out");
  warn(!config.maintenance_dir.empty(), "\"maintenancedir\" is not looked at");
  bool monitor = false, smtp = false;
  for (const auto& service : config.services) {
    monitor |= !service.monitorfile.empty();
    smtp |= !service.smtp.empty() && !service.email_alert.empty();
  }
  warn(monitor, "\"monitorfile\" is not written");
  warn(smtp, "\"smtp\" is not used: mail goes through the local sendmail");
}

}  // namespace

conf::Loaded load_config(const std::string& path) {
  conf::Loaded loaded;
  auto text = io::read_file(path, kMostBytes);
  if (!text) {
    loaded.config.path = path;
    loaded.findings.error(path, text.error().message);
    return loaded;
  }
  base::Source source(path, std::move(*text));
  loaded = conf::parse(source, SystemResolver());
  loaded.config.path = path;
  refuse_unsupported(source, loaded);
  refuse_log_nowhere(source, loaded);
  warn_unfinished(source, loaded);
  return loaded;
}

}  // namespace ldir
