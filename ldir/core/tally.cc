// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/tally.h"

#include <algorithm>

namespace ldir::core {

CheckKind kind_of(const model::CheckSpec& spec) {
  const bool speaks = spec.type == model::CheckType::negotiate || spec.type == model::CheckType::combined;
  return {spec.type, speaks ? spec.service : model::ServiceType::none};
}

const char* name(model::CheckType type) {
  using enum model::CheckType;
  switch (type) {
    case connect: return "connect";
    case negotiate: return "negotiate";
    case ping: return "ping";
    case external: return "external";
    case external_perl: return "external-perl";
    case off: return "off";
    case on: return "on";
    case combined: break;
  }
  return "combined";
}

const char* name(model::ServiceType service) {
  using enum model::ServiceType;
  switch (service) {
    case none: break;
    case dns: return "dns";
    case ftp: return "ftp";
    case http: return "http";
    case https: return "https";
    case http_proxy: return "http_proxy";
    case imap: return "imap";
    case imaps: return "imaps";
    case ldap: return "ldap";
    case ldaps: return "ldaps";
    case mysql: return "mysql";
    case nntp: return "nntp";
    case oracle: return "oracle";
    case pgsql: return "pgsql";
    case pop: return "pop";
    case pops: return "pops";
    case radius: return "radius";
    case simpletcp: return "simpletcp";
    case sip: return "sip";
    case smtp: return "smtp";
    case submission: return "submission";
  }
  return "";
}

const char* name(CheckTally::Result result) {
  switch (result) {
    case CheckTally::passed: return "passed";
    case CheckTally::network: return "network";
    case CheckTally::tls: return "tls";
    case CheckTally::application: return "application";
    case CheckTally::other:
    case CheckTally::kResults: break;
  }
  return "other";
}

void CheckTally::add(const check::Verdict& verdict) {
  Result result = passed;
  if (!verdict.pass) switch (verdict.layer) {
      case check::Layer::network: result = network; break;
      case check::Layer::tls: result = tls; break;
      case check::Layer::application: result = application; break;
      case check::Layer::none: result = other; break;
    }
  ++results[result];
  (verdict.pass ? passes : failures).add(verdict.elapsed);
}

void ServiceTally::check_done(CheckKind kind, const check::Verdict& verdict) {
  auto at = std::find_if(checks.begin(), checks.end(), [&](const auto& each) { return each.kind == kind; });
  if (at == checks.end()) at = checks.insert(checks.end(), CheckTally{kind, {}});
  at->add(verdict);
}

}  // namespace ldir::core
