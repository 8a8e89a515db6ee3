// SPDX-License-Identifier: Apache-2.0
#include "hbd/elect/heartbeat/ping_node.h"

#include "hbd/wire/seal.h"

namespace hbd::elect::heartbeat {

std::string ping_payload(const model::AuthKeys& keys, model::MessageFormat format, const model::MediumEntry& medium,
                         base::Wall now) {
  wire::Message m("NS_st");
  m.add("st", "ping").add("info", medium.kind()).add("src", medium.link_name());
  m.add_hex("ts", static_cast<std::uint64_t>(base::to_unix(now)));
  return wire::seal(m, keys, format);
}

bool is_ping_answer(const wire::Message& message, const model::MediumEntry& medium, base::Wall now,
                    base::Duration max_age) {
  if (message.type() != "NS_st" || message.get("info") != medium.kind() ||
      message.get("src") != medium.link_name())
    return false;
  const auto sent = message.get_hex("ts");
  if (!sent) return false;
  // Seconds on the wire, so one of them is lost to rounding. The clock may have been set back in between.
  const auto age = base::to_unix(now) - static_cast<std::int64_t>(*sent);
  return age <= max_age / base::Seconds(1) + 2;
}

}  // namespace hbd::elect::heartbeat
