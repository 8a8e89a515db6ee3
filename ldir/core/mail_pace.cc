// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/mail_pace.h"

#include <algorithm>
#include <utility>

namespace ldir::core {

void MailPace::refill(Account& a, base::Mono now) {
  if (a.used == 0) {
    a.since = now;
    return;
  }
  const auto back = static_cast<unsigned>(std::min<std::int64_t>((now - a.since) / kMailEvery, kMailBurst));
  a.used -= std::min(a.used, back);
  a.since = a.used ? a.since + back * kMailEvery : now;
}

bool MailPace::allow(base::Mono now, const std::string& to) {
  auto& a = accounts_.try_emplace(to).first->second;
  refill(a, now);
  // While some wait to be told of, the next place is for that.
  if (a.used < kMailBurst && a.held == 0) {
    ++a.used;
    return true;
  }
  ++a.held;
  return false;
}

std::optional<MailPace::Due> MailPace::due(base::Mono now) {
  for (auto& [to, a] : accounts_) {
    if (!a.held) continue;
    refill(a, now);
    if (a.used >= kMailBurst) continue;
    ++a.used;
    return Due{to, std::exchange(a.held, 0)};
  }
  return std::nullopt;
}

base::Mono MailPace::next() const {
  auto when = base::kNever;
  for (const auto& [to, a] : accounts_)
    if (a.held) when = std::min(when, a.since + kMailEvery);
  return when;
}

}  // namespace ldir::core
