// SPDX-License-Identifier: Apache-2.0
// What the client API has to say in the log.
#pragma once

#include "base/event.h"

namespace hbd::api::client_event {

using base::EventKind;
using base::Level;

inline constexpr EventKind kUnauthorized{"client_unauthorized", Level::warn,
                                         "Client [{client}] pid {pid} failed authorization [{reason}]"};
inline constexpr EventKind kUnsigned{"client_not_signed_on", Level::warn, "Client pid {pid} is not signed on: {type}"};
inline constexpr EventKind kNotAllowed{"client_message_refused", Level::warn,
                                       "Client [{client}] pid {pid} may not send {type} to the cluster"};
inline constexpr EventKind kTooFast{"client_too_fast", Level::warn,
                                    "Client [{client}] pid {pid} sends too much to the cluster; dropping"};
inline constexpr EventKind kTooSlow{"client_never_signed_on", Level::info, "Client pid {pid} did not sign on; closed"};

}  // namespace hbd::api::client_event
