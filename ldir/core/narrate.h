// SPDX-License-Identifier: Apache-2.0
// What the log says about an operation that succeeded, in ldirectord's words. Pure text work; the director decides
// when to publish it.
#pragma once

#include <optional>
#include <string>

#include "base/event.h"
#include "ldir/core/policy.h"
#include "ldir/ipvs/table.h"
#include "ldir/model/service.h"

namespace ldir::core {

/// "10.9.9.2:8080": address and port as configured, which is what the historic texts name.
std::string real_name(const model::RealServer& real);

/// `service` is null for one that has left the configuration; `entry` is the plan's, null for what it does not know.
/// `phase` is "start" or "stop" as in "Purged ... (start)".
base::Event narrate(const ipvs::Op& op, const model::VirtualService* service, const PlannedEntry* entry,
                    const char* phase);

/// Whether the original mails this event to emailalert, and under which subject; virtuals and soft failures are
/// not mailed.
std::optional<std::string> mail_subject(const base::Event& event);

/// A line of a monitorfile without its time and pid. `detail` is what the check said; like the original, separators and
/// line ends in it are written as %XX.
std::string monitor_line(const model::RealServer& real, bool up, std::string_view detail);

/// emailalertstatus: "all", "none", or a list of daemon statuses.
bool mail_wanted(const std::string& alert_status, const std::string& daemon_status);

}  // namespace ldir::core
