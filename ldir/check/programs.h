// SPDX-License-Identifier: Apache-2.0
// What programs say that check for us: Oracle's client, and the Perl process of external-perl. Their words come from real
// servers and from scripts of the operator, so they may be any bytes.
#pragma once

#include <string>
#include <string_view>

#include "ldir/check/verdict.h"

namespace ldir::check {

/// The first line of a program's output, fit for a log.
std::string first_line(std::string_view output);

/// What sqlplus said of a query. `trouble`: how it ended, where that was not well; `truncated`: there was more output than
/// is kept.
Verdict judge_sqlplus(std::string_view output, std::string_view trouble, bool truncated);

/// The reply of the Perl process, "STATUS TEXT", about the script `command`: STATUS is what it gave to exit(), TEXT why it
/// died.
Verdict judge_perl(std::string_view reply, std::string_view command);

}  // namespace ldir::check
