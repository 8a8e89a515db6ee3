// SPDX-License-Identifier: Apache-2.0
// What only the shell can say; the historic texts are in core/events.h.
#pragma once

#include "base/event.h"

namespace ldir::shell {

inline constexpr base::EventKind kCheckTrouble{
    "check_trouble", base::Level::error,
    "Check of {address} could not run for want of our own means: {error} ({count} such runs so far)"};
// About the file as a whole: the historic lines without their place.
inline constexpr base::EventKind kConfigErrorPlain{"config_error", base::Level::error, "Error [{pid}]: {path}: {message}"};
inline constexpr base::EventKind kConfigWarningPlain{"config_warning", base::Level::warn,
                                                     "Warning [{pid}]: {path}: {message}"};
inline constexpr base::EventKind kReloaded{"reloaded", base::Level::info, "Configuration reloaded: {services} virtual services"};
inline constexpr base::EventKind kReloadRefused{
    "reload_refused", base::Level::error,
    "The new configuration has {errors}: the running one stays in force, nothing was changed"};
inline constexpr base::EventKind kErrandsLeft{
    "errands_left", base::Level::warn, "Exiting before {mails} mails were taken and {commands} commands had ended"};
inline constexpr base::EventKind kHandOverBlind{
    "hand_over_blind", base::Level::warn,
    "The configuration could not be read within {seconds} s: every service stays as it is for the next daemon"};
inline constexpr base::EventKind kMailFailed{"mail_failed", base::Level::error, "failed to send {how}email message: {error}"};
inline constexpr base::EventKind kNoStatus{"no_status", base::Level::warn, "The status verb will know no details: {error}"};
inline constexpr base::EventKind kNoStatusPage{"no_status_page", base::Level::error, "Can not serve the status page at {error}"};
inline constexpr base::EventKind kStopLate{
    "stop_late", base::Level::error, "The table could not be cleaned within {seconds} s: exiting nevertheless"};

}  // namespace ldir::shell
