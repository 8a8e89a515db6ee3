// SPDX-License-Identifier: Apache-2.0
// Which conversation belongs to which service: one row each. A new check is a file with a make_ function and
// a row.
#pragma once

#include <memory>
#include <string_view>

#include "ldir/check/script.h"

namespace ldir::check {

struct Row {
  model::ServiceType service;
  std::string_view name;
  Transport tcp, udp;  ///< over which transport, by the protocol of the virtual service (marks count as tcp)
  std::unique_ptr<Script> (*make)(
      const model::CheckSpec&);  ///< null: no script is needed, or the library is missing
  std::string_view library;      ///< what the service needs and this build may lack
  bool built = true;             ///< false: it lacks it
};

const Row& row_of(model::ServiceType service);

using MakeScript = std::unique_ptr<Script>(const model::CheckSpec&);
MakeScript make_connect, make_http, make_smtp, make_pop, make_imap, make_nntp, make_ftp, make_simpletcp,
    make_sip, make_radius, make_dns, make_ldap;

}  // namespace ldir::check
