// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"

namespace ldir::conf {

namespace {

using model::CheckType;
using model::ServiceType;

// clang-format off
constexpr std::array kServices{
    ServiceWord{"dns", ServiceType::dns, 53},
    ServiceWord{"ftp", ServiceType::ftp, 21},
    ServiceWord{"http", ServiceType::http, 80},
    ServiceWord{"https", ServiceType::https, 443},
    ServiceWord{"http_proxy", ServiceType::http_proxy, 3128},
    ServiceWord{"imap", ServiceType::imap, 143},
    ServiceWord{"imaps", ServiceType::imaps, 993},
    ServiceWord{"ldap", ServiceType::ldap, 389},
    ServiceWord{"ldaps", ServiceType::ldaps, 636},
    ServiceWord{"mysql", ServiceType::mysql, 3306},
    ServiceWord{"nntp", ServiceType::nntp, 119},
    ServiceWord{"none", ServiceType::none, 0},
    ServiceWord{"oracle", ServiceType::oracle, 1521},
    ServiceWord{"pop", ServiceType::pop, 110},
    ServiceWord{"pops", ServiceType::pops, 995},
    ServiceWord{"radius", ServiceType::radius, 1812},
    ServiceWord{"pgsql", ServiceType::pgsql, 5432},
    ServiceWord{"simpletcp", ServiceType::simpletcp, 0},
    ServiceWord{"sip", ServiceType::sip, 5060},
    ServiceWord{"smtp", ServiceType::smtp, 25},
    ServiceWord{"submission", ServiceType::submission, 587},
};

struct CheckWord {
  std::string_view name;
  CheckType type;
};
constexpr std::array kChecks{
    CheckWord{"connect", CheckType::connect},   CheckWord{"negotiate", CheckType::negotiate},
    CheckWord{"ping", CheckType::ping},         CheckWord{"off", CheckType::off},
    CheckWord{"on", CheckType::on},             CheckWord{"external", CheckType::external},
    CheckWord{"external-perl", CheckType::external_perl},
};

constexpr std::array<std::string_view, 14> kSchedulers{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh",
                                                       "sh", "sed", "nq", "fo",  "ovf",  "mh",    "twos"};

// linux/ip_vs.h: IP_VS_SVC_F_SCHED1..3; the names that belong to one scheduler share the bits.
struct FlagWord {
  std::string_view name, scheduler;
  std::uint32_t bit;
};
constexpr std::array kFlags{
    FlagWord{"flag-1", "", 8},       FlagWord{"flag-2", "", 16},  FlagWord{"flag-3", "", 32},
    FlagWord{"sh-fallback", "sh", 8}, FlagWord{"sh-port", "sh", 16},
    FlagWord{"mh-fallback", "mh", 8}, FlagWord{"mh-port", "mh", 16},
};

// clang-format on

constexpr std::array<std::string_view, 4> kStates{"starting", "running", "stopping", "reloading"};

}  // namespace

std::span<const ServiceWord> service_words() {
  return kServices;
}

const ServiceWord* find_service(std::string_view name) {
  auto at = std::find_if(kServices.begin(), kServices.end(), [&](auto& s) { return s.name == name; });
  return at == kServices.end() ? nullptr : &*at;
}

const ServiceWord& service_word(ServiceType type) {
  auto at = std::find_if(kServices.begin(), kServices.end(), [&](auto& s) { return s.type == type; });
  BASE_CHECK(at != kServices.end());
  return *at;
}

ServiceType service_of_port(std::uint16_t port) {
  auto at =
      std::find_if(kServices.begin(), kServices.end(), [&](auto& s) { return port != 0 && s.port == port; });
  return at == kServices.end() ? ServiceType::none : at->type;
}

std::optional<CheckType> check_type_word(std::string_view name) {
  for (const auto& word : kChecks)
    if (word.name == name) return word.type;
  return std::nullopt;
}

std::span<const std::string_view> schedulers() {
  return kSchedulers;
}

std::optional<std::uint32_t> scheduler_flags(std::string_view scheduler, std::string_view text,
                                             std::string_view& wrong) {
  std::uint32_t bits = 0;
  for (auto flag : base::words(text, ",")) {
    auto at = std::find_if(kFlags.begin(), kFlags.end(), [&](auto& f) {
      return f.name == flag && (f.scheduler.empty() || f.scheduler == scheduler);
    });
    if (at == kFlags.end()) {
      wrong = flag;
      return std::nullopt;
    }
    bits |= at->bit;
  }
  return bits;
}

std::optional<std::string> email_states(std::string_view text, std::string& wrong) {
  std::vector<std::string> chosen;
  bool all = false, none = false;
  for (auto part : base::split(text, ',')) {
    auto state = base::trim(part);
    if (state.empty() && part.data() + part.size() == text.data() + text.size())
      continue;  // a trailing comma
    if (state == "none") {
      none = true;
    } else if (state == "all") {
      all = true;
    } else if (std::find(kStates.begin(), kStates.end(), state) != kStates.end()) {
      if (std::find(chosen.begin(), chosen.end(), state) == chosen.end()) chosen.emplace_back(state);
    } else {
      wrong = fmt::format(
          "invalid email alert status at: \"{}\": expected all, none, starting, running, stopping "
          "or reloading",
          base::printable(state));
      return std::nullopt;
    }
  }
  if (none && (all || !chosen.empty())) {
    wrong = fmt::format("invalid email alert status: \"{}\" specified with \"none\"",
                        all ? "all" : chosen.front());
    return std::nullopt;
  }
  if (all) return "all";
  if (chosen.empty()) return "none";
  return base::join(chosen, ",");
}

}  // namespace ldir::conf
