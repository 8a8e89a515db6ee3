// SPDX-License-Identifier: Apache-2.0
// What is counted while ldirectord works. Numbers that only grow, from the start of the daemon until its end, over
// reloads too. Counted per virtual service and kind of check and not per real server: ten thousand histograms would be
// many megabytes and nobody reads them; which real server is the slow one is in the status, with its last check's time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "base/instant.h"
#include "ldir/check/verdict.h"
#include "ldir/model/service.h"

namespace ldir::core {

/// What a check does: its type, and the protocol of one that speaks.
struct CheckKind {
  model::CheckType type = model::CheckType::connect;
  model::ServiceType service = model::ServiceType::none;  ///< of negotiate and combined ones, else none
  auto operator<=>(const CheckKind&) const = default;
};
CheckKind kind_of(const model::CheckSpec& spec);
/// As the directives checktype and service write them: "negotiate", "connect", "combined"; "http", "" for none.
const char* name(model::CheckType type);
const char* name(model::ServiceType service);

/// The ranges of a check's duration. A local connect takes some hundred microseconds, a slow page its seconds, and the
/// default timeouts are 5 and 30 s.
inline constexpr std::array<base::Duration, 14> kCheckDurations{
    base::Duration(500'000),       base::Duration(1'000'000),     base::Duration(2'500'000),
    base::Duration(5'000'000),     base::Duration(10'000'000),    base::Duration(25'000'000),
    base::Duration(50'000'000),    base::Duration(100'000'000),   base::Duration(250'000'000),
    base::Duration(500'000'000),   base::Duration(1'000'000'000), base::Duration(2'500'000'000),
    base::Duration(5'000'000'000), base::Duration(10'000'000'000)};

/// The checks of one kind in one virtual service. A check that two of its real servers, or two services, share runs once
/// and counts for each.
struct CheckTally {
  CheckKind kind;
  enum Result { passed, network, tls, application, other, kResults };  ///< passed, else the layer where it failed
  std::array<std::uint64_t, kResults> results{};
  // Apart: a timeout says nothing about how fast a server is.
  base::Histogram passes{kCheckDurations}, failures{kCheckDurations};
  void add(const check::Verdict& verdict);
};
const char* name(CheckTally::Result result);  ///< "passed", "network", "tls", "application", "other"

struct ServiceTally {
  std::vector<CheckTally> checks;  ///< the kinds that have run, mostly one
  std::uint64_t soft_failures = 0;  ///< failures that failurecount let pass
  std::uint64_t went_up = 0, went_down = 0;
  std::uint64_t drift_repairs = 0;  ///< times that its table was put right after somebody else had changed it
  std::uint64_t operations = 0;     ///< that the kernel carried out
  std::uint64_t refused = 0;        ///< that the kernel refused
  std::uint64_t fallbacks = 0;      ///< times that it had to do without its real servers
  void check_done(CheckKind kind, const check::Verdict& verdict);
};

/// Of the director as a whole.
struct Tally {
  std::uint64_t retries = 0;  ///< operations tried again that the kernel had refused
  std::uint64_t table_reads = 0, table_reads_failed = 0;
  std::uint64_t mails_held_back = 0;  ///< too many to one recipient in a short time
};

/// What the shell counts of its own.
struct Errands {
  std::uint64_t reloads = 0, reloads_refused = 0;
  std::uint64_t mails_sent = 0, mails_failed = 0;
  std::uint64_t mails_dropped = 0;  ///< too many waited
  std::uint64_t own_troubles = 0;   ///< checks that could not run for want of our own means
  std::size_t checks_running = 0;   ///< at this moment
};

}  // namespace ldir::core
