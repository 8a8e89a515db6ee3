// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/registry.h"

#include <fmt/format.h>

#include "base/check.h"
#include "ldir/check/pattern.h"

namespace ldir::check {

namespace {

using enum model::ServiceType;
using model::CheckType;

#if WITH_DNS
constexpr auto kDns = make_dns;
#else
constexpr MakeScript* kDns = nullptr;
#endif
#if WITH_LDAP
constexpr auto kLdap = make_ldap;
#else
constexpr MakeScript* kLdap = nullptr;
#endif

constexpr auto kTcp = Transport::tcp, kUdp = Transport::udp, kLibrary = Transport::library;

constexpr Row kRows[] = {
    {none, "none", Transport::none, Transport::none, nullptr, ""},
    {dns, "dns", kTcp, kUdp, kDns, "ldns", WITH_DNS},
    {ftp, "ftp", kTcp, kTcp, make_ftp, ""},
    {http, "http", kTcp, kTcp, make_http, ""},
    {https, "https", kTcp, kTcp, make_http, ""},
    {http_proxy, "http_proxy", kTcp, kTcp, make_http, ""},
    {imap, "imap", kTcp, kTcp, make_imap, ""},
    {imaps, "imaps", kTcp, kTcp, make_imap, ""},
    {ldap, "ldap", kTcp, kTcp, kLdap, "liblber", WITH_LDAP},
    {ldaps, "ldaps", kTcp, kTcp, kLdap, "liblber", WITH_LDAP},
    {mysql, "mysql", kLibrary, kLibrary, nullptr, "libmariadb", WITH_MYSQL},
    {nntp, "nntp", kTcp, kTcp, make_nntp, ""},
    {oracle, "oracle", Transport::command, Transport::command, nullptr, ""},
    {pgsql, "pgsql", kLibrary, kLibrary, nullptr, "libpq", WITH_PGSQL},
    {pop, "pop", kTcp, kTcp, make_pop, ""},
    {pops, "pops", kTcp, kTcp, make_pop, ""},
    {radius, "radius", kUdp, kUdp, make_radius, ""},
    {simpletcp, "simpletcp", kTcp, kUdp, make_simpletcp, ""},
    {sip, "sip", kTcp, kUdp, make_sip, ""},
    {smtp, "smtp", kTcp, kTcp, make_smtp, ""},
    {submission, "submission", kTcp, kTcp, make_smtp, ""},
};

bool negotiates(CheckType as) {
  return as == CheckType::negotiate || as == CheckType::combined;
}

}  // namespace

const Row& row_of(model::ServiceType service) {
  for (const auto& row : kRows)
    if (row.service == service) return row;
  BASE_CHECK(!"every service has its row");
  return kRows[0];
}

Transport transport_of(const model::CheckSpec& spec, CheckType as) {
  const bool udp = spec.protocol == ipvs::Protocol::udp;
  switch (as) {
    case CheckType::on:
    case CheckType::off:
      return Transport::none;
    case CheckType::ping:
      return Transport::icmp;
    case CheckType::external:
    case CheckType::external_perl:
      return Transport::command;
    case CheckType::connect:
      return udp ? Transport::icmp : Transport::tcp;  // as the original does (reference §2.1)
    case CheckType::negotiate:
    case CheckType::combined:
      break;
  }
  return udp ? row_of(spec.service).udp : row_of(spec.service).tcp;
}

// LDAP and RADIUS go by checktimeout in the original, whatever the other one is (reference §2.3).
model::seconds timeout_of(const model::CheckSpec& spec, CheckType as) {
  if (as != CheckType::negotiate && as != CheckType::combined) return spec.check_timeout;
  switch (spec.service) {
    case ldap:
    case ldaps:
    case radius:
      return spec.check_timeout;
    default:
      return spec.negotiate_timeout;
  }
}

std::unique_ptr<Script> make_script(const model::CheckSpec& spec, CheckType as) {
  const auto transport = transport_of(spec, as);
  if (transport != Transport::tcp && transport != Transport::udp) return nullptr;
  if (as == CheckType::connect) return make_connect(spec);
  const auto make = row_of(spec.service).make;
  return make ? make(spec) : nullptr;
}

Script* Scripts::get(const model::CheckSpec& spec, CheckType as) {
  auto& kept = as == CheckType::connect ? connect_ : negotiate_;
  if (!kept) kept = make_script(spec, as);
  return kept.get();
}

bool supported(const model::CheckSpec& spec) {
  return !negotiates(spec.type) || row_of(spec.service).built;
}

base::Result<void> validate(const model::CheckSpec& spec) {
  if (!negotiates(spec.type)) return {};
  if (const auto& row = row_of(spec.service); !row.built)
    return base::fail(
        fmt::format("this ldirectord was built without {}, which service={} needs", row.library, row.name));
  if (spec.receive.empty()) return {};
  if (auto compiled = Pattern::compile(spec.receive); !compiled) return tl::unexpected(compiled.error());
  return {};
}

}  // namespace ldir::check
