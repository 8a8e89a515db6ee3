// SPDX-License-Identifier: Apache-2.0
// How many mails one recipient gets: a burst, then one now and then. What is held back is counted, and the count is
// told in one mail when there is room again, so that nobody believes that silence is health.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/instant.h"

namespace ldir::core {

inline constexpr unsigned kMailBurst = 30;
inline constexpr base::Duration kMailEvery = std::chrono::seconds(10);

class MailPace {
 public:
  /// Whether a mail to `to` may go now; if not it is counted.
  bool allow(base::Mono now, const std::string& to);
  /// How many were held back, once a mail saying so may go; that mail is counted as sent.
  struct Due {
    std::string to;
    unsigned held = 0;
  };
  std::optional<Due> due(base::Mono now);
  /// When due() will have something to say.
  base::Mono next() const;

 private:
  struct Account {
    unsigned used = 0;
    base::Mono since{};
    unsigned held = 0;
  };
  static void refill(Account& account, base::Mono now);
  std::map<std::string, Account> accounts_;
};

}  // namespace ldir::core
