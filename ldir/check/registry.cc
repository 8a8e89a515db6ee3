// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/registry.h"

#include <fmt/format.h>

#include "base/check.h"
#include "ldir/check/pattern.h"

namespace ldir::check {

namespace {

using enum model::ServiceType;
using model::CheckType;

constexpr Row kRows[] = {
    {none, "none", Transport::none, Transport::none, nullptr},
    {dns, "dns", Transport::tcp, Transport::udp, nullptr},
    {ftp, "ftp", Transport::tcp, Transport::tcp, nullptr},
    {http, "http", Transport::tcp, Transport::tcp, make_http},
    {https, "https", Transport::tcp, Transport::tcp, make_http},
    {http_proxy, "http_proxy", Transport::tcp, Transport::tcp, nullptr},
    {imap, "imap", Transport::tcp, Transport::tcp, nullptr},
    {imaps, "imaps", Transport::tcp, Transport::tcp, nullptr},
    {ldap, "ldap", Transport::tcp, Transport::tcp, nullptr},
    {ldaps, "ldaps", Transport::tcp, Transport::tcp, nullptr},
    {mysql, "mysql", Transport::tcp, Transport::tcp, nullptr},
    {nntp, "nntp", Transport::tcp, Transport::tcp, nullptr},
    {oracle, "oracle", Transport::tcp, Transport::tcp, nullptr},
    {pgsql, "pgsql", Transport::tcp, Transport::tcp, nullptr},
    {pop, "pop", Transport::tcp, Transport::tcp, nullptr},
    {pops, "pops", Transport::tcp, Transport::tcp, nullptr},
    {radius, "radius", Transport::udp, Transport::udp, nullptr},
    {simpletcp, "simpletcp", Transport::tcp, Transport::tcp, nullptr},
    {sip, "sip", Transport::tcp, Transport::udp, nullptr},
    {smtp, "smtp", Transport::tcp, Transport::tcp, nullptr},
    {submission, "submission", Transport::tcp, Transport::tcp, nullptr},
};

bool negotiates(CheckType as) { return as == CheckType::negotiate || as == CheckType::combined; }

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
    case CheckType::off: return Transport::none;
    case CheckType::ping: return Transport::icmp;
    case CheckType::external:
    case CheckType::external_perl: return Transport::command;
    case CheckType::connect: return udp ? Transport::icmp : Transport::tcp;  // as the original does (reference §2.1)
    case CheckType::negotiate:
    case CheckType::combined: break;
  }
  return udp ? row_of(spec.service).udp : row_of(spec.service).tcp;
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
  return !negotiates(spec.type) || spec.service == none || row_of(spec.service).make;
}

base::Result<void> validate(const model::CheckSpec& spec) {
  if (!negotiates(spec.type)) return {};
  if (!supported(spec)) return base::fail(fmt::format("no check for service {} in this version", row_of(spec.service).name));
  if (spec.receive.empty()) return {};
  if (auto compiled = Pattern::compile(spec.receive); !compiled) return tl::unexpected(compiled.error());
  return {};
}

}  // namespace ldir::check
