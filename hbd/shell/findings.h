// SPDX-License-Identifier: Apache-2.0
// What the parent makes of configurations: findings into the log, and which changes a running node can take.
#pragma once

#include <string>
#include <vector>

#include "hbd/shell/config.h"
#include "hbd/shell/report.h"

namespace hbd::shell {

/// One line per finding, without the caret.
void say_findings(Report& report, const base::Diagnostics& findings);
bool has_auth_errors(const Config& config, const Paths& paths);
/// The files that have errors, as they are met.
std::vector<std::string> refused_files(const base::Diagnostics& findings);
/// Did we lack the permission to read a file? (exit code 4 instead of 6)
bool unreadable(const Texts& texts);

/// Empty when the running node can continue with the other ha.cf; else what stands against it, as words in a
/// sentence.
std::string needs_restart(const model::Cluster& now, const model::Cluster& then);
/// The first setting that is taken, but shows only at the next start; empty when there is none.
std::string waits_for_start(const model::Cluster& now, const model::Cluster& then);
/// The same groups in the same order, so that what is held keeps its meaning; their resources may differ.
bool same_groups(const model::Haresources& a, const model::Haresources& b);
/// Nothing at all has changed.
bool same_lines(const model::Haresources& a, const model::Haresources& b);

}  // namespace hbd::shell
