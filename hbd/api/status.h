// SPDX-License-Identifier: Apache-2.0
// All that this node knows at once, for those who watch it: as JSON for programs (`cl_status --json` and /status.json
// are this very text), as text for people, as numbers for Prometheus, and as a page.
#pragma once

#include <string>

#include "base/status_page.h"
#include "hbd/api/answer.h"

namespace hbd::api {

/// Names and reasons may come from hostile peers: whatever they hold, this is valid JSON and UTF-8.
std::string status_json(const View& view);
std::string status_text(const View& view);
/// OpenMetrics (base/openmetrics.h says which content type that is).
std::string metrics(const View& view);
base::StatusPage page(const View& view);

/// "1700000000.123": seconds since 1970.
std::string seconds(base::Wall at);
/// What would move a group, for an operator who does not remember the rules.
std::string moves(const core::GroupView& group, const View& view);

}  // namespace hbd::api
