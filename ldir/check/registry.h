// SPDX-License-Identifier: Apache-2.0
// Which conversation belongs to which service: one row each. A new check is a file with a make_ function and a row.
#pragma once

#include <memory>
#include <string_view>

#include "ldir/check/script.h"

namespace ldir::check {

struct Row {
  model::ServiceType service;
  std::string_view name;
  Transport tcp, udp;  ///< over which transport, by the protocol of the virtual service (marks count as tcp)
  std::unique_ptr<Script> (*make)(const model::CheckSpec&);  ///< null: no script yet
};

const Row& row_of(model::ServiceType service);

std::unique_ptr<Script> make_connect(const model::CheckSpec& spec);
std::unique_ptr<Script> make_http(const model::CheckSpec& spec);  ///< http and https

}  // namespace ldir::check
