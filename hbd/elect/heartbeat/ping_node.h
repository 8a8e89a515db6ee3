// SPDX-License-Identifier: Apache-2.0
// What an ICMP echo to a ping node carries and how its answer is known for ours: a complete signed message
// that speaks in the ping node's name (reference 6.1). Pure; the shell wraps it in ICMP and hands the echoed
// bytes back.
#pragma once

#include <string>
#include <string_view>

#include "hbd/core/input.h"
#include "hbd/model/cluster.h"
#include "hbd/wire/message.h"

namespace hbd::elect::heartbeat {

/// `keys`: never the cluster's. Only this process reads the answer, and whoever answers pings is no member.
std::string ping_payload(const model::AuthKeys& keys, model::MessageFormat format, const model::MediumEntry& medium,
                         base::Wall now);

/// Is this verified message an answer of that ping medium, no older than `max_age`?
bool is_ping_answer(const wire::Message& message, const model::MediumEntry& medium, base::Wall now,
                    base::Duration max_age);

}  // namespace hbd::elect::heartbeat
