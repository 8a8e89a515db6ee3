// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hbd/shell/events.h"

namespace hbd::shell {

void say_findings(Report& report, const base::Diagnostics& findings) {
  for (const auto& d : findings.all()) {
    auto where = d.file;
    if (d.at.line) where += fmt::format(":{}", d.at.line);
    if (d.at.line && d.at.column) where += fmt::format(":{}", d.at.column);
    using Severity = base::Diagnostic::Severity;
    const auto& kind = d.severity == Severity::error ? kFindingError : d.severity == Severity::note ? kFindingNote : kFindingWarning;
    report.say({kind, {{"finding", where + ": " + d.message}}});
  }
}

bool has_auth_errors(const Config& config, const Paths& paths) {
  const auto& all = config.diagnostics.all();
  return std::any_of(all.begin(), all.end(), [&paths](const auto& d) {
    return d.severity == base::Diagnostic::Severity::error && d.file == paths.authkeys();
  });
}

std::vector<std::string> refused_files(const base::Diagnostics& findings) {
  std::vector<std::string> out;
  for (const auto& d : findings.all())
    if (d.severity == base::Diagnostic::Severity::error &&
        std::find(out.begin(), out.end(), d.file) == out.end())
      out.push_back(d.file);
  return out;
}

bool unreadable(const Texts& texts) {
  auto denied = [](const FileText& file) {
    return file.problem == std::strerror(EACCES) || file.problem == std::strerror(EPERM);
  };
  return denied(texts.ha_cf) || denied(texts.authkeys) || denied(texts.haresources);
}

std::string needs_restart(const model::Cluster& now, const model::Cluster& then) {
  if (now.self != then.self) return "name of this node";
  // Legacy nodes do not say what they hold; a node that said so before must not stop saying it, or begin to.
  if (now.failback != then.failback && now.nice() != then.nice()) return "auto_failback from or to legacy";
  return {};
}

std::string waits_for_start(const model::Cluster& now, const model::Cluster& then) {
  if (now.uuid_from_name != then.uuid_from_name) return "uuidfrom";
  if (now.generation_by_time != then.generation_by_time) return "hbgenmethod";
  if (now.coreroot != then.coreroot) return "coreroot";
  return {};
}

bool same_groups(const model::Haresources& a, const model::Haresources& b) {
  return std::equal(a.groups.begin(), a.groups.end(), b.groups.begin(), b.groups.end(),
                    [](const auto& x, const auto& y) { return x.key() == y.key() && x.node == y.node; });
}

bool same_lines(const model::Haresources& a, const model::Haresources& b) {
  return std::equal(a.groups.begin(), a.groups.end(), b.groups.begin(), b.groups.end(),
                    [](const auto& x, const auto& y) { return x.line() == y.line(); });
}

}  // namespace hbd::shell
